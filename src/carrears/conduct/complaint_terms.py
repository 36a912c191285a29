"""How long a complaint may take, by jurisdiction: dated values, each with its citation.

They lie beside a rule pack (``rulepacks/<jurisdiction>/complaints.yaml``) and are no part of it:
no contact is judged by them. The day of receipt is not counted (民法典 art. 201; DISP 1.6.2 R
"after its receipt"). Days that end on a day off are not moved, which is the safe side.
"""

from __future__ import annotations

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

Step = Literal["acknowledge", "answer", "extended", "authority", "authority_extended"]
# What it takes to be extended: the longer time of each.
EXTENDED: dict[Step, Step] = {"answer": "extended", "authority": "authority_extended"}


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Term(_Data):
    """So many days after receipt, with the place where that is written."""

    days: int = Field(gt=0, strict=True)
    counting: Literal["calendar", "working"]
    citation: Citation
    text_status: TextStatus
    still_valid_on: date


class DatedTerm(_Data):
    """A time limit by the day on which it took effect."""

    description: Words
    values: dict[date, Term] = Field(min_length=1)


class ComplaintTerms(_Data):
    """The limits of one jurisdiction, and the calendar of its working days."""

    calendar: str
    sources: dict[str, Source]
    deadlines: dict[Step, DatedTerm]

    @model_validator(mode="after")
    def _sources_known(self) -> ComplaintTerms:
        for name, dated in self.deadlines.items():
            for term in dated.values.values():
                if term.citation.source not in self.sources:
                    raise ValueError(f"{name}: unknown source {term.citation.source!r}")
        if missing := {"acknowledge", "answer", "authority"} - set(self.deadlines):
            raise ValueError(f"no deadline for {sorted(missing)}")
        return self


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a step is due, and by which text."""

    step: Step
    due_on: date
    days: int
    counting: str
    description_zh: str
    description_en: str
    citation: str
    note: str
    url: str | None
    text_status: str
    still_valid_on: date

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, to be kept with the complaint."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {
            **told,
            "due_on": self.due_on.isoformat(),
            "still_valid_on": self.still_valid_on.isoformat(),
        }


@cache
def load_terms(jurisdiction: str, root: Path | None = None) -> ComplaintTerms | None:
    """The limits of a jurisdiction (``cn``); None where none are written.

    Raises:
        PackError: the file cannot be used.
    """
    path = (root or shipped("rulepacks")) / jurisdiction.lower() / "complaints.yaml"
    if not jurisdiction.isalpha() or not path.is_file():
        return None
    try:
        return ComplaintTerms.model_validate(read_yaml(path))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path}: {error}") from error


def find_deadline(
    terms: ComplaintTerms, step: Step, *, counts_from: date, calendar: Calendar
) -> Deadline | None:
    """By when ``step`` is due, counted from a day by the law of that day.

    None where the jurisdiction has no such limit, or none is known for that day.
    """
    dated = terms.deadlines.get(step)
    begun = [start for start in dated.values if start <= counts_from] if dated else []
    if dated is None or not begun:
        return None
    term = dated.values[max(begun)]
    if term.counting == "working":
        due_on = calendar.add_working_days(counts_from, term.days)
    else:
        due_on = counts_from + timedelta(days=term.days)
    source = terms.sources[term.citation.source]
    return Deadline(
        step=step,
        due_on=due_on,
        days=term.days,
        counting=term.counting,
        description_zh=dated.description.zh,
        description_en=dated.description.en,
        citation=f"{source.title} {term.citation.clause}",
        note=term.citation.note or source.note or "",
        url=source.url,
        text_status=term.text_status,
        still_valid_on=term.still_valid_on,
    )
