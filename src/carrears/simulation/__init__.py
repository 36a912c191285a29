"""What would have happened: strategies beside each other on days that have passed."""
