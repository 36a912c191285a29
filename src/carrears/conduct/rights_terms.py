"""How long a person's request may take (``rulepacks/<jurisdiction>/rights.yaml``)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from carrears.conduct.time_limits import TimeLimits, read_limits

RightsTime = Literal["answer", "extended", "appeal"]


class RightsTerms(TimeLimits[RightsTime]):
    """The time limits of one jurisdiction."""

    @classmethod
    def needed(cls) -> frozenset[str]:
        """The steps that every jurisdiction has a limit for."""
        return frozenset({"answer", "appeal"})


@cache
def load_rights_terms(jurisdiction: str, root: Path | None = None) -> RightsTerms | None:
    """The limits of a jurisdiction (``cn``); None where none are written.

    Raises:
        PackError: the file cannot be used.
    """
    return read_limits(RightsTerms, "rights.yaml", jurisdiction, root)
