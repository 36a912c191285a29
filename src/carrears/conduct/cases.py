"""The cases of a rule pack: what a lawyer reads, and what the gate must answer.

A case is written as what differs from ``cases/base.yaml``. Things with an id stand under it;
``at`` of an earlier contact may list several times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime

from carrears.clock import zone as zone_of
from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, PackError, read_yaml
from carrears.conduct.verdict import Verdict
from carrears.conduct.vocabulary import GateAction, Outcome

_KEYED = ("parties", "organisations", "debts", "contact_points")


class _Written(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=2)
    facts: dict[str, Any] = Field(default_factory=dict)
    history: list[dict[str, Any]] = Field(default_factory=list)
    attempt: dict[str, Any] = Field(default_factory=dict)
    verdict: Outcome
    own: Outcome | None = None
    gate: GateAction | None = None
    next: NaiveDatetime | None = None


class _CaseFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    cases: tuple[_Written, ...] = Field(min_length=2)


@dataclass(frozen=True, slots=True)
class PackCase:
    """One case of one rule. ``next_allowed`` is told by the debtor's wall clock.

    ``own`` is what the rule itself answers, the verdict where nothing else is written.
    """

    rule_id: str
    name: str
    facts: Facts
    attempt: Attempt
    expect: Outcome
    own: Outcome
    gate_action: GateAction | None
    next_allowed: datetime | None

    def find_mistakes(self, verdict: Verdict) -> list[str]:
        """In what ``verdict`` differs from the case; the rule itself must give the answer."""
        own = [each.outcome for each in verdict.findings if each.rule_id == self.rule_id]
        asked: dict[str, tuple[object, object]] = {
            "verdict": (self.expect, verdict.expect),
            f"outcome of {self.rule_id}": ([self.own], own),
        }
        if self.gate_action is not None:
            asked["gate"] = (self.gate_action, verdict.gate_action)
        if self.next_allowed is not None:
            place = zone_of(self.attempt.zone)
            got = verdict.next_allowed_at
            local = got.astimezone(place).replace(tzinfo=None) if got else None
            asked["next"] = (self.next_allowed, local)
        return [
            f"{what}: expected {wanted}, got {got}"
            for what, (wanted, got) in asked.items()
            if wanted != got
        ]


def read_pack_cases(pack: Pack) -> Iterator[PackCase]:
    """All cases of ``pack``.

    Raises:
        PackError: a case file names another rule than its own.
        ValidationError: a case says something outside the vocabulary.
    """
    base = read_yaml(pack.folder / "cases" / "base.yaml")
    for rule in pack.rules:
        path = pack.folder / "cases" / f"{rule.id}.yaml"
        written = _CaseFile.model_validate(read_yaml(path))
        if written.rule != rule.id:
            raise PackError(f"{path}: the cases are of {written.rule}, not of {rule.id}")
        for case in written.cases:
            yield _build(rule.id, case, base)


def check_pack(pack: Pack) -> list[str]:
    """Every case that the gate answers otherwise, told in one line; none is as it must be."""
    found = []
    for case in read_pack_cases(pack):
        mistakes = case.find_mistakes(judge(case.facts, case.attempt, pack))
        if mistakes:
            found.append(f"{case.rule_id} {case.name}: {'; '.join(mistakes)}")
    return found


def _build(rule_id: str, case: _Written, base: Mapping[str, Any]) -> PackCase:
    facts = _merge(base["facts"], case.facts)
    for kind in _KEYED:
        facts[kind] = [{"id": name, **each} for name, each in facts.get(kind, {}).items()]
    facts["history"] = list(_events(case.history, base["event"]))
    return PackCase(
        rule_id=rule_id,
        name=case.name,
        facts=Facts.model_validate(facts),
        attempt=Attempt.model_validate(_merge(base["attempt"], case.attempt)),
        expect=case.verdict,
        own=case.own or case.verdict,
        gate_action=case.gate,
        next_allowed=case.next,
    )


def _events(written: list[dict[str, Any]], default: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    number = 0
    for event in written:
        times = event["at"] if isinstance(event["at"], list) else [event["at"]]
        for at in times:
            number += 1
            yield {**default, **event, "at": at, "id": f"h{number}"}


def _merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``change`` laid over it, mapping by mapping."""
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(old, value)
        else:
            merged[key] = value
    return merged
