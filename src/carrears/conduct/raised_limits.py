"""To whom a matter goes by itself when it takes too long, beside its time limits."""

from __future__ import annotations

from datetime import date
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from carrears.conduct.pack import Citation, Words
from carrears.conduct.time_limits import TimeLimits
from carrears.conduct.vocabulary import TextStatus

_Step = TypeVar("_Step", bound=str)


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RaisingLevel(_Data):
    """From so many days after the day on which the next step is due (below 0: before), to whom."""

    days: int = Field(strict=True)
    to: tuple[str, ...] = Field(min_length=1)  # roles of ``access/roles.yaml``


class Raising(_Data):
    """Whom a matter goes to by itself, and when, with the place where that is written."""

    levels: tuple[RaisingLevel, ...] = Field(min_length=1)
    citation: Citation
    text_status: TextStatus
    still_valid_on: date

    @model_validator(mode="after")
    def _one_after_the_other(self) -> Raising:
        days = [one.days for one in self.levels]
        if days != sorted(set(days)):
            raise ValueError("the levels come one after the other")
        return self

    def reached(self, *, due_on: date, day: date) -> int:
        """How many of its levels a step that is due on ``due_on`` has reached by ``day``."""
        return sum((day - due_on).days >= one.days for one in self.levels)


class DatedRaising(_Data):
    """Whom a matter goes to, by the day on which that took effect."""

    description: Words
    values: dict[date, Raising] = Field(min_length=1)


class RaisedLimits(TimeLimits[_Step], Generic[_Step]):
    """The time limits of one jurisdiction, and what comes of those that are not kept."""

    raising: DatedRaising

    @model_validator(mode="after")
    def _raising_known(self) -> RaisedLimits[_Step]:
        for raising in self.raising.values.values():
            if raising.citation.source not in self.sources:
                raise ValueError(f"raising: unknown source {raising.citation.source!r}")
        return self

    def raising_on(self, day: date) -> Raising | None:
        """What holds on a day; None before the first is in effect."""
        begun = [start for start in self.raising.values if start <= day]
        return self.raising.values[max(begun)] if begun else None

    def cited(self, raising: Raising) -> str:
        """The text by which a matter is raised, as it is told."""
        return f"{self.sources[raising.citation.source].title} {raising.citation.clause}"
