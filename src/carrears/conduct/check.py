"""Compare the gate with cases that people decided; one that expects nothing is only judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from carrears.conduct.facts import Attempt, ContactEvent, Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, load_pack
from carrears.conduct.verdict import Verdict
from carrears.conduct.vocabulary import GateAction, Outcome

_LETS_GO: frozenset[Outcome] = frozenset({"allow", "presumed_compliance"})


class Case(BaseModel):
    """One attempt with its facts, and what is expected; what is only for people is passed over.

    The history is the full record, told once: here, or among the facts.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = ""
    jurisdiction: str = Field(pattern=r"^[A-Z]{2}$")
    rules: tuple[str, ...] = ()
    facts: Facts
    history: tuple[ContactEvent, ...] | None = Field(None, validate_default=True)
    attempt: Attempt
    expect: Outcome | None = None
    gate_action: GateAction | None = None
    why: str = ""
    doubtful: str | None = None

    @field_validator("history")
    @classmethod
    def _told_once(
        cls, history: tuple[ContactEvent, ...] | None, info: ValidationInfo
    ) -> tuple[ContactEvent, ...] | None:
        facts = info.data.get("facts")
        if isinstance(facts, Facts):
            among_facts = "history" in facts.model_fields_set
            if history is None and not among_facts:
                raise ValueError("the earlier contacts are needed; an empty list says none")
            if history is not None and among_facts:
                raise ValueError("the earlier contacts are told among the facts as well")
        return history

    @property
    def is_scored(self) -> bool:
        """Whether the verdict is compared with an expected one."""
        return self.doubtful is None and (self.expect or self.gate_action) is not None

    @property
    def must_stop(self) -> bool:
        """Whether it is said that the contact must not simply leave."""
        if self.gate_action is not None:
            return self.gate_action != "allow"
        return self.expect is not None and self.expect not in _LETS_GO

    def told(self) -> Facts:
        """The facts with the history in them."""
        if self.history is None:
            return self.facts
        return self.facts.model_copy(update={"history": self.history})


@dataclass(frozen=True, slots=True)
class Result:
    """A case and what the gate said."""

    case: Case
    verdict: Verdict

    @property
    def agrees_on_action(self) -> bool:
        """Whether the gate does what the case wants; where it names no action, the verdict's."""
        if self.case.gate_action is None:
            return self.verdict.expect == self.case.expect
        return self.verdict.gate_action == self.case.gate_action

    @property
    def agrees(self) -> bool:
        """Whether the verdict is the expected one too, where one is expected."""
        return self.agrees_on_action and self.case.expect in {None, self.verdict.expect}

    @property
    def lets_through(self) -> bool:
        """Whether a contact that must be stopped would leave: the one grave mistake."""
        return self.case.must_stop and self.verdict.gate_action == "allow"

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


@dataclass(slots=True)
class Tally:
    """How the gate did; doubtful cases and those that expect nothing are judged, not scored."""

    cases: int = 0
    failed: int = 0
    scored: int = 0
    gate_action: int = 0
    expect: int = 0
    let_through: int = 0

    def add(self, result: Result | None) -> None:
        """Count one case; None is one that could not be judged."""
        self.cases += 1
        if result is None:
            self.failed += 1
            return
        self.let_through += result.lets_through
        if result.case.is_scored:
            self.scored += 1
            self.gate_action += result.agrees_on_action
            self.expect += result.agrees


@dataclass(frozen=True, slots=True)
class Report:
    """How the gate did on the cases of one jurisdiction."""

    results: tuple[Result, ...]

    @property
    def scored(self) -> tuple[Result, ...]:
        """The cases that expect a verdict and are not doubtful."""
        return tuple(each for each in self.results if each.case.is_scored)

    @property
    def disagreements(self) -> tuple[Result, ...]:
        """The scored cases in which the gate said something else."""
        return tuple(each for each in self.scored if not each.agrees)

    def summary(self) -> dict[str, int]:
        """Counts: cases, scored, same action, same verdict too, and wrongly let through."""
        tally = Tally()
        for each in self.results:
            tally.add(each)
        return {
            "cases": tally.cases,
            "scored": tally.scored,
            "gate_action": tally.gate_action,
            "expect": tally.expect,
            "let_through": tally.let_through,
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
