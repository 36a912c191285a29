"""Plain spelling: what a reader sees, whatever characters a writer chose to show it with.

Each character of the plain text remembers where it stood, so that what is found in it can be
shown in the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

_HAN = "\u3400-\u9fff"
# What may be put between characters to split a word; at most one line break, since an empty
# line parts two thoughts. Marks that end a sentence or a clause part them too.
_MARKS = r" \t\r·.*_~—|/+=^&%#-"
_GAP = rf"(?:[{_MARKS}]{{0,4}}\n?[{_MARKS}]{{0,4}})"
_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}]){_GAP}(?=[{_HAN}])")
# Single letters with something between them, three at least: two may be initials.
_SPELT_OUT = re.compile(r"(?<![A-Za-z])[A-Za-z](?:[ .*_~·|/-]{1,3}[A-Za-z]){2,}(?![A-Za-z])")
_IN_SPELT_OUT = re.compile(r"[^A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Plain:
    """Text in plain spelling; ``places`` holds, for each of its characters, where it stood."""

    text: str
    places: tuple[int, ...]

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters ``start`` to ``end`` of the plain text stood when written."""
        return self.places[start], self.places[end - 1] + 1


def spell_plainly(text: str) -> Plain:
    """``text`` without differences of width, accents, invisible characters and split words."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for seen in _plain_letter(letter):
            letters.append(seen)
            places.append(place)
    plain = Plain("".join(letters), tuple(places))
    plain = _without(plain, (match.span() for match in _BETWEEN_HAN.finditer(plain.text)))
    return _without(plain, _gaps_in_spelt_out(plain.text))


def _gaps_in_spelt_out(text: str) -> Iterable[tuple[int, int]]:
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
    """The letter without its width and accents; nothing for what shows nothing."""
    return "".join(
        each
        for each in unicodedata.normalize("NFKD", letter)
        if unicodedata.category(each) not in {"Mn", "Cf"}
    )
