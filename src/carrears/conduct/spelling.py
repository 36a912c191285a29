"""Plain spelling: what a reader sees, whatever characters a writer chose to show it with.

Each character of the plain text remembers where it stood, so that what is found in it can be
shown in the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict

from carrears.conduct.pack import PackError, read_yaml
from carrears.resources import shipped

_HAN = "\u3400-\u9fff"
# What may be put between characters to split a word; at most one line break, since an empty
# line parts two thoughts. Marks that end a sentence or a clause part them too.
_MARKS = r" \t\r·.*_~—|/+=^&%#-"
_GAP = rf"(?:[{_MARKS}]{{1,4}}\n?[{_MARKS}]{{0,4}}|\n[{_MARKS}]{{0,4}})"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}]){_GAP}(?=[{_HAN}])")
# Single letters with something between them, three at least: two may be initials.
_SPELT_OUT = re.compile(r"(?<![a-z])[a-z](?:[ .*_~·|/-]{1,3}[a-z]){2,}(?![a-z])")
_IN_SPELT_OUT = re.compile(r"[^a-z]+")
# Words of four characters or more in which signs stand between letters.
_DISGUISED = re.compile(
    r"(?<![a-z0-9@$!.])(?=[0-9@$!]*[a-z])(?=[a-z]*[0-9@$!])[a-z0-9@$!]{3,19}[a-z0-9@$]"
    r"(?![a-z0-9@$]|\.[a-z])"
)


class _Spelling(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    traditional: str
    look_alikes: str
    instead: dict[str, str]
    instead_also: dict[str, str]


@dataclass(frozen=True, slots=True)
class Plain:
    """Text in plain spelling; ``places`` holds, for each of its characters, where it stood."""

    text: str
    places: tuple[int, ...]

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters ``start`` to ``end`` of the plain text stood when written."""
        return self.places[start], self.places[end - 1] + 1


def spell_plainly(text: str) -> Plain:
    """``text`` in small letters, with no difference of width, accents, script or split words."""
    letters = [*map(_plain_letter, text)]
    spelt = "".join(letters)
    if len(spelt) == len(text) and max(map(len, letters), default=1) == 1:  # one for one
        plain = Plain(spelt, tuple(range(len(text))))
    else:
        plain = Plain(spelt, tuple(at for at, letter in enumerate(letters) for _ in letter))
    plain = _without(plain, (match.span() for match in _BETWEEN_HAN.finditer(plain.text)))
    return _without(plain, _gaps_in_spelt_out(plain.text))


def read_disguised(plain: Plain) -> Iterator[Plain]:
    """The same text with its signs read as letters, in each way; nothing where there are none."""
    words = [word.span() for word in _DISGUISED.finditer(plain.text)]
    for table in _sign_tables() if words else ():
        letters = list(plain.text)
        read = False
        for start, end in words:
            word = plain.text[start:end].translate(table)
            if word.isalpha():
                letters[start:end] = word
                read = True
        if read:
            yield Plain("".join(letters), plain.places)


def _gaps_in_spelt_out(text: str) -> Iterator[tuple[int, int]]:
    for word in _SPELT_OUT.finditer(text):
        for gap in _IN_SPELT_OUT.finditer(text, word.start(), word.end()):
            yield gap.span()


def _without(plain: Plain, spans: Iterable[tuple[int, int]]) -> Plain:
    kept: list[str] = []
    places: list[int] = []
    last = 0
    for start, end in spans:
        kept.append(plain.text[last:start])
        places.extend(plain.places[last:start])
        last = end
    if not last:
        return plain
    return Plain("".join([*kept, plain.text[last:]]), (*places, *plain.places[last:]))


@cache
def _plain_letter(letter: str) -> str:
    """The small letter without width, accents and script; nothing for what shows nothing."""
    seen = [
        each
        for each in unicodedata.normalize("NFKD", letter)
        if unicodedata.category(each) not in {"Mn", "Cf"}
    ]
    return "".join(_letters().get(each, each) for each in seen).lower()


@cache
def _letters() -> Mapping[str, str]:
    spelling = _spelling()
    return {
        other: word[0]
        for word in f"{spelling.traditional} {spelling.look_alikes}".split()
        for other in word[1:]
    }


@cache
def _sign_tables() -> tuple[dict[int, str], ...]:
    spelling = _spelling()
    first = str.maketrans(spelling.instead)
    return first, {**first, **str.maketrans(spelling.instead_also)}


@cache
def _spelling() -> _Spelling:
    path = shipped("rulepacks") / "spelling.yaml"
    try:
        return _Spelling.model_validate(read_yaml(path))
    except (OSError, ValueError) as error:
        raise PackError(f"{path}: {error}") from error
