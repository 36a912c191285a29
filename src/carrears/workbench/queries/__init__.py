"""Fills each page's view model; nothing here writes."""
