"""How long the law has a lender keep who was party to a loan, after it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from carrears.resources import shipped
from carrears.yamls import load_yaml

_FILE = "retention.yaml"
_FEBRUARY = 2


class Duty(BaseModel):
    """One duty to keep, from the day on which it takes effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    years: int = Field(gt=0)
    from_on: date = Field(alias="from")
    until_on: date | None = Field(None, alias="until")
    still_valid_on: date
    text_status: Literal["text", "quoted", "reported", "memory"]
    citation: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when (that day included) something is kept, and by which duty."""

    until: date
    duty: Duty


_DUTIES = TypeAdapter(dict[str, tuple[Duty, ...]])


def keep_until(ended_on: date, *, jurisdiction: str, on: date) -> Kept | None:
    """The longest duty in force on the day ``on`` for a loan that ended on ``ended_on``.

    None where no duty is known, or the last one is over.
    """
    kept = [
        Kept(_years_later(ended_on, duty.years), duty)
        for duty in duties(shipped("rulepacks")).get(jurisdiction, ())
        if duty.from_on <= on and (duty.until_on is None or on <= duty.until_on)
    ]
    longest = max(kept, key=lambda each: each.until, default=None)
    return longest if longest is not None and longest.until >= on else None


@cache
def duties(root: Path) -> dict[str, tuple[Duty, ...]]:
    """The duties by jurisdiction, as ``retention.yaml`` has them."""
    text = (root / _FILE).read_text(encoding="utf-8")
    return _DUTIES.validate_python(load_yaml(text))


def _years_later(day: date, years: int) -> date:
    leap = day.month == _FEBRUARY and day.day == 29  # noqa: PLR2004  the day that few years have
    return day.replace(year=day.year + years, day=28 if leap else day.day)
