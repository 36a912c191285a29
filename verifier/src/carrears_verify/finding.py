"""One claim of a bundle, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a claim came out."""

    PROVEN = "proven"
    OPEN = "open"  # nothing is false, but nobody whom the reader trusts vouches for it
    FALSE = "false"


@dataclass(frozen=True, slots=True)
class Finding:
    """One claim and how it came out."""

    kind: Kind
    text: str
