"""How long the law has a file of a case kept, by its kind, jurisdiction and day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from carrears.resources import shipped
from carrears.yamls import load_yaml

KindName = Literal["audio", "screen", "letter", "photo", "document", "contract", "statement"]
_FILE = "keeping.yaml"
_FEBRUARY = 2


class Duty(BaseModel):
    """One duty to keep, from the day on which it takes effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kinds: tuple[KindName, ...] = Field(min_length=1)
    years: int = Field(gt=0)
    counts_from: Literal["stored", "activity"]
    from_on: date = Field(alias="from")
    until_on: date | None = Field(None, alias="until")
    still_valid_on: date
    text_status: Literal["text", "quoted", "reported", "memory"]
    citation: str

    def binds(self, kind: str, on: date) -> bool:
        """Whether it is in force for files of a kind on a day."""
        in_force = self.from_on <= on and (self.until_on is None or on <= self.until_on)
        return in_force and kind in self.kinds


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when (that day included) a file is kept at least, and by which duty."""

    until: date
    duty: Duty


_DUTIES = TypeAdapter(dict[str, tuple[Duty, ...]])


def kept_until(
    kind: str, *, jurisdiction: str, on: date, stored_on: date, active_on: date | None = None
) -> Kept | None:
    """The longest duty in force on the day ``on``; None where none is on file.

    ``active_on`` is the last day of collection on the loan as far as it is known; a duty that
    counts from it counts from ``stored_on`` until it is, which is never too late.
    """
    last = max(stored_on, active_on or stored_on)
    kept = [
        Kept(_years_later(last if duty.counts_from == "activity" else stored_on, duty.years), duty)
        for duty in _binding(kind, jurisdiction, on)
    ]
    return max(kept, key=lambda each: each.until, default=None)


def _binding(kind: str, jurisdiction: str, on: date) -> Iterable[Duty]:
    known = duties(shipped("rulepacks")).get(jurisdiction, ())
    return (duty for duty in known if duty.binds(kind, on))


@cache
def duties(root: Path) -> dict[str, tuple[Duty, ...]]:
    """The duties by jurisdiction, as ``keeping.yaml`` has them."""
    text = (root / _FILE).read_text(encoding="utf-8")
    return _DUTIES.validate_python(load_yaml(text))


def _years_later(day: date, years: int) -> date:
    leap = day.month == _FEBRUARY and day.day == 29  # noqa: PLR2004  the day that few years have
    return day.replace(year=day.year + years, day=28 if leap else day.day)
