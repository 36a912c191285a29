"""A verdict that also hears what is said: objections to words become findings of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from carrears.conduct.pack import Pack, PackError, Words, load_pack
from carrears.conduct.verdict import Finding, Verdict, add_findings
from carrears.conduct.vocabulary import GateAction
from carrears.conduct.word_lists import Entry, load_wording
from carrears.conduct.wording import Objection, find_forbidden, find_missing

# An empty line, which parts the two for the reader and for the patterns.
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one message as they are about to leave.

    ``sender`` is the name it has to show, ``names`` are people's own and
    links of this house, which no pattern judges.
    """

    subject: str
    body: str
    locale: str
    channel: str
    sender: str
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Subject and body as one text: places are counted in it."""
        return f"{self.subject}{_BETWEEN}{self.body}"


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    found: str
    start: int
    end: int


class Heard(BaseModel):
    """What was heard in a message, as it is stored.

    ``text`` is a commitment to the text, for the text itself is sealed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = ""
    locale: str = ""
    objections: tuple[_Found, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, for storing with the facts."""
        return self.model_dump(mode="json")


def hear(said: Said, pack: Pack) -> Heard:
    """What the pack objects to in a message.

    Raises:
        PackError: the pack's list of words cannot be used.
    """
    objections = [
        *find_forbidden(said.text, pack, spared=(said.sender, *said.names)),
        *find_missing(said.text, pack, channel=said.channel, sender=said.sender),
    ]
    return Heard(locale=said.locale, objections=tuple(map(_found, objections)))


def _found(objection: Objection) -> _Found:
    return _Found(id=objection.id, found=objection.found, start=objection.start, end=objection.end)


def weigh_words(verdict: Verdict, heard: Heard, pack: Pack) -> Verdict:
    """``verdict`` with a finding for each entry of the pack's list that was heard.

    Words that stand in the way stand in it at any time, so that no later moment is named.

    Raises:
        PackError: what was heard is not in the pack's list.
    """
    entries = load_wording(pack).entries
    by_id: dict[str, list[_Found]] = {}
    for each in heard.objections:
        by_id.setdefault(each.id, []).append(each)
    if unknown := set(by_id) - set(entries):
        raise PackError(f"pack {pack.name} {pack.version} has no words {sorted(unknown)}")
    return add_findings(
        verdict, [_finding(entries[name], found, pack) for name, found in by_id.items()]
    )


def word_rule(pack: Pack, entry: str) -> str:
    """The id under which a finding of words stands in a verdict: ``CN-WORDS/insult``."""
    return f"{pack.name.upper()}-WORDS/{entry}"


def title_of(rule: str) -> Words | None:
    """What a rule of words objects to, by the id that ``word_rule`` gave it.

    None where the packs at hand have no such rule any more.
    """
    name, _, entry = rule.partition("-WORDS/")
    try:
        found = load_wording(load_pack(name.lower())).entries.get(entry)
    except PackError:
        return None
    return found.says if found else None


def _finding(entry: Entry, found: Sequence[_Found], pack: Pack) -> Finding:
    action: GateAction = "block" if entry.strength == "prohibited" else "review"
    words = dict.fromkeys(each.found for each in found if each.found)
    return Finding(
        rule_id=word_rule(pack, entry.id),
        title_zh=entry.says.zh,
        title_en=entry.says.en,
        strength=entry.strength,
        text_status=entry.text_status,
        outcome=action,
        gate_action=action,
        reason=entry.kind,
        explanation_zh=f"用语：{_quoted(words, '“”', '、')}" if words else "整则消息中未见",
        explanation_en=f"The words: {_quoted(words, '“”', ', ')}" if words else "Nowhere in it",
        citation=pack.cite(entry.citation),
        url=pack.sources[entry.citation.source].url,
        used=tuple(
            f"message[{each.start}:{each.end}]" if each.end else "message" for each in found
        ),
        retry_at=None,
    )


def _quoted(words: Iterable[str], marks: str, between: str) -> str:
    return between.join(f"{marks[0]}{word}{marks[1]}" for word in words)
