"""What a night checks again of what is too much for one night: a share, so that all have turns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

NIGHTS = 30


@dataclass(frozen=True, slots=True)
class Share:
    """One of ``of`` shares of about the same size."""

    nth: int
    of: int = NIGHTS

    def has(self, token: UUID) -> bool:
        """Whether what has this token is in it."""
        return token.int % self.of == self.nth

    def told(self) -> dict[str, list[int]]:
        """As the evidence of a check says which share it was of."""
        return {"share": [self.nth, self.of]}


def share_of(day: date) -> Share:
    """The share of a night."""
    return Share(day.toordinal() % NIGHTS)
