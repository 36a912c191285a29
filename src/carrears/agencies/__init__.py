"""What goes to agencies (委外), on which terms, and what they are paid for it."""
