"""Verify proof bundles of collections cases; see README.md."""
