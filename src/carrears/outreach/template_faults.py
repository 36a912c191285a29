"""What is wrong with the words of a template: each fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from carrears.conduct.pack import Pack
from carrears.conduct.wording import Objection, find_forbidden, find_missing
from carrears.outreach.template_variables import (
    KIND_OF,
    REQUIRED,
    PlaceholderError,
    read_placeholders,
)

# By language, the subject and the body.
Texts = Mapping[str, tuple[str, str]]
# How the lender's name stands in a template.
_SENDER = "{lender}"
_SAYS = {
    "no_language": "there is no text in any language",
    "empty": "the text is empty",
    "subject_unwanted": "a text message has no subject",
    "subject_lines": "the subject has more than one line",
    "not_plain": "{what}",
    "unknown": "unknown variable {what}",
    "undeclared": "{what} is used and not declared",
    "unused": "{what} is declared and not used",
    "wrong_kind": "{what} is of the kind {other}, not {kind}",
    "missing": "a message must show {what}",
    "unknown_offer": "there is no offer {what} in treatments.yaml",
    "no_base": "there is no template {what} of which this could be a variant",
    "other_base": "{what} goes by another channel or is for another purpose",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, in the ``line`` (from 1) of a part: subject, body, variables, manner or none.

    ``says`` is a key of what is said; of the gate's words it is ``words`` and the objection tells.
    """

    says: str
    locale: str = ""
    part: str = ""
    line: int = 0
    what: str = ""
    kind: str = ""
    other: str = ""
    objection: Objection | None = None
    pack: str = ""

    @property
    def is_prohibited(self) -> bool:
        """Whether nobody may let it go."""
        return self.objection is None or self.objection.strength == "prohibited"

    @property
    def place(self) -> str:
        """Language, part and line."""
        line = f"line {self.line}" if self.line else ""
        return ", ".join(filter(None, (self.locale, self.part, line)))

    def __str__(self) -> str:
        if self.objection is None:
            told = _SAYS[self.says].format(what=self.what, kind=self.kind, other=self.other)
        else:
            words = f"“{self.objection.found}” — " if self.objection.found else ""
            told = f"{words}{self.objection.says_en} ({self.pack}, {self.objection.citation})"
        return f"{self.place}: {told}" if self.place else told


def find_faults(
    texts: Texts, *, channel: str, declared: Mapping[str, str] | None = None
) -> list[Fault]:
    """What keeps these words from making messages; without ``declared`` no kind is compared."""
    found = [] if texts else [Fault("no_language")]
    used: set[str] = set()
    for locale, (subject, body) in texts.items():
        for part, text in (("subject", subject), ("body", body)):
            names, faults = _variables(locale, part, text)
            used |= names.keys()
            found += faults
            found += _not_declared(locale, part, names, declared)
        found += _find_of_language(locale, subject, body, channel)
    return [*found, *_misdeclared(declared or {}, used)]


def find_words(texts: Texts, *, channel: str, packs: Iterable[Pack]) -> list[Fault]:
    """What the rules object to in the words themselves, by the law of each pack."""
    chosen = tuple(packs)
    return [
        fault
        for locale, (subject, body) in texts.items()
        for pack in chosen
        for fault in _words_of(locale, subject, body, channel, pack)
    ]


def _find_of_language(locale: str, subject: str, body: str, channel: str) -> Iterator[Fault]:
    if not body.strip():
        yield Fault("empty", locale, "body", 1)
    if channel == "sms" and subject:
        yield Fault("subject_unwanted", locale, "subject", 1)
    if channel != "sms" and len(subject.splitlines()) != 1:
        yield Fault("subject_lines", locale, "subject", 1)
    try:
        asked = _names(subject) | _names(body)
    except PlaceholderError:  # which is told by its own place
        return
    for name in sorted(REQUIRED[channel] - asked):
        yield Fault("missing", locale, "body", what=name)


def _names(text: str) -> set[str]:
    return {name for name, _ in read_placeholders(text)}


def _variables(locale: str, part: str, text: str) -> tuple[dict[str, int], list[Fault]]:
    """The known variables of a text, each with its first line; and what is none."""
    names: dict[str, int] = {}
    faults = []
    try:
        for name, line in read_placeholders(text):
            names.setdefault(name, line)
    except PlaceholderError as error:
        faults.append(Fault("not_plain", locale, part, error.line, str(error)))
    strange = {name: line for name, line in names.items() if name not in KIND_OF}
    faults += [Fault("unknown", locale, part, line, name) for name, line in strange.items()]
    return {name: line for name, line in names.items() if name in KIND_OF}, faults


def _not_declared(
    locale: str, part: str, names: Mapping[str, int], declared: Mapping[str, str] | None
) -> Iterator[Fault]:
    if declared is None:
        return
    for name, line in names.items():
        if name not in declared:
            yield Fault("undeclared", locale, part, line, name)


def _misdeclared(declared: Mapping[str, str], used: set[str]) -> Iterator[Fault]:
    for name, kind in declared.items():
        if name not in KIND_OF:
            yield Fault("unknown", part="variables", what=name)
        elif kind != KIND_OF[name]:
            yield Fault("wrong_kind", part="variables", what=name, kind=kind, other=KIND_OF[name])
        elif name not in used:
            yield Fault("unused", part="variables", what=name)


def _words_of(locale: str, subject: str, body: str, channel: str, pack: Pack) -> Iterator[Fault]:
    for part, text in (("subject", subject), ("body", body)):
        for one in find_forbidden(text, pack):
            line = text.count("\n", 0, one.start) + 1
            yield _told(locale, part, line, one, pack)
    whole = f"{subject}\n\n{body}"
    for one in find_missing(whole, pack, channel=channel, sender=_SENDER):
        yield _told(locale, "body", 0, one, pack)


def _told(locale: str, part: str, line: int, one: Objection, pack: Pack) -> Fault:
    return Fault("words", locale, part, line, one.found, objection=one, pack=pack.name.upper())


def prohibited(faults: Sequence[Fault]) -> list[Fault]:
    """Those that nobody may let go."""
    return [one for one in faults if one.is_prohibited]
