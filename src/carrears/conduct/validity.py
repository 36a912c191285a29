"""How long the values of a rule pack are vouched for, and which have to be read again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from carrears.conduct.complaint_terms import load_terms
from carrears.conduct.dispute_terms import load_dispute_terms
from carrears.conduct.pack import Pack, Words
from carrears.conduct.raised_limits import RaisedLimits
from carrears.conduct.rights_terms import load_rights_terms
from carrears.conduct.time_limits import TimeLimits
from carrears.conduct.vocabulary import TextStatus


@dataclass(frozen=True, slots=True)
class ValueToReview:
    """A value in force that nobody vouches for any more, and the rules that decide by it.

    ``still_valid_on`` was the last day it was vouched for; None means that nobody ever did.
    """

    pack: str
    parameter: str
    description: Words
    starts_on: date
    still_valid_on: date | None
    text_status: TextStatus
    citation: str
    rules: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        last = self.still_valid_on
        return {
            "jurisdiction": self.pack.upper(),
            "parameter": self.parameter,
            "description": self.description.model_dump(),
            "starts_on": self.starts_on.isoformat(),
            "still_valid_on": last.isoformat() if last else None,
            "text_status": self.text_status,
            "citation": self.citation,
            "rules": list(self.rules),
        }


def overdue_values(pack: Pack, on: date) -> tuple[ValueToReview, ...]:
    """The values in force on ``on`` whose ``still_valid_on`` has passed, the oldest first.

    A value that is vouched for until a day is not overdue on that day. What only rules use that
    have ended, and values that others have replaced, need no review.
    """
    dated = [(each.still_valid_on, each.parameter, each) for each in _values_in_force(pack, on)]
    passed = sorted((last, name, each) for last, name, each in dated if last and last < on)
    return tuple(each for _, _, each in passed)


def undated_values(pack: Pack, on: date) -> tuple[ValueToReview, ...]:
    """The values in force on ``on`` that say no ``still_valid_on``, by name."""
    return tuple(each for each in _values_in_force(pack, on) if each.still_valid_on is None)


def overdue_terms(name: str, on: date, *, root: Path | None = None) -> tuple[ValueToReview, ...]:
    """The same of the time limits for complaints, disputes and people's requests of a jurisdiction.

    Raises:
        PackError: its file cannot be used.
    """
    kept: dict[str, TimeLimits[Any] | None] = {
        "complaints": load_terms(name, root),
        "disputes": load_dispute_terms(name, root),
        "rights": load_rights_terms(name, root),
    }
    found = [
        each
        for folder, terms in kept.items()
        if terms is not None
        for each in _overdue(folder, terms, name.lower(), on)
    ]
    return tuple(sorted(found, key=lambda each: (str(each.still_valid_on), each.parameter)))


def _overdue(folder: str, terms: TimeLimits[Any], pack: str, on: date) -> Iterator[ValueToReview]:
    kept: dict[str, Any] = dict(terms.deadlines)
    if isinstance(terms, RaisedLimits):
        kept["raising"] = terms.raising
    for step, dated in kept.items():
        begun = [start for start in dated.values if start <= on]
        if not begun or (term := dated.values[max(begun)]).still_valid_on >= on:
            continue
        yield ValueToReview(
            pack=pack,
            parameter=f"{folder}/{step}",
            description=dated.description,
            starts_on=max(begun),
            still_valid_on=term.still_valid_on,
            text_status=term.text_status,
            citation=f"{terms.sources[term.citation.source].title} {term.citation.clause}",
            rules=(),
        )


def _values_in_force(pack: Pack, on: date) -> list[ValueToReview]:
    users: dict[str, list[str]] = {}
    for rule in pack.rules:
        if rule.in_force.until is None or on <= rule.in_force.until:
            for path in set(rule.parameters.values()):
                users.setdefault(path, []).append(rule.id)
    found = []
    for path, rules in sorted(users.items()):
        parameter = pack.parameters[path]
        begun = [start for start in parameter.values if start <= on]
        if begun:
            dated = parameter.values[max(begun)]
            found.append(
                ValueToReview(
                    pack=pack.name,
                    parameter=path,
                    description=parameter.description,
                    starts_on=max(begun),
                    still_valid_on=dated.still_valid_on,
                    text_status=dated.text_status,
                    citation=pack.cite(dated.citation),
                    rules=tuple(sorted(rules)),
                )
            )
    return found
