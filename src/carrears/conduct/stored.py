"""Stored verdicts, and the question behind each, which can be put again under any pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.faults import CaseError, Fault, naming_faults
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack
from carrears.conduct.spoken import Heard, weigh_words
from carrears.conduct.verdict import Verdict
from carrears.conduct.vocabulary import GateAction, Outcome
from carrears.conduct.word_lists import load_wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A verdict as it was given, under pack ``pack`` (``cn``), and all that was ``asked``."""

    id: int
    pack: str
    pack_version: str
    gate_action: GateAction
    expect: Outcome
    findings: Sequence[Mapping[str, Any]]
    next_allowed_at: datetime | None
    asked: Mapping[str, Any]

    @property
    def jurisdiction(self) -> str:
        """Whose law it was: ``CN``."""
        return self.pack.upper()


@dataclass(frozen=True, slots=True)
class Question:
    """What the gate was asked: facts, attempt, what was heard in the message, whose day's law."""

    facts: Facts
    attempt: Attempt
    heard: Heard
    law_on: date | None

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Question:
        """What was stored with a verdict (``facts``, ``attempt``, ``words``, ``law_on``).

        Raises:
            CaseError: it is not understood any more.
        """
        if missing := {"facts", "attempt"} - set(asked):
            raise CaseError(*(Fault(name, "was not stored") for name in sorted(missing)))
        day = asked.get("law_on")
        with naming_faults():
            return cls(
                Facts.model_validate(asked["facts"]),
                Attempt.model_validate(asked["attempt"]),
                Heard.model_validate(asked.get("words", {})),
                date.fromisoformat(day) if day else None,
            )

    def answer(self, pack: Pack, *, law_on: date | None = None) -> Verdict:
        """The verdict under ``pack``, by the law of ``law_on`` where another is wanted.

        The text of a message is sealed: words that only this pack objects to are not found,
        and words that it no longer lists are passed over.

        Raises:
            CaseError: the pack does not know the law of that day.
            PackError: its list of words cannot be used.
        """
        with naming_faults():
            verdict = judge(self.facts, self.attempt, pack, law_on=law_on or self.law_on)
        if not self.heard.objections:
            return verdict
        listed = load_wording(pack).entries
        still = tuple(each for each in self.heard.objections if each.id in listed)
        return weigh_words(verdict, self.heard.model_copy(update={"objections": still}), pack)
