"""SMPP 3.4, as much of it as sending, receipts and replies need; no Django."""
