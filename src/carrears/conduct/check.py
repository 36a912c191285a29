"""Compare the gate with cases that people decided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import Verdict, judge
from carrears.conduct.pack import Pack, load_pack
from carrears.conduct.vocabulary import GateAction, Outcome


class Case(BaseModel):
    """One line of a case file; what is only for people is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    jurisdiction: str
    rules: tuple[str, ...]
    facts: dict[str, Any]
    history: list[dict[str, Any]]
    attempt: Attempt
    expect: Outcome
    gate_action: GateAction
    why: str = ""
    doubtful: str | None = None

    def told(self) -> Facts:
        """The facts with the history in them."""
        return Facts.model_validate({**self.facts, "history": self.history})


@dataclass(frozen=True, slots=True)
class Result:
    """A case and what the gate said."""

    case: Case
    verdict: Verdict

    @property
    def agrees_on_action(self) -> bool:
        """Whether the gate does what the case wants."""
        return self.verdict.gate_action == self.case.gate_action

    @property
    def agrees(self) -> bool:
        """Whether the verdict is the expected one too."""
        return self.agrees_on_action and self.verdict.expect == self.case.expect

    @property
    def lets_through(self) -> bool:
        """Whether a contact that must be stopped would leave: the one grave mistake."""
        return self.case.gate_action != "allow" and self.verdict.gate_action == "allow"

    def to_json(self) -> dict[str, Any]:
        """One verdict for a command line: what the case asked and the gate answered."""
        against = [each for each in self.verdict.findings if each.rule_id in self.verdict.rules]
        later = self.verdict.next_allowed_at
        return {
            "id": self.case.id,
            "verdict": self.verdict.expect,
            "gate_action": self.verdict.gate_action,
            "rules": list(self.verdict.rules),
            "citations": list(dict.fromkeys(each.citation for each in against)),
            "next_allowed": later.isoformat() if later else None,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """How the gate did; doubtful cases are judged and not scored."""

    results: tuple[Result, ...]

    @property
    def scored(self) -> tuple[Result, ...]:
        """The cases that are not doubtful."""
        return tuple(each for each in self.results if each.case.doubtful is None)

    @property
    def disagreements(self) -> tuple[Result, ...]:
        """The scored cases in which the gate said something else."""
        return tuple(each for each in self.scored if not each.agrees)

    def summary(self) -> dict[str, int]:
        """Counts: cases, scored, same action, same verdict too, and wrongly let through."""
        return {
            "cases": len(self.results),
            "scored": len(self.scored),
            "gate_action": sum(each.agrees_on_action for each in self.scored),
            "expect": sum(each.agrees for each in self.scored),
            "let_through": sum(each.lets_through for each in self.results),
        }


def check_cases(path: Path, jurisdiction: str, *, pack: Pack | None = None) -> Report:
    """Judge every case of ``jurisdiction`` (``CN``) in the JSON lines of ``path``.

    Raises:
        PackError: there is no pack for the jurisdiction.
        ValidationError: a case says something outside the vocabulary.
    """
    chosen = pack or load_pack(jurisdiction.lower())
    return Report(
        tuple(
            Result(case, judge(case.told(), case.attempt, chosen))
            for case in read_cases(path)
            if case.jurisdiction == jurisdiction
        )
    )


def read_cases(path: Path) -> Iterator[Case]:
    """The cases in ``path``, one a line."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield Case.model_validate(json.loads(line))
