"""By which words a reply asks to be left alone, promises, disputes or tells of hardship.

All of it is dated data (``replies.yaml``). What is written is folded first, the same for all: forms
of letters and apostrophes, traditional characters, what somebody put between the characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

# Between the characters of a word that somebody spaced out; a comma parts two sentences.
_SPACED = re.compile(r"(?<=[\u4e00-\u9fff])[\s\-.·_*]+(?=[\u4e00-\u9fff])")
_APOSTROPHES = str.maketrans("‘’ʼ´`", "'" * 5)

# What somebody has to see to, the most urgent first.
Known = Literal["dispute", "hardship", "promise"]
Meaning = Known | Literal["other"]
KNOWN: tuple[Known, ...] = ("dispute", "hardship", "promise")


class Pattern(BaseModel):
    """One way of saying it: why it is read so, and texts that it is to find and not to find."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str
    pattern: str
    like: tuple[str, ...]
    unlike: tuple[str, ...] = ()


class Wording(BaseModel):
    """How replies are read from a day on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: date
    source: str
    same: str
    whole: str
    anywhere: str
    harmless: str
    meanings: Mapping[Known, tuple[Pattern, ...]]


def asks_to_stop(text: str, *, on: date) -> bool:
    """Whether a reply asks that no more texts be sent; in doubt it does not."""
    words = wording_on(on)
    said = fold(text, words)
    if re.fullmatch(words.whole, _bare(said)):
        return True
    return bool(re.search(words.anywhere, said))


def meanings_of(text: str, *, on: date) -> tuple[Meaning, ...]:
    """What of a reply somebody has to see to, the most urgent first.

    ``other`` is what the words of the file do not know, unless it is polite and no more, or asks
    to be left alone, which has its effect by itself: a dispute must not go unread for its wording.
    """
    words = wording_on(on)
    said = fold(text, words)
    known: tuple[Meaning, ...] = tuple(
        each for each in KNOWN if any(re.search(one.pattern, said) for one in words.meanings[each])
    )
    if known or re.fullmatch(words.harmless, _bare(said)) or asks_to_stop(text, on=on):
        return known
    return ("other",)


def _bare(said: str) -> str:
    return "".join(letter for letter in said if letter.isalnum())


def wording_on(day: date) -> Wording:
    """How replies are read on a day."""
    return max((one for one in _read() if one.from_on <= day), key=lambda one: one.from_on)


def fold(text: str, words: Wording) -> str:
    """The same letter for all that are read as one."""
    same = str.maketrans({pair[0]: pair[1] for pair in words.same.split()})
    said = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold().translate(same)
    return _SPACED.sub("", said)


@cache
def _read() -> tuple[Wording, ...]:
    raw = yaml.safe_load(Path(__file__).with_name("replies.yaml").read_bytes())
    return tuple(Wording.model_validate(one) for one in raw)
