"""How replies are read: who asks to be left alone, and what of the rest a person has to see to.

All of it is dated data (``replies.yaml``). What is written is folded first, the same for all:
forms of letters and apostrophes, traditional characters, dialect and slips, what somebody put
between the characters. What takes a word back ("I never said stop") is left out before words are
looked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from carrears.yamls import load_yaml

# Between the characters of a word that somebody spaced out; a comma parts two sentences.
_SPACED = re.compile(r"(?<=[\u4e00-\u9fff])[\s\-.·_*]+(?=[\u4e00-\u9fff])")
# A letter is read by words so far: who writes more than this is read by a person in any case.
_READ_AT_MOST = 4000
_APOSTROPHES = str.maketrans("‘’ʼ´`", "'" * 5)

# What somebody has to see to, the most urgent first.
Known = Literal[
    "danger", "death", "legal", "complaint", "stranger", "dispute", "hardship", "promise"
]
Meaning = Known | Literal["other"]
KNOWN: tuple[Known, ...] = (
    "danger", "death", "legal", "complaint", "stranger", "dispute", "hardship", "promise",
)  # fmt: skip
Channel = Literal["sms", "email", "portal"]


class Pattern(BaseModel):
    """One way of saying it: why it is read so, and texts that it is to find and not to find."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str
    pattern: str
    like: tuple[str, ...]
    unlike: tuple[str, ...] = ()


class Said(BaseModel):
    """The ways of saying one thing, and what takes it back or only asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unsaid: tuple[Pattern, ...] = ()
    said: tuple[Pattern, ...]

    def left_of(self, text: str) -> str:
        """A folded text without what takes it back."""
        return _without(text, self.unsaid)

    def is_in(self, text: str) -> bool:
        """Whether a folded text says it."""
        left = self.left_of(text)
        return any(re.search(one.pattern, left) for one in self.said)


class Stop(Said):
    """How somebody asks to be left alone: ``whole`` replies, phrases, and what may stand beside."""

    whole: str
    beside: str


class Alike(BaseModel):
    """What is read as something else, in replies by ``channel`` or by all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    written: str = Field(alias="as")
    read: str
    channel: Channel | None = None


class Wording(BaseModel):
    """How replies are read from a day on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: date
    source: str
    same: str
    alike: tuple[Alike, ...]
    stop: Stop
    harmless: str
    pauses: dict[Meaning, int]
    urgent: frozenset[Known]
    meanings: dict[Known, Said]


def asks_to_stop(text: str, *, on: date, channel: Channel = "sms") -> bool:
    """Whether a reply by a channel asks that no more be sent by it; in doubt it does not."""
    words = wording_on(on)
    said = fold(text, words, channel=channel)
    return _is_stop_word(said, words) or words.stop.is_in(said)


def meanings_of(text: str, *, on: date, channel: Channel = "sms") -> tuple[Meaning, ...]:
    """What of a reply somebody has to see to, the most urgent first.

    ``other`` is what the words of the file do not know, unless it is polite and no more, or asks
    to be left alone and no more, which has its effect by itself: a dispute must not go unread for
    its wording, nor for the stop word that stands with it.
    """
    words = wording_on(on)
    said = fold(text, words, channel=channel)
    known: tuple[Meaning, ...] = tuple(each for each in KNOWN if words.meanings[each].is_in(said))
    if known:
        return known
    if len(text) <= _READ_AT_MOST and (
        re.fullmatch(words.harmless, _bare(said)) or _only_stops(said, words)
    ):
        return ()
    return ("other",)


def is_urgent(meanings: Iterable[Meaning], *, on: date) -> bool:
    """Whether a reply that means this may not wait for its collector."""
    return not wording_on(on).urgent.isdisjoint(meanings)


def _is_stop_word(said: str, words: Wording) -> bool:
    return bool(re.fullmatch(words.stop.whole, _bare(said)))


def _only_stops(said: str, words: Wording) -> bool:
    if _is_stop_word(said, words):
        return True
    if not words.stop.is_in(said):
        return False
    left = _bare(_without(words.stop.left_of(said), words.stop.said))
    return bool(re.fullmatch(words.stop.beside, left) or re.fullmatch(words.harmless, left))


def _without(said: str, patterns: Iterable[Pattern]) -> str:
    for one in patterns:
        said = re.sub(one.pattern, " ", said)
    return said


def _bare(said: str) -> str:
    return "".join(letter for letter in said if letter.isalnum())


def wording_on(day: date) -> Wording:
    """How replies are read on a day."""
    return max((one for one in _read() if one.from_on <= day), key=lambda one: one.from_on)


def fold(text: str, words: Wording, *, channel: Channel = "sms") -> str:
    """The same letters for all that are read as one."""
    same = str.maketrans({pair[0]: pair[1] for pair in words.same.split()})
    plain = unicodedata.normalize("NFKD", text[:_READ_AT_MOST].translate(_APOSTROPHES))
    unmarked = "".join(each for each in plain if unicodedata.category(each) != "Mn")
    said = _SPACED.sub("", unmarked.casefold().translate(same))
    for one in words.alike:
        if one.channel in {None, channel}:
            said = re.sub(one.written, one.read, said)
    return said


@cache
def _read() -> tuple[Wording, ...]:
    raw = load_yaml(Path(__file__).with_name("replies.yaml").read_bytes())
    return tuple(Wording.model_validate(one) for one in raw)
