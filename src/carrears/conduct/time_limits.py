"""How long an answer may take, by jurisdiction: dated values, each with its citation.

They lie beside a rule pack (``rulepacks/<jurisdiction>/complaints.yaml``, ``rights.yaml``) and are
no part of it: no contact is judged by them. The day of receipt is not counted (民法典 art. 201;
DISP 1.6.2 R "after its receipt"). A month ends on the corresponding day of a later month, or on its
last. Days that end on a day off are not moved, which is the safe side.
"""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrears.calendars import Calendar
from carrears.conduct.pack import Citation, PackError, Source, Words, read_yaml
from carrears.conduct.vocabulary import TextStatus
from carrears.resources import shipped

_Step = TypeVar("_Step", bound=str)
_Limits = TypeVar("_Limits", bound=BaseModel)


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Data):
    """So many days, or so many months, after receipt, with the place where that is written."""

    days: int = Field(default=0, ge=0, strict=True)
    months: int = Field(default=0, ge=0, strict=True)
    counting: Literal["calendar", "working"] = "calendar"
    citation: Citation
    text_status: TextStatus
    still_valid_on: date

    @model_validator(mode="after")
    def _one_length(self) -> Term:
        if bool(self.days) == bool(self.months):
            raise ValueError("a time limit has days or months")
        if self.months and self.counting == "working":
            raise ValueError("months are those of the calendar")
        return self

    def due_on(self, counts_from: date, calendar: Calendar) -> date:
        """The last day, counted from the day of receipt."""
        if self.counting == "working":
            return calendar.add_working_days(counts_from, self.days)
        if self.days:
            return counts_from + timedelta(days=self.days)
        after = counts_from.month - 1 + self.months
        year, month = counts_from.year + after // 12, after % 12 + 1
        return date(year, month, min(counts_from.day, months.monthrange(year, month)[1]))


class DatedTerm(_Data):
    """A time limit by the day on which it took effect."""

    description: Words
    values: dict[date, Term] = Field(min_length=1)


class TimeLimits(_Data, Generic[_Step]):
    """The limits of one jurisdiction, and the calendar of its working days."""

    calendar: str
    sources: dict[str, Source]
    deadlines: dict[_Step, DatedTerm]

    @model_validator(mode="after")
    def _sources_known(self) -> TimeLimits[_Step]:
        for name, dated in self.deadlines.items():
            for term in dated.values.values():
                if term.citation.source not in self.sources:
                    raise ValueError(f"{name}: unknown source {term.citation.source!r}")
        if missing := self.needed() - set(self.deadlines):
            raise ValueError(f"no deadline for {sorted(missing)}")
        return self

    @classmethod
    def needed(cls) -> frozenset[str]:
        """The steps that every jurisdiction has a limit for."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a step is due, and by which text."""

    step: str
    due_on: date
    days: int
    months: int
    counting: str
    description_zh: str
    description_en: str
    citation: str
    note: str
    url: str | None
    text_status: TextStatus
    still_valid_on: date

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, to be kept with what is due."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {
            **told,
            "due_on": self.due_on.isoformat(),
            "still_valid_on": self.still_valid_on.isoformat(),
        }


def read_limits(
    limits: type[_Limits], file: str, jurisdiction: str, root: Path | None
) -> _Limits | None:
    """The limits of a jurisdiction (``cn``); None where none are written.

    Raises:
        PackError: the file cannot be used.
    """
    path = (root or shipped("rulepacks")) / jurisdiction.lower() / file
    if not jurisdiction.isalpha() or not path.is_file():
        return None
    try:
        return limits.model_validate(read_yaml(path))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path}: {error}") from error


def find_deadline(
    limits: TimeLimits[_Step], step: _Step, *, counts_from: date, calendar: Calendar
) -> Deadline | None:
    """By when ``step`` is due, counted from a day by the law of that day.

    None where the jurisdiction has no such limit, or none is known for that day.
    """
    dated = limits.deadlines.get(step)
    begun = [start for start in dated.values if start <= counts_from] if dated else []
    if dated is None or not begun:
        return None
    term = dated.values[max(begun)]
    source = limits.sources[term.citation.source]
    return Deadline(
        step=step,
        due_on=term.due_on(counts_from, calendar),
        days=term.days,
        months=term.months,
        counting=term.counting,
        description_zh=dated.description.zh,
        description_en=dated.description.en,
        citation=f"{source.title} {term.citation.clause}",
        note=term.citation.note or source.note or "",
        url=source.url,
        text_status=term.text_status,
        still_valid_on=term.still_valid_on,
    )
