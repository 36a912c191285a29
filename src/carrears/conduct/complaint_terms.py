"""How long a complaint may take, and to whom it goes by itself when it takes too long.

Both are in ``rulepacks/<jurisdiction>/complaints.yaml``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from carrears.conduct.raised_limits import RaisedLimits
from carrears.conduct.time_limits import read_limits

Step = Literal["acknowledge", "answer", "extended", "authority", "authority_extended"]
# What it takes to be extended: the longer time of each.
EXTENDED: dict[Step, Step] = {"answer": "extended", "authority": "authority_extended"}


class ComplaintTerms(RaisedLimits[Step]):
    """The time limits of one jurisdiction, and what comes of those that are not kept."""

    @classmethod
    def needed(cls) -> frozenset[str]:
        """The steps that every jurisdiction has a limit for."""
        return frozenset({"acknowledge", "answer", "authority"})


@cache
def load_terms(jurisdiction: str, root: Path | None = None) -> ComplaintTerms | None:
    """The limits of a jurisdiction (``cn``); None where none are written.

    Raises:
        PackError: the file cannot be used.
    """
    return read_limits(ComplaintTerms, "complaints.yaml", jurisdiction, root)
