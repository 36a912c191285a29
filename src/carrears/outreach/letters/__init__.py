"""Letters as paper: what a sheet looks like, and where the window of its envelope is."""
