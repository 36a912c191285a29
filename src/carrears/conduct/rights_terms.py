"""How long a person's request may take, by jurisdiction: dated values, each with its citation.

They lie beside a rule pack (``rulepacks/<jurisdiction>/rights.yaml``) and are no part of it: no
contact is judged by them. The day of receipt is not counted; a month ends on the corresponding
day of a later month, or on its last. A day off is not moved, which is the safe side.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrears.calendars import Calendar
from carrears.conduct.pack import Citation, PackError, Source, Words, read_yaml
from carrears.conduct.vocabulary import TextStatus
from carrears.resources import shipped

RightsTime = Literal["answer", "extended", "appeal"]
Unit = Literal["calendar", "working", "month"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RightsTerm(_Data):
    """So many days or months after receipt, with the place where that is written."""

    amount: int = Field(gt=0, strict=True)
    unit: Unit
    citation: Citation
    text_status: TextStatus
    still_valid_on: date


class DatedRightsTerm(_Data):
    """A time limit by the day on which it took effect."""

    description: Words
    values: dict[date, RightsTerm] = Field(min_length=1)


class RightsTerms(_Data):
    """The time limits of one jurisdiction."""

    calendar: str
    sources: dict[str, Source]
    deadlines: dict[RightsTime, DatedRightsTerm]

    @model_validator(mode="after")
    def _sources_known(self) -> RightsTerms:
        for name, dated in self.deadlines.items():
            for term in dated.values.values():
                if term.citation.source not in self.sources:
                    raise ValueError(f"{name}: unknown source {term.citation.source!r}")
        if missing := {"answer", "appeal"} - set(self.deadlines):
            raise ValueError(f"no deadline for {sorted(missing)}")
        return self


@dataclass(frozen=True, slots=True)
class RightsDeadline:
    """By when an answer is due, and by which text."""

    step: RightsTime
    due_on: date
    amount: int
    unit: Unit
    description_zh: str
    description_en: str
    citation: str
    note: str
    url: str | None
    text_status: TextStatus
    still_valid_on: date

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, to be kept with the request."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {
            **told,
            "due_on": self.due_on.isoformat(),
            "still_valid_on": self.still_valid_on.isoformat(),
        }


@cache
def load_rights_terms(jurisdiction: str, root: Path | None = None) -> RightsTerms | None:
    """The limits of a jurisdiction (``cn``); None where none are written.

    Raises:
        PackError: the file cannot be used.
    """
    path = (root or shipped("rulepacks")) / jurisdiction.lower() / "rights.yaml"
    if not jurisdiction.isalpha() or not path.is_file():
        return None
    try:
        return RightsTerms.model_validate(read_yaml(path))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path}: {error}") from error


def find_rights_deadline(
    terms: RightsTerms, step: RightsTime, *, counts_from: date, calendar: Calendar
) -> RightsDeadline | None:
    """By when ``step`` is due, counted from a day by the law of that day.

    None where the jurisdiction has no such limit, or none is known for that day.
    """
    dated = terms.deadlines.get(step)
    begun = [start for start in dated.values if start <= counts_from] if dated else []
    if dated is None or not begun:
        return None
    term = dated.values[max(begun)]
    source = terms.sources[term.citation.source]
    return RightsDeadline(
        step=step,
        due_on=_due_on(term, counts_from, calendar),
        amount=term.amount,
        unit=term.unit,
        description_zh=dated.description.zh,
        description_en=dated.description.en,
        citation=f"{source.title} {term.citation.clause}",
        note=term.citation.note or source.note or "",
        url=source.url,
        text_status=term.text_status,
        still_valid_on=term.still_valid_on,
    )


def _due_on(term: RightsTerm, counts_from: date, days: Calendar) -> date:
    if term.unit == "working":
        return days.add_working_days(counts_from, term.amount)
    if term.unit == "calendar":
        return counts_from + timedelta(days=term.amount)
    months = counts_from.month - 1 + term.amount
    year, month = counts_from.year + months // 12, months % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(counts_from.day, last))
