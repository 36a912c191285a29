"""What each page shows: frozen, typed, filled by queries, read by templates.

Codes (states, kinds, channels) stay codes; ``carrears.workbench.labels`` names them in the
reader's language. Texts that come from data files (treatments, rule titles, reasons) arrive
already in that language.
"""
