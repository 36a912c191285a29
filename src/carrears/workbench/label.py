"""How a code is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise


class Label(NamedTuple):
    """A name; ``tone`` is one of good, bad, warn, info, accent, plain."""

    text: str | Promise
    tone: str = "plain"
    icon: str = ""


def together(*parts: Mapping[str, dict[str, Label]]) -> dict[str, dict[str, Label]]:
    """The groups of several files as one catalogue.

    Raises:
        ValueError: two of them have a group of the same name, which one would take from the other.
    """
    joined: dict[str, dict[str, Label]] = {}
    for part in parts:
        if twice := joined.keys() & part.keys():
            raise ValueError(f"labels are given twice: {', '.join(sorted(twice))}")
        joined |= part
    return joined
