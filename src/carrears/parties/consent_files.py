"""Consents from a file of another system, such as the app in which they were given."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from carrears.access.models import User
from carrears.parties.consents import (
    SOURCES,
    ConsentError,
    Word,
    expect_past,
    expect_sense,
    keep_word,
)
from carrears.parties.models import Party

COLUMNS = (
    *("party_no", "purpose", "channel", "granted", "given_at"),
    *("source", "text_version", "language", "key"),
)
_OPTIONAL = frozenset({"text_version", "language", "key", "channel"})
_SAID = {"true": True, "yes": True, "1": True, "是": True}
_SAID |= {"false": False, "no": False, "0": False, "否": False}
_MOST_TOLD = 50


class ConsentFileError(ValueError):
    """A file that is not taken in; each line of the message names a line of it and why."""


@dataclass(frozen=True, slots=True)
class Taken:
    """How many words a file had, and how many of them were new."""

    words: int
    new: int


@transaction.atomic
def take_in_consents(path: Path, *, by: User | None, actor: str = "") -> Taken:
    """Keep every word of a CSV file (UTF-8, columns ``COLUMNS``), or none of them.

    Raises:
        ConsentFileError: it is no such file, or a line of it cannot be kept.
    """
    found = list(_lines(path))
    faults: list[str] = []
    numbers = {told.get("party_no", "") for _, told in found}
    people = {one.party_no: one for one in Party.objects.filter(party_no__in=numbers)}
    new = 0
    for number, told in found:
        try:
            party, word = _known(people, told["party_no"]), _word(told)
            expect_sense(word)
            expect_past(word)
            if not faults:
                new += keep_word(party, word, by=by, actor=actor) is not None
        except ConsentError as error:
            faults.append(f"line {number}: {error}")
    if faults:
        more = [f"and {len(faults) - _MOST_TOLD} more"] if len(faults) > _MOST_TOLD else []
        raise ConsentFileError("\n".join([*faults[:_MOST_TOLD], *more]))
    return Taken(len(found), new)


def _known(people: dict[str, Party], number: str) -> Party:
    if number not in people:
        raise ConsentError("nobody of this number is on record")
    return people[number]


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            there = set(reader.fieldnames or ())
            if wrong := (set(COLUMNS) - _OPTIONAL - there) | (there - set(COLUMNS)):
                raise ConsentFileError(f"missing or unknown columns: {', '.join(sorted(wrong))}")
            for told in reader:
                if None in told or None in told.values():
                    raise ConsentFileError(f"line {reader.line_num}: not as many fields as columns")
                yield reader.line_num, {name: value.strip() for name, value in told.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConsentFileError(f"{path}: {error}") from error


def _word(told: dict[str, str]) -> Word:
    if told["granted"].lower() not in _SAID:
        raise ConsentError(f"granted: {told['granted']!r} is neither yes nor no")
    if told["source"] not in SOURCES:
        raise ConsentError(f"source: {told['source']!r} is none of {', '.join(SOURCES)}")
    try:
        at = datetime.fromisoformat(told["given_at"])
    except ValueError as error:
        raise ConsentError(f"given_at: {told['given_at']!r} is no moment") from error
    if at.tzinfo is None:
        raise ConsentError(f"given_at: {told['given_at']!r} has no time zone")
    return Word(
        purpose=told["purpose"],
        channel=told.get("channel", ""),
        granted=_SAID[told["granted"].lower()],
        at=at,
        source=told["source"],
        text=told.get("text_version", ""),
        language=told.get("language", ""),
        key=told.get("key", ""),
    )
