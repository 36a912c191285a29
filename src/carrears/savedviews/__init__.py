"""Lists as somebody likes to look at them: filters and order under a name."""
