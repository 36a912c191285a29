"""What is said: words that no message may hold, and what each has to say.

Patterns stop what is plain. They know neither irony nor what a threat implies, so that a text
they let through is not thereby lawful.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from carrears.conduct.pack import Pack
from carrears.conduct.spelling import read_disguised, spell_plainly
from carrears.conduct.word_lists import (
    Entry,
    Group,
    Kind,
    Wording,
    WordStrength,
    load_wording,
)

# Where a sentence ends as written, and a clause in plain spelling. A full stop after a single
# letter ends nothing: it may stand in a word that is spelt out.
_SENTENCE = re.compile(r"(?<=[。！？])|(?<=[A-Za-z0-9)]{2}[.!?])(?=\s)|\n\s*\n")
_CLAUSE = re.compile(r"[,;:。、.!?\n]")
# A template says most of its sentences to everybody.
_KEPT = 8192
_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Objection:
    """Something that must not be said, and the words found, at ``start`` to ``end`` of the text.

    The place is counted in characters of the text as it was written. Of what is missing
    nothing is found, and the place is 0 to 0.
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

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def find_forbidden(text: str, pack: Pack, *, spared: Iterable[str] = ()) -> list[Objection]:
    """What the pack objects to in ``text``, in either language, in the order of the text.

    Width, case, script and what is invisible or put between the characters of a word make no
    difference. What lies within a word of ``spared`` is let stand: a name can be 王八一. Where
    something is prohibited, the same words are not also sent to a person.

    Raises:
        PackError: the pack's list cannot be used.
    """
    entries = load_wording(pack).entries
    names = [span for name in spared if name for span in _spans(name, text)]
    found = [
        _objection(entries[name], text, span, pack)
        for begin, sentence in _sentences(text)
        for name, start, end in _hits(pack, sentence)
        if not _lies_within(span := (begin + start, begin + end), names)
    ]
    barred = [(each.start, each.end) for each in found if each.strength == "prohibited"]
    left = [
        each
        for each in found
        if each.strength == "prohibited" or not _overlaps((each.start, each.end), barred)
    ]
    return sorted(left, key=lambda each: (each.start, each.end))


def find_missing(text: str, pack: Pack, *, channel: str, sender: str = "") -> list[Objection]:
    """What a message of ``channel`` has to say and ``text`` does not.

    The name of who writes is looked for as ``sender``; without one it is not asked for.

    Raises:
        PackError: the pack's list cannot be used.
    """
    wording = load_wording(pack)
    plain = spell_plainly(text).text
    return [
        _objection(entry, text, (0, 0), pack)
        for entry in wording.entries.values()
        if channel in entry.channels and not _is_said(entry, plain, wording, sender)
    ]


def _is_said(entry: Entry, plain: str, wording: Wording, sender: str) -> bool:
    if entry.sender:
        return not sender or spell_plainly(sender).text in plain
    groups = wording.groups[entry.id]
    return any(pattern.search(plain) for group in groups for pattern, _ in group.patterns)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """The sentences and where each begins; words are looked for within one."""
    start = 0
    for mark in _SENTENCE.finditer(text):
        yield start, text[start : mark.start()]
        start = mark.end()
    yield start, text[start:]


@lru_cache(maxsize=_KEPT)
def _hits(pack: Pack, sentence: str) -> tuple[tuple[str, int, int], ...]:
    """Which entries object to a sentence, and where."""
    wording = load_wording(pack)
    plain = spell_plainly(sentence)
    spans: dict[str, list[_Span]] = defaultdict(list)
    for view in (plain, *read_disguised(plain)):
        for each in wording.worth_trying(view.text):
            # Nearly always there is none, which a search says sooner than an iterator.
            match = each.pattern.search(view.text)
            while match is not None:
                if not _is_let_stand(match, view.text, each.group, wording):
                    spans[each.entry].append(view.locate(*match.span()))
                match = each.pattern.search(view.text, match.end())
    return tuple((entry, *span) for entry in spans for span in _merged(spans[entry]))


def _spans(name: str, text: str) -> Iterator[_Span]:
    start = text.find(name)
    while start >= 0:
        yield start, start + len(name)
        start = text.find(name, start + len(name))


def _lies_within(span: _Span, others: Iterable[_Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _overlaps(span: _Span, others: Iterable[_Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _is_let_stand(match: re.Match[str], text: str, group: Group, wording: Wording) -> bool:
    """Whether what stands before the words takes their sting.

    A denial does, in their clause and up to their end, unless the sentence takes it back.
    """
    if group.spared is not None and group.spared.search(text, 0, match.start()):
        return True
    if not group.deniable:
        return False
    clause = max((mark.end() for mark in _CLAUSE.finditer(text, 0, match.start())), default=0)
    denied = wording.denials.search(text, clause, match.end())
    return denied is not None and wording.undoing.search(text) is None


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    """Overlapping places as one: several patterns of an entry may fit the same words."""
    merged: list[_Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _objection(entry: Entry, text: str, span: _Span, pack: Pack) -> Objection:
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
