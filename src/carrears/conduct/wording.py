"""What is said: plain forbidden words, each with the place where it is forbidden.

Patterns stop what is plain. They know neither polite threats nor irony, so that a text they
let through is not thereby lawful.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from carrears.conduct.pack import Citation, Pack, PackError, Words, read_yaml

_FILE = "wording.yaml"
# Characters that show nothing and would split a word: zero width, soft hyphen, direction.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Chinese words may be split by spaces or marks between their characters.
_BETWEEN_HAN = re.compile(r"(?<=[\u4e00-\u9fff])[\s·.*_~—-]+(?=[\u4e00-\u9fff])")


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern: {error}") from error
    return pattern


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z_]+$")
    citation: Citation
    says: Words
    patterns: tuple[Annotated[str, AfterValidator(_check_pattern)], ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Objection:
    """Something that must not be said: the words found, and why they may not stand."""

    id: str
    found: str
    says_zh: str
    says_en: str
    citation: str


def find_forbidden(text: str, pack: Pack) -> list[Objection]:
    """What the pack objects to in ``text``, in either language.

    Width, case, and what is invisible or put between Chinese characters make no difference.

    Raises:
        PackError: the pack's list cannot be read or cites what the pack does not know.
    """
    plain = _BETWEEN_HAN.sub("", _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))
    return [
        Objection(entry.id, match.group(), entry.says.zh, entry.says.en, pack.cite(entry.citation))
        for entry, pattern in _patterns(pack)
        if (match := pattern.search(plain))
    ]


@cache
def _patterns(pack: Pack) -> tuple[tuple[_Entry, re.Pattern[str]], ...]:
    path = pack.folder / _FILE
    try:
        entries = TypeAdapter(tuple[_Entry, ...]).validate_python(tuple(read_yaml(path)))
    except (OSError, TypeError, yaml.YAMLError, ValidationError) as error:
        raise PackError(f"{path}: {error}") from error
    for entry in entries:
        if entry.citation.source not in pack.sources:
            raise PackError(f"{path}: unknown source {entry.citation.source!r}")
    return tuple(
        (entry, re.compile(pattern, re.IGNORECASE))
        for entry in entries
        for pattern in entry.patterns
    )
