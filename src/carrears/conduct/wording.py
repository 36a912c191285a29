"""What is said: words that no message may hold, and what each has to say.

Patterns stop what is plain. They know neither irony nor what a threat implies, so that a text
they let through is not thereby lawful.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from carrears.conduct.pack import Pack
from carrears.conduct.spelling import Plain, read_disguised, spell_plainly
from carrears.conduct.word_lists import (
    Entry,
    Group,
    Kind,
    Wording,
    WordStrength,
    load_wording,
)

# Where a clause and where a sentence end, in plain spelling.
_CLAUSE = re.compile(r"[,;:。、.!?\n]")
_SENTENCE = re.compile(r"[。.!?\n]")


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
    wording = load_wording(pack)
    plain = spell_plainly(text)
    views = [plain, *read_disguised(plain)]
    names = [span for name in spared if name for span in _spans(name, text)]
    found = [
        _objection(entry, text, span, pack)
        for entry in wording.entries.values()
        if entry.kind != "missing"
        for span in _merged(_matches(entry, views, wording))
        if not _lies_within(span, names)
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
    return any(pattern.search(plain) for group in groups for pattern in group.patterns)


def _spans(name: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(name)
    while start >= 0:
        yield start, start + len(name)
        start = text.find(name, start + len(name))


def _lies_within(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in others)


def _overlaps(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _matches(entry: Entry, views: Iterable[Plain], wording: Wording) -> Iterator[tuple[int, int]]:
    for view in views:
        for group in wording.groups[entry.id]:
            for pattern in group.patterns:
                for match in pattern.finditer(view.text):
                    if not _is_let_stand(match, view.text, group, wording):
                        yield view.locate(*match.span())


def _is_let_stand(match: re.Match[str], text: str, group: Group, wording: Wording) -> bool:
    """Whether what stands before the words takes their sting."""
    if group.spared is not None and group.spared.search(text, 0, match.start()):
        return True
    return group.deniable and _is_denied(match, text, wording)


def _is_denied(match: re.Match[str], text: str, wording: Wording) -> bool:
    """A denial in the clause, up to the words' end, that its sentence does not take back."""
    clause = max((mark.end() for mark in _CLAUSE.finditer(text, 0, match.start())), default=0)
    if not wording.denials.search(text, clause, match.end()):
        return False
    start = max((mark.end() for mark in _SENTENCE.finditer(text, 0, match.start())), default=0)
    stop = _SENTENCE.search(text, match.end())
    return not wording.undoing.search(text, start, stop.start() if stop else len(text))


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
