"""What is said: words that no message may hold, each with the place where it is forbidden.

Patterns stop what is plain. They know neither irony nor what a threat implies, so that a text
they let through is not thereby lawful.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from carrears.conduct.pack import Citation, Pack, PackError, Words, read_yaml
from carrears.conduct.spelling import Plain, spell_plainly
from carrears.conduct.vocabulary import TextStatus

_FILE = "wording.yaml"
Kind = Literal[
    "threat",
    "insult",
    "false_authority",
    "false_legal_threat",
    "disclosure",
    "pressure",
    "misleading",
]
# What is prohibited stops a message; what needs judgement sends it to a person.
WordStrength = Literal["prohibited", "review"]


def _check_pattern(pattern: str) -> str:
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from error
    if found.match(""):
        raise ValueError(f"{pattern!r} fits an empty text")
    return pattern


class Entry(BaseModel):
    """One thing that must not be said, with its force, its citation and its words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z_]+$")
    kind: Kind
    strength: WordStrength
    text_status: TextStatus
    citation: Citation
    says: Words
    patterns: tuple[Annotated[str, AfterValidator(_check_pattern)], ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Objection:
    """Something that must not be said, and the words found, at ``start`` to ``end`` of the text.

    The place is counted in characters of the text as it was written.
    """

    id: str
    kind: Kind
    strength: WordStrength
    found: str
    start: int
    end: int
    says_zh: str
    says_en: str
    citation: str


def find_forbidden(text: str, pack: Pack, *, spared: Iterable[str] = ()) -> list[Objection]:
    """What the pack objects to in ``text``, in either language, in the order of the text.

    Width, case, and what is invisible or put between the characters of a word make no
    difference. What lies within a word of ``spared`` is let stand: a name can be 王八一.

    Raises:
        PackError: the pack's list cannot be read or cites what the pack does not know.
    """
    plain = spell_plainly(text)
    names = [span for name in spared if name for span in _spans(name, text)]
    found = [
        _objection(entry, text, span, pack)
        for entry in load_entries(pack)
        for span in _merged(_matches(entry, plain))
        if not any(start <= span[0] and span[1] <= end for start, end in names)
    ]
    return sorted(found, key=lambda each: (each.start, each.end))


def _spans(name: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(name)
    while start >= 0:
        yield start, start + len(name)
        start = text.find(name, start + len(name))


def _matches(entry: Entry, plain: Plain) -> Iterator[tuple[int, int]]:
    for pattern in entry.patterns:
        for match in _compiled(pattern).finditer(plain.text):
            yield plain.locate(*match.span())


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping places as one: several patterns of an entry may fit the same words."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _objection(entry: Entry, text: str, span: tuple[int, int], pack: Pack) -> Objection:
    return Objection(
        id=entry.id,
        kind=entry.kind,
        strength=entry.strength,
        found=text[slice(*span)],
        start=span[0],
        end=span[1],
        says_zh=entry.says.zh,
        says_en=entry.says.en,
        citation=pack.cite(entry.citation),
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def load_entries(pack: Pack) -> tuple[Entry, ...]:
    """The pack's list, checked.

    Raises:
        PackError: it cannot be read, names something twice, or cites what the pack does not know.
    """
    path = pack.folder / _FILE
    try:
        entries = TypeAdapter(tuple[Entry, ...]).validate_python(tuple(read_yaml(path)))
    except (OSError, TypeError, yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path}: {error}") from error
    names = [entry.id for entry in entries]
    if twice := {name for name in names if names.count(name) > 1}:
        raise PackError(f"{path}: entries that stand twice: {sorted(twice)}")
    for entry in entries:
        if entry.citation.source not in pack.sources:
            raise PackError(f"{path}: unknown source {entry.citation.source!r}")
    return entries
