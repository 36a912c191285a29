"""What several pages share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["allow", "block", "review"]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a filter or a field; ``count`` says how many rows it would leave."""

    value: str
    label: str
    selected: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a list stands. ``query`` is the list's query string without ``page``, encoded."""

    number: int
    pages: int
    total: int
    first: int
    last: int
    query: str = ""

    @property
    def previous(self) -> int | None:
        """The page before, if any."""
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        """The page after, if any."""
        return self.number + 1 if self.number < self.pages else None


@dataclass(frozen=True, slots=True)
class Sensitive:
    """Personal data: ``text`` as this reader may see it. Masked text may be revealed at a URL."""

    text: str
    masked: bool = False
    reveal_url: str = ""
