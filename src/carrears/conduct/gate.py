"""The gate: facts and an attempt against a rule pack give a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.outline import Outline, Sketch, UnknownError, outline_of
from carrears.conduct.pack import Pack, Rule
from carrears.conduct.room import Room, room_left
from carrears.conduct.rules import LOGIC
from carrears.conduct.rules.base import Law, Ruling
from carrears.conduct.rules.coverage import is_debt_collector
from carrears.conduct.situation import Situation
from carrears.conduct.vocabulary import GateAction, Outcome, Strength

_GATE_OF: dict[Outcome, GateAction] = {
    "allow": "allow",
    "presumed_compliance": "allow",
    "review": "review",
    "not_applicable": "review",
    "presumed_violation": "block",
    "block": "block",
}
# From the mildest to the gravest; the gravest finding is the verdict.
_GRAVITY: tuple[Outcome, ...] = (
    "allow",
    "presumed_compliance",
    "not_applicable",
    "review",
    "presumed_violation",
    "block",
)
_ACTIONS: tuple[GateAction, ...] = ("allow", "review", "block")
# How far ahead, and in how many steps, the next lawful moment is looked for.
_HORIZON = timedelta(days=400)
_STEPS = 64


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


def judge(
    facts: Facts,
    attempt: Attempt,
    pack: Pack,
    *,
    law_on: date | None = None,
    relaxed: Collection[str] = (),
) -> Verdict:
    """Judge ``attempt`` under ``pack`` by the contacted party's local time.

    The law is that of the party's local date, or of ``law_on`` where a replay of old days
    asks for a later law. ``relaxed`` names rules of strength ``should_not`` that the house
    sends to a person instead of blocking.

    Raises:
        LawUnknownError: the pack does not know the law of that date.
        FactsError: the attempt names someone or something the facts do not tell.
    """
    situation = _situate(_complete(facts, attempt), attempt, pack, attempt.moment)
    situation.check_names()
    day = law_on or situation.local_date
    question = _Question(situation, pack, relaxed)
    found = _find(situation, question, day)
    findings = tuple([_tell(each, pack) for each in found])
    # Nothing said is not a permission: an attempt that no rule speaks of goes to a person.
    outcomes = {each.outcome for each in found} or {"not_applicable"}
    actions = {each.gate_action for each in found} or {"review"}
    action = max(actions, key=_ACTIONS.index)
    verdict = Verdict(
        expect=max(outcomes, key=_GRAVITY.index),
        gate_action=action,
        findings=findings,
        pack=pack.name,
        pack_version=pack.version,
        law_on=day,
        next_allowed_at=None,
    )
    if action == "allow":
        return verdict
    later = _find_next(situation, question, found, law_on)
    return replace(verdict, next_allowed_at=later)


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
        expect=max(outcomes, key=_GRAVITY.index),
        gate_action=max(actions, key=_ACTIONS.index),
        findings=findings,
        next_allowed_at=None if bars else verdict.next_allowed_at,
    )


def _complete(facts: Facts, attempt: Attempt) -> Facts:
    """A contact of which nobody wrote down with whom it was counts as one with this party."""
    if None not in [event.party for event in facts.history]:
        return facts
    history = tuple(
        event if event.party is not None else event.model_copy(update={"party": attempt.party})
        for event in facts.history
    )
    return facts.model_copy(update={"history": history})


def _situate(facts: Facts, attempt: Attempt, pack: Pack, moment: datetime) -> Situation:
    party = next((each for each in facts.parties if each.id == attempt.party), None)
    zones = party.time_zones if party is not None and party.time_zones else pack.zones_when_unknown
    return Situation(facts, attempt, moment.astimezone(UTC), zones)


class _Ruled(NamedTuple):
    """One rule's ruling as the gate takes it: whom it reaches and what the house relaxed.

    ``told`` is the finding where it has been put into words already.
    """

    rule: Rule
    ruling: Ruling
    outcome: Outcome
    gate_action: GateAction
    reached: bool
    told: Finding | None = None


class _Question:
    """One question at all its moments.

    ``settled`` has by rule what it said without a look at the clock, and by which parameters: by
    those it says the same at every other moment.
    """

    def __init__(self, first: Situation, pack: Pack, relaxed: Collection[str]) -> None:
        self._pack, self._facts, self.relaxed = pack, first.facts, frozenset(relaxed)
        self._is_bound = is_debt_collector(first) is not False
        self._outline = outline_of(first)
        self._plans: dict[date, _Plan] = {}
        self._settled: dict[str, tuple[Mapping[str, Any], Ruling | None]] = {}

    def plan(self, day: date) -> _Plan:
        """What is left to ask by the law of ``day``."""
        plan = self._plans.get(day)
        if plan is None:
            plan = self._plans[day] = _plan(
                self._pack,
                day,
                self._is_bound,
                self._facts.assume_in_force,
                self.relaxed,
                self._outline,
            )
        return plan

    def ask(self, situation: Situation, rule: Rule, law: Law) -> Ruling | None:
        """What a rule says at the moment of ``situation``."""
        known = self._settled.get(rule.id)
        if known is not None and (known[0] is law.values or known[0] == law.values):
            return known[1]
        situation.looked_at_clock = False
        ruling = LOGIC[rule.logic].judge(situation, law)
        if not situation.looked_at_clock:
            self._settled[rule.id] = law.values, ruling
        return ruling


def _find(situation: Situation, question: _Question, day: date) -> list[_Ruled]:
    """What each rule says now."""
    plan = question.plan(day)
    said = list(plan.said)
    for place, rule, law in plan.open:
        ruling = question.ask(situation, rule, law)
        if ruling is not None:
            said[place] = _weigh(rule, ruling, situation, question.relaxed)
    found = [each for each in said if each is not None]
    if situation.facts.state is not None and any(each.rule.states for each in found):
        return [
            each
            for each in found
            if not (each.rule.yields_to_state and each.outcome == "not_applicable")
        ]
    return found


class _Plan(NamedTuple):
    """What is left to ask of the questions of one outline on one day.

    ``said`` are the rulings that hold for all of them in the order of the rules, with room for
    those that ``open`` rules give, each with its place.
    """

    said: tuple[_Ruled | None, ...]
    open: tuple[tuple[int, Rule, Law], ...]


@lru_cache(maxsize=4096)
def _plan(  # noqa: PLR0917  the key of the cache
    pack: Pack,
    day: date,
    bound: bool,  # noqa: FBT001
    assumed: tuple[str, ...],
    relaxed: frozenset[str],
    outline: Outline,
) -> _Plan:
    said: list[_Ruled | None] = []
    left = []
    for rule, law in _asked(pack, day, outline.state, bound, assumed):
        sketch = Sketch(outline)
        try:
            ruling = LOGIC[rule.logic].judge(sketch, law)
        except UnknownError:
            left.append((len(said), rule, law))
            said.append(None)
            continue
        if ruling is not None:
            ruled = _weigh(rule, ruling, sketch, relaxed)
            said.append(ruled._replace(told=_tell(ruled, pack)))
    return _Plan(tuple(said), tuple(left))


@lru_cache(maxsize=1024)
def _asked(
    pack: Pack,
    day: date,
    state: str | None,
    bound: bool,  # noqa: FBT001  a key of the cache
    assumed: tuple[str, ...],
) -> tuple[tuple[Rule, Law], ...]:
    """The rules to ask on a day: without drafts, rules of other states, and of other people."""
    return tuple(
        (rule, law)
        for rule, law in pack.laws_on(day)
        if (not rule.draft or rule.id in assumed)
        and (not rule.states or state in rule.states)
        and (bound or rule.binds == "everyone")
    )


def _weigh(rule: Rule, ruling: Ruling, situation: Situation, relaxed: frozenset[str]) -> _Ruled:
    outcome, gate, reached = ruling.outcome, ruling.gate, True
    if outcome == "allow" and gate is None:
        return _Ruled(rule, ruling, "allow", "allow", True)
    if rule.strength == "should_not" and rule.id in relaxed and outcome == "block":
        outcome, gate = "review", "review"
    if rule.reaches and outcome != "allow" and situation.codes.isdisjoint(rule.reaches):
        outcome, gate, reached = "not_applicable", "review", False
    action = _GATE_OF[outcome]
    if gate is not None and _ACTIONS.index(gate) > _ACTIONS.index(action):
        action = gate
    return _Ruled(rule, ruling, outcome, action, reached)


def _tell(ruled: _Ruled, pack: Pack) -> Finding:
    """The ruling with its reason in both languages."""
    if ruled.told is not None:
        return ruled.told
    ruling = ruled.ruling
    if ruling.values or ruling.retry_at is not None:
        return _finding(pack, ruled)
    return _plain(
        pack, ruled.rule.id, ruling.reason, ruled.outcome, ruled.gate_action, ruling.used,
        ruled.reached,
    )  # fmt: skip


@lru_cache(maxsize=16_384)
def _plain(  # noqa: PLR0917  the key of the cache
    pack: Pack,
    rule_id: str,
    reason: str,
    outcome: Outcome,
    action: GateAction,
    used: tuple[str, ...],
    reached: bool,  # noqa: FBT001
) -> Finding:
    """Nearly all findings: nothing in them is of one attempt only, so they are shared."""
    ruling = Ruling(outcome, reason, used=used)
    return _finding(pack, _Ruled(pack.by_id[rule_id], ruling, outcome, action, reached))


def _finding(pack: Pack, ruled: _Ruled) -> Finding:
    rule, ruling = ruled.rule, ruled.ruling
    words = rule.reasons[ruling.reason]
    zh, en = words.zh, words.en
    if not ruled.reached:
        zh, en = f"{pack.not_reached.zh}{zh}", f"{pack.not_reached.en} {en}"
    return Finding(
        rule_id=rule.id,
        title_zh=rule.title.zh,
        title_en=rule.title.en,
        strength=rule.strength,
        text_status=rule.text_status,
        outcome=ruled.outcome,
        gate_action=ruled.gate_action,
        reason=ruling.reason,
        explanation_zh=zh.format_map(ruling.values),
        explanation_en=en.format_map(ruling.values),
        citation=pack.citations[rule.id],
        url=pack.sources[rule.citations[0].source].url,
        used=ruling.used,
        retry_at=ruling.retry_at,
        room=room_left(ruling, minutes=pack.near_miss_minutes) if ruled.reached else None,
    )


def _find_next(
    situation: Situation, question: _Question, found: Sequence[_Ruled], law_on: date | None
) -> datetime | None:
    """Step to the latest of the moments that the rules in the way name, until none is.

    Each rule names the first moment at which it may give way, so no lawful moment is missed,
    and the moment returned has itself been judged.
    """
    moment = situation.moment
    for _ in range(_STEPS):
        against = [each.ruling.retry_at for each in found if each.gate_action != "allow"]
        known = [each for each in against if each is not None and each > moment]
        if not known or len(known) < len(against):
            return None
        moment = max(known).astimezone(UTC)
        if moment - situation.moment > _HORIZON:
            return None
        later = situation.at(moment)
        found = _find(later, question, law_on or later.local_date)
        if all(each.gate_action == "allow" for each in found):
            return moment
    return None


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
