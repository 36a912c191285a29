"""The gate: facts and an attempt against a rule pack give a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.outline import outline_of
from carrears.conduct.pack import Pack, Rule
from carrears.conduct.rules import LOGIC
from carrears.conduct.rules.base import Law, Ruling
from carrears.conduct.rules.coverage import is_debt_collector
from carrears.conduct.rulings import Ruled, stands_in_the_way, tell_all, weigh
from carrears.conduct.shared import Plan, plan_at, plan_of
from carrears.conduct.situation import Situation
from carrears.conduct.verdict import ACTIONS, GRAVITY, Verdict

_Word = TypeVar("_Word", bound=str)
_Settled = tuple[str, tuple[date, ...] | None]  # a rule, and the days on which it said so
# How far ahead, and in how many steps, the next lawful moment is looked for.
_HORIZON = timedelta(days=400)
_STEPS = 256


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
        action = _gravest(ACTIONS, {each.gate_action for each in found} or _UNSPOKEN)
        later = None
        if action != "allow":
            later = _find_next(situation, self._question, found, self._law_on)
        return Verdict(
            expect=_gravest(GRAVITY, {each.outcome for each in found} or _UNSPOKEN),
            gate_action=action,
            findings=tell_all(found, situation, pack),
            pack=pack.name,
            pack_version=pack.version,
            law_on=day,
            next_allowed_at=later,
        )


# Nothing said is not a permission: an attempt that no rule speaks of goes to a person.
_UNSPOKEN: frozenset[Any] = frozenset({"not_applicable", "review"})


def _gravest(order: Sequence[_Word], words: Collection[_Word]) -> _Word:
    for word in reversed(order):
        if word in words:
            return word
    raise AssertionError("no word")


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


class _Question:
    """One question at all its moments.

    ``_settled`` has by rule what it said without a look at the clock, and by which parameters:
    by those it says the same at every other moment, or at every other of the same days.
    """

    def __init__(self, first: Situation, pack: Pack, relaxed: Collection[str]) -> None:
        self._pack, self._facts, self.relaxed = pack, first.facts, frozenset(relaxed)
        self._is_bound = is_debt_collector(first) is not False
        self._outline = outline_of(first)
        self._plans: dict[date, Plan] = {}
        self._settled: dict[_Settled, tuple[Mapping[str, Any], Ruling | None]] = {}

    def plan(self, day: date) -> Plan:
        """What is left to ask by the law of ``day``."""
        plan = self._plans.get(day)
        if plan is None:
            plan = self._plans[day] = plan_of(
                self._pack,
                day,
                self._is_bound,
                self._facts.assume_in_force,
                self.relaxed,
                self._outline,
            )
        return plan

    def plan_now(self, situation: Situation, day: date) -> Plan:
        """What is left to ask at the moment of ``situation``."""
        plan = self.plan(day)
        return plan_at(plan, situation.moment, situation.zones) if plan.clocked else plan

    def ask(self, situation: Situation, rule: Rule, law: Law) -> Ruling | None:
        """What a rule says at the moment of ``situation``."""
        settled, key = self._settled, rule.id
        known = settled.get((key, None)) or settled.get((key, situation.days))
        if known is not None and (known[0] is law.values or known[0] == law.values):
            return known[1]
        situation.looked_at_clock = situation.looked_at_days = False
        ruling = LOGIC[rule.logic].judge(situation, law)
        if not situation.looked_at_clock:
            settled[key, situation.days if situation.looked_at_days else None] = law.values, ruling
        return ruling


def _find(situation: Situation, question: _Question, day: date) -> list[Ruled]:
    """What each rule says now."""
    plan = question.plan_now(situation, day)
    said = list(plan.said)
    for place, rule, law in plan.left:
        ruling = question.ask(situation, rule, law)
        if ruling is not None:
            said[place] = weigh(rule, ruling, situation, question.relaxed)
    return _together(said, situation)


def _find_one_in_the_way(situation: Situation, question: _Question, day: date) -> list[Ruled]:
    """The first of the rules in the way now, and none of the others; where none is, all."""
    plan = question.plan_now(situation, day)
    if plan.in_the_way is not None:
        return [plan.in_the_way]
    said = list(plan.said)
    for place, rule, law in plan.left:
        ruling = question.ask(situation, rule, law)
        if ruling is not None:
            said[place] = ruled = weigh(rule, ruling, situation, question.relaxed)
            if stands_in_the_way(ruled):
                return [ruled]
    return _together(said, situation)


def _together(said: Sequence[Ruled | None], situation: Situation) -> list[Ruled]:
    """The rulings in their order, where a state's own rule speaks without those it replaces."""
    found = [each for each in said if each is not None]
    if situation.facts.state is not None and any(each.rule.states for each in found):
        return [
            each
            for each in found
            if not (each.rule.yields_to_state and each.outcome == "not_applicable")
        ]
    return found


def _find_next(
    situation: Situation, question: _Question, found: Sequence[Ruled], law_on: date | None
) -> datetime | None:
    """Step to the latest of the moments that the rules in the way name, until none is.

    Each rule names the first moment at which it may give way, so no lawful moment is missed,
    and the moment returned has itself been judged. After the first, one rule in the way of a
    moment is enough to step on from it; the others are asked once it has given way.
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
        found = _find_one_in_the_way(later, question, law_on or later.local_date)
        if all(each.gate_action == "allow" for each in found):
            return moment
    return None
