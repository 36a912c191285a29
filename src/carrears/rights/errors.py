"""What a request of a person cannot be answered with."""

from __future__ import annotations


class RightsError(ValueError):
    """What was asked for cannot be done; the message says why."""
