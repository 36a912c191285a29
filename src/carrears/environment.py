"""What the environment says, read as settings need it."""

from __future__ import annotations

import os


def flag(name: str, *, default: bool) -> bool:
    """Whether a variable says yes."""
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def names(name: str, default: str) -> tuple[str, ...]:
    """What a variable lists by commas."""
    listed = os.environ.get(name, default).split(",")
    return tuple(one.strip() for one in listed if one.strip())
