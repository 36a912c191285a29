"""What the gate answers: a verdict and its findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from carrears.conduct.room import Room
from carrears.conduct.vocabulary import GateAction, Outcome, Strength

# From the mildest to the gravest; the gravest finding is the verdict.
GRAVITY: tuple[Outcome, ...] = (
    "allow",
    "presumed_compliance",
    "not_applicable",
    "review",
    "presumed_violation",
    "block",
)
ACTIONS: tuple[GateAction, ...] = ("allow", "review", "block")


class Finding(NamedTuple):
    """What one rule says, why, and where it stands written."""

    rule_id: str
    title_zh: str
    title_en: str
    strength: Strength
    text_status: str
    outcome: Outcome
    gate_action: GateAction
    reason: str
    explanation_zh: str
    explanation_en: str
    citation: str
    url: str | None
    used: tuple[str, ...]
    retry_at: datetime | None
    room: Room | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        told = self._asdict()
        told["retry_at"] = _iso(self.retry_at)
        if self.room is None:
            del told["room"]
            return told
        return {**told, "room": self.room.to_json()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one attempt; findings stand in the order absolute bars, then counters.

    ``next_allowed_at`` is the first later moment (UTC) at which the same attempt would be
    allowed if nothing else happened; None when it is allowed now or time alone does not help.
    """

    expect: Outcome
    gate_action: GateAction
    findings: tuple[Finding, ...]
    pack: str
    pack_version: str
    law_on: date
    next_allowed_at: datetime | None

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules that stand in the way; of all that spoke when none does."""
        against = [each.rule_id for each in self.findings if each.gate_action != "allow"]
        return tuple(against or [each.rule_id for each in self.findings])

    def to_json(self) -> dict[str, Any]:
        """Plain JSON, for storing next to the attempt."""
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "findings": [finding.to_json() for finding in self.findings],
            "law_on": self.law_on.isoformat(),
            "next_allowed_at": _iso(self.next_allowed_at),
        }


def add_findings(verdict: Verdict, more: Sequence[Finding]) -> Verdict:
    """``verdict`` with findings that no moment changes, such as those on what is said.

    They can only make it graver: where they stand in the way, no later moment is named.
    """
    if not more:
        return verdict
    findings = (*verdict.findings, *more)
    outcomes = (verdict.expect, *(each.outcome for each in more))
    actions = (verdict.gate_action, *(each.gate_action for each in more))
    bars = any(each.gate_action != "allow" for each in more)
    return replace(
        verdict,
        expect=max(outcomes, key=GRAVITY.index),
        gate_action=max(actions, key=ACTIONS.index),
        findings=findings,
        next_allowed_at=None if bars else verdict.next_allowed_at,
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
