"""One small module a page: check who asks, call one query or service, render."""
