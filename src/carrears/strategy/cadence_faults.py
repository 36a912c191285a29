"""What keeps the cadences of a strategy's document from being said, each by its row and field."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from carrears.strategy.cadences import (
    PART,
    Cadence,
    CadenceError,
    CadenceStep,
    StepWay,
    find_cadence_fault,
    read_cadences,
)
from carrears.strategy.errors import DocumentError, Place, StrategyError
from carrears.strategy.jdm import parse_document
from carrears.strategy.manner import constants_of
from carrears.strategy.reasons import say

_OWN = frozenset({"debtor", "product"})


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """By which channel a template of the house goes, and which languages it has words in."""

    channel: str
    languages: frozenset[str]

    def is_written_in(self, language: str) -> bool:
        """Whether it has words in this language, of whatever place."""
        return language.partition("-")[0] in {one.partition("-")[0] for one in self.languages}


Templates = Mapping[str, KnownTemplate]


@dataclass(frozen=True, slots=True)
class House:
    """What there is in the house that cadences may name, by its key or code.

    Not products: one that has no terms of its own has those of the house's default.
    """

    treatments: Collection[str]
    templates: Templates


def find_cadence_faults(document: Mapping[str, Any], *, house: House | None) -> list[DocumentError]:
    """All faults of the cadences that a document carries; none where it carries none.

    Treatments are those of the house and of the document's own tables. Without ``house`` nothing
    that is named is looked up.
    """
    entries = document.get(PART)
    if not isinstance(entries, Mapping):
        return [one for one in [find_cadence_fault(document)] if one is not None]
    treatments = _treatments(document)
    found: list[DocumentError] = []
    for key, terms in entries.items():
        try:
            cadence = Cadence(key=str(key), **terms)
            read_cadences({key: terms}, where=PART)
        except ValidationError as error:
            found += _misfits(str(key), terms, error)
        except (CadenceError, TypeError) as error:
            found.append(DocumentError(Place(PART), say("{error}", error=error)))
        else:
            if house is not None:
                found += _unknown_treatments(cadence, treatments | set(house.treatments))
                found += _unusable_templates(cadence, house.templates)
    return found


def _treatments(document: Mapping[str, Any]) -> set[str]:
    """The treatments that the document's own tables give."""
    try:
        return {str(one) for one in constants_of(parse_document(document), "treatment")}
    except StrategyError:
        return set()  # what is wrong with the graph is told elsewhere


def _misfits(key: str, terms: Mapping[str, Any], error: ValidationError) -> Iterator[DocumentError]:
    """What does not fit its term, with the step and the way that it stands in."""
    for one in error.errors(include_url=False, include_input=False):
        path = [str(step) for step in one["loc"]]
        row = None
        where = key
        if len(path) > 1 and path[0] == "steps":
            row = int(path[1]) + 1
            step = terms["steps"][row - 1]
            day = step.get("day") if isinstance(step, Mapping) else None
            where = f"{key} T{day:+d}" if isinstance(day, int) else key
            path = path[2:]
        if len(path) > 1 and path[0] == "by":
            where, path = f"{where} by {int(path[1]) + 1}", path[2:]
        place = Place(PART, row, ".".join(path))
        yield DocumentError(place, say("{where}: {why}", where=where, why=one["msg"]))


def _unknown_treatments(cadence: Cadence, known: Collection[str]) -> Iterator[DocumentError]:
    named: list[tuple[int | None, str, tuple[str, ...]]] = [(None, cadence.key, cadence.treatments)]
    named += [
        (row, f"{cadence.key} {step.label}", step.treatments or ())
        for row, step in enumerate(cadence.steps, 1)
    ]
    for row, where, treatments in named:
        for one in treatments:
            if one not in known:
                yield DocumentError(
                    Place(PART, row, "treatments"),
                    say("{where}: there is no treatment {name!r}", where=where, name=one),
                )


def _unusable_templates(cadence: Cadence, templates: Templates) -> Iterator[DocumentError]:
    for row, step in enumerate(cadence.steps, 1):
        language = cadence.language_of(step.day)
        if not step.by and language not in _OWN:
            yield from _unspoken(cadence, row, step, language, templates)
        for number, way in enumerate(step.by, 1):
            if way.channel != "call":
                where = f"{cadence.key} {step.label} by {number}"
                yield from _unusable(way, Place(PART, row), where, language, templates)


def _unspoken(
    cadence: Cadence, row: int, step: CadenceStep, language: str, templates: Templates
) -> Iterator[DocumentError]:
    if not any(one.is_written_in(language) for one in templates.values()):
        yield DocumentError(
            Place(PART, row, "language"),
            say(
                "{where}: no template has words in {language!r}",
                where=f"{cadence.key} {step.label}",
                language=language,
            ),
        )


def _unusable(
    way: StepWay, place: Place, where: str, language: str, templates: Templates
) -> Iterator[DocumentError]:
    known = templates.get(way.template)
    if known is None:
        yield DocumentError(
            Place(place.node, place.row, "template"),
            say("{where}: there is no template {name!r}", where=where, name=way.template),
        )
        return
    if known.channel != way.channel:
        yield DocumentError(
            Place(place.node, place.row, "channel"),
            say(
                "{where}: {name!r} is a template of {channel}",
                where=where,
                name=way.template,
                channel=known.channel,
            ),
        )
    if language not in _OWN and not known.is_written_in(language):
        yield DocumentError(
            Place(place.node, place.row, "language"),
            say(
                "{where}: {name!r} has no words in {language!r}",
                where=where,
                name=way.template,
                language=language,
            ),
        )
