"""How long a dispute (争议) may take, and to whom it goes by itself when it takes too long.

Both are in ``rulepacks/<jurisdiction>/disputes.yaml``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from carrears.conduct.raised_limits import RaisedLimits
from carrears.conduct.time_limits import read_limits

Limit = Literal["acknowledge", "answer"]


class DisputeTerms(RaisedLimits[Limit]):
    """The time limits of one jurisdiction, and what comes of those that are not kept."""

    @classmethod
    def needed(cls) -> frozenset[str]:
        """The steps that every jurisdiction has a limit for."""
        return frozenset({"acknowledge", "answer"})


@cache
def load_dispute_terms(jurisdiction: str, root: Path | None = None) -> DisputeTerms | None:
    """The limits of a jurisdiction (``cn``); None where none are written.

    Raises:
        PackError: the file cannot be used.
    """
    return read_limits(DisputeTerms, "disputes.yaml", jurisdiction, root)
