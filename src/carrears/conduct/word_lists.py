"""The lists of words that packs forbid, read from their files and checked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from carrears.conduct.necessary import necessary_letters
from carrears.conduct.pack import Citation, Pack, PackError, Words, read_yaml, shared_folder
from carrears.conduct.vocabulary import Channel, TextStatus

_FILE = "wording.yaml"
_T = TypeVar("_T")
Kind = Literal[
    "threat",
    "insult",
    "false_authority",
    "false_legal_threat",
    "disclosure",
    "pressure",
    "misleading",
    "missing",
]
# What is prohibited stops a message; what needs judgement sends it to a person.
WordStrength = Literal["prohibited", "review"]
Script = Literal["han", "latin", "signs"]
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-z]{2}")


def _check_pattern(pattern: str) -> str:
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from error
    if found.match(""):
        raise ValueError(f"{pattern!r} fits an empty text")
    if re.search("[A-Z]", re.sub(r"\\.", "", pattern)):
        raise ValueError(f"{pattern!r} has capital letters, which plain spelling has not")
    return pattern


Pattern = Annotated[str, AfterValidator(_check_pattern)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WordList(_Data):
    """Patterns of one meaning, shared by packs.

    A ``deniable`` one is let stand where its clause denies it; what follows ``not_after`` is too.
    """

    about: Words
    deniable: bool = False
    not_after: Pattern | None = None
    patterns: tuple[Pattern, ...] = Field(min_length=1)


class _Shared(_Data):
    denials: Pattern
    undoing: Pattern
    lists: dict[str, WordList]


class Entry(_Data):
    """One thing that must not be said, with its force, its citation and its words.

    Of the kind ``missing`` are things that must be said: on ``channels``, one of the patterns or,
    with ``sender``, the name of who writes.
    """

    id: str = Field(pattern=r"^[a-z_]+$")
    kind: Kind
    strength: WordStrength
    text_status: TextStatus
    citation: Citation
    says: Words
    lists: tuple[str, ...] = ()
    deniable: bool = False
    patterns: tuple[Pattern, ...] = ()
    channels: tuple[Channel, ...] = ()
    sender: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Entry:
        if bool(self.channels) != (self.kind == "missing"):
            raise ValueError(f"{self.id}: channels belong to the kind missing, and only to it")
        if not (self.lists or self.patterns or self.sender):
            raise ValueError(f"{self.id}: no patterns, no lists, no sender")
        return self


@dataclass(frozen=True, slots=True)
class Group:
    """Patterns of an entry, with their scripts, that are let stand alike.

    ``spared`` is what may go before them.
    """

    patterns: tuple[tuple[re.Pattern[str], Script], ...]
    deniable: bool
    spared: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A pattern of an entry, and what a text must hold for it to be worth trying.

    Of the ``letters`` it has one, unless there are none.
    """

    entry: str
    group: Group
    pattern: re.Pattern[str]
    script: Script
    letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wording:
    """A pack's list, ready for use; ``forbidden`` are the patterns of all that must not be said."""

    entries: Mapping[str, Entry]
    groups: Mapping[str, tuple[Group, ...]]
    forbidden: tuple[Forbidden, ...]
    # Which of ``forbidden`` ask for a letter, by their places; under "" those that ask for none.
    by_letter: Mapping[str, tuple[int, ...]]
    denials: re.Pattern[str]
    undoing: re.Pattern[str]

    def worth_trying(self, text: str) -> Iterator[Forbidden]:
        """Of ``forbidden``, in its order, what may fit ``text``."""
        letters, scripts = {"", *text}, scripts_of(text)
        places = {place for letter in letters for place in self.by_letter.get(letter, ())}
        return (each for each in map(self.forbidden.__getitem__, sorted(places))
                if each.script in scripts)  # fmt: skip


@cache
def load_wording(pack: Pack) -> Wording:
    """The pack's list, checked.

    Raises:
        PackError: it cannot be read, names something twice, or refers to a source or a list that
            does not exist.
    """
    path = pack.folder / _FILE
    shared_path = shared_folder(pack.folder) / _FILE
    shared = _read(shared_path, TypeAdapter(_Shared))
    entries = _read(path, TypeAdapter(tuple[Entry, ...]))
    names = [entry.id for entry in entries]
    if twice := {name for name in names if names.count(name) > 1}:
        raise PackError(f"{path}: entries that stand twice: {sorted(twice)}")
    for entry in entries:
        if entry.citation.source not in pack.sources:
            raise PackError(f"{path}: unknown source {entry.citation.source!r}")
        if unknown := set(entry.lists) - set(shared.lists):
            raise PackError(f"{path}: {entry.id} refers to unknown lists {sorted(unknown)}")
    groups = {entry.id: _groups(entry, shared) for entry in entries}
    forbidden = tuple(
        Forbidden(entry.id, group, pattern, script, necessary_letters(pattern.pattern))
        for entry in entries
        if entry.kind != "missing"
        for group in groups[entry.id]
        for pattern, script in group.patterns
    )
    return Wording(
        entries={entry.id: entry for entry in entries},
        groups=groups,
        forbidden=forbidden,
        by_letter=_by_letter(forbidden),
        denials=re.compile(shared.denials),
        undoing=re.compile(shared.undoing),
    )


def _groups(entry: Entry, shared: _Shared) -> tuple[Group, ...]:
    groups = [
        Group(
            tuple((re.compile(each), _script_of(each)) for each in words.patterns),
            words.deniable,
            re.compile(f"(?:{words.not_after})$") if words.not_after else None,
        )
        for words in (shared.lists[name] for name in entry.lists)
    ]
    if entry.patterns:
        patterns = tuple((re.compile(each), _script_of(each)) for each in entry.patterns)
        groups.append(Group(patterns, entry.deniable, None))
    return tuple(groups)


def _script_of(pattern: str) -> Script:
    """What a text must hold for the pattern to be worth trying."""
    if _HAN.search(pattern):
        return "han"
    return "latin" if re.search("[a-z]", re.sub(r"\\.", "", pattern)) else "signs"


def _by_letter(forbidden: Iterable[Forbidden]) -> Mapping[str, tuple[int, ...]]:
    asking: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(forbidden):
        for letter in each.letters or ("",):
            asking[letter].append(place)
    return {letter: tuple(places) for letter, places in asking.items()}


def scripts_of(text: str) -> frozenset[Script]:
    """Which patterns are worth trying on a text in plain spelling."""
    found: set[Script] = {"signs"}
    if _HAN.search(text):
        found.add("han")
    if _LATIN.search(text):
        found.add("latin")
    return frozenset(found)


def _read(path: Path, shape: TypeAdapter[_T]) -> _T:
    try:
        return shape.validate_python(read_yaml(path))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path}: {error}") from error
