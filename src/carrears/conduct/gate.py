"""The gate: facts and an attempt against a rule pack give a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.outline import (
    Naming,
    Outline,
    Sketch,
    UnknownError,
    has_names,
    names_of,
    naming_of,
    outline_of,
    put_names,
    tell,
)
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
    inquiry = Inquiry(facts, attempt, pack, law_on=law_on, relaxed=relaxed)
    return inquiry.at(attempt.moment)


class Inquiry:
    """One attempt asked about at several moments, for those who look for a good one.

    Each answer is what ``judge`` says of the same attempt at that moment; what a rule says
    whatever the clock shows it is asked once. Raises as ``judge``.
    """

    def __init__(
        self,
        facts: Facts,
        attempt: Attempt,
        pack: Pack,
        *,
        law_on: date | None = None,
        relaxed: Collection[str] = (),
    ) -> None:
        first = _situate(_complete(facts, attempt), attempt, pack, attempt.moment)
        first.check_names()
        self._first, self._pack, self._law_on = first, pack, law_on
        self._question = _Question(first, pack, relaxed)

    def at(self, moment: datetime) -> Verdict:
        """The verdict at ``moment`` (aware), not before the attempt's own."""
        situation, pack = self._first, self._pack
        if moment != situation.moment:
            situation = situation.at(moment.astimezone(UTC))
        day = self._law_on or situation.local_date
        found = _find(situation, self._question, day)
        # Nothing said is not a permission: an attempt that no rule speaks of goes to a person.
        outcomes = {each.outcome for each in found} or {"not_applicable"}
        actions = {each.gate_action for each in found} or {"review"}
        action = max(actions, key=_ACTIONS.index)
        later = None
        if action != "allow":
            later = _find_next(situation, self._question, found, self._law_on)
        return Verdict(
            expect=max(outcomes, key=_GRAVITY.index),
            gate_action=action,
            findings=_tell_all(found, situation, pack),
            pack=pack.name,
            pack_version=pack.version,
            law_on=day,
            next_allowed_at=later,
        )


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

    ``told`` is the finding where it has been put into words already, ``naming`` where the
    question's names are to be put into it.
    """

    rule: Rule
    ruling: Ruling
    outcome: Outcome
    gate_action: GateAction
    reached: bool
    told: Finding | None = None
    naming: Naming | None = None


class _Question:
    """One question at all its moments.

    ``_settled`` has by rule what it said without a look at the clock, and by which parameters:
    by those it says the same at every other moment.
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
    if plan.clocked:
        plan = _plan_at(plan, situation.moment, situation.zones)
    said = list(plan.said)
    for place, rule, law in plan.left:
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


_Open = tuple[int, Rule, Law]


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What is left to ask of the questions of one outline on one day.

    ``said`` are the rulings that hold for all of them in the order of the rules, with room for
    those that the rules ``left`` give, each with its place. ``clocked`` are those among them that
    at some hours of the day look at nothing more than the clock.
    """

    pack: Pack
    relaxed: frozenset[str]
    told: Mapping[str, Any]
    said: tuple[_Ruled | None, ...]
    left: tuple[_Open, ...]
    clocked: tuple[_Open, ...] = ()


@lru_cache(maxsize=4096)
def _plan(  # noqa: PLR0917  the key of the cache
    pack: Pack,
    day: date,
    bound: bool,  # noqa: FBT001
    assumed: tuple[str, ...],
    relaxed: frozenset[str],
    outline: Outline,
) -> _Plan:
    asked = _asked(pack, day, outline.state, bound, assumed)
    rules = tuple((place, rule, law) for place, (rule, law) in enumerate(asked))
    plan = _Plan(pack, relaxed, tell(outline), (None,) * len(rules), rules)
    said, open_ = _sketch(plan, rules)
    left = tuple([each for each in rules if each[0] in open_])
    always, midnight = set(open_), datetime.combine(day, time(), UTC)
    for hour in range(24):
        always &= _sketch(plan, left, midnight + timedelta(hours=hour), ("UTC",))[1]
    clocked = tuple([each for each in left if each[0] not in always])
    return replace(plan, said=said, left=left, clocked=clocked)


@lru_cache(maxsize=8192)
def _plan_at(plan: _Plan, moment: datetime, zones: tuple[str, ...]) -> _Plan:
    """The same at one moment: the next opening of the hours is that of many questions."""
    said, open_ = _sketch(plan, plan.clocked, moment, zones)
    clocked = {place for place, *_ in plan.clocked}
    left = tuple([each for each in plan.left if each[0] in open_ or each[0] not in clocked])
    return _Plan(plan.pack, plan.relaxed, plan.told, said, left)


def _sketch(
    plan: _Plan, asked: Iterable[_Open], *clock: Any
) -> tuple[tuple[_Ruled | None, ...], set[int]]:
    """What rules say to all questions of an outline; and the places of those that ask for more."""
    sketch = Sketch(plan.told, *clock)
    said, open_ = list(plan.said), set()
    for place, rule, law in asked:
        try:
            said[place] = _ask_all(rule, law, sketch, plan)
        except UnknownError:
            open_.add(place)
    return tuple(said), open_


def _ask_all(rule: Rule, law: Law, sketch: Sketch, plan: _Plan) -> _Ruled | None:
    """What a rule says to all questions of an outline.

    Raises:
        UnknownError: that depends on more.
    """
    ruling = LOGIC[rule.logic].judge(sketch, law)
    if ruling is None:
        return None
    ruled = _weigh(rule, ruling, sketch, plan.relaxed)
    naming = naming_of(ruling.used)
    if naming is None or has_names([*ruling.values.values()]):
        raise UnknownError("a name")
    is_named = any(name is not None for _, name in naming)
    told = _tell(ruled, plan.pack)
    return ruled._replace(told=told, naming=naming if is_named else None)


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


def _tell_all(found: Sequence[_Ruled], situation: Situation, pack: Pack) -> tuple[Finding, ...]:
    """The rulings with their reasons, by the names of this question."""
    names = names_of(situation)
    told = []
    for ruled in found:
        if ruled.told is None:
            told.append(_tell(ruled, pack))
        elif ruled.naming is None:
            told.append(ruled.told)
        else:
            told.append(ruled.told._replace(used=put_names(ruled.naming, names)))
    return tuple(told)


def _tell(ruled: _Ruled, pack: Pack) -> Finding:
    """The ruling with its reason in both languages."""
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
