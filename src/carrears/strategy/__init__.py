"""What should be done with a loan now: decision tables, for a whole book and for one event."""
