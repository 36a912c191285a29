"""How people get in: password, second factor, lock-out; and what of it is evidence."""
