"""The gate: facts and an attempt against a rule pack give a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.outline import outline_of
from carrears.conduct.pack import Pack, Rule
from carrears.conduct.rules import LOGIC
from carrears.conduct.rules.base import Law, Ruling
from carrears.conduct.rules.coverage import is_debt_collector
from carrears.conduct.rulings import Found, Ruled, stands_in_the_way, tell_all, weigh
from carrears.conduct.shared import Plan, plan_at, plan_of
from carrears.conduct.situation import Situation
from carrears.conduct.verdict import ACTIONS, GRAVITY, Verdict

_Settled = dict[str, tuple[Mapping[str, Any], Ruling | None]]  # what rules said, by their ids
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
        later = None
        if found.against:
            later = _find_next(situation, self._question, found.against, self._law_on)
        # Nothing said is not a permission: an attempt that no rule speaks of goes to a person.
        silent = found.outcome < 0
        return Verdict(
            expect="review" if silent else GRAVITY[found.outcome],
            gate_action="review" if silent else ACTIONS[found.action],
            findings=tell_all(found, situation, pack),
            pack=pack.name,
            pack_version=pack.version,
            law_on=day,
            next_allowed_at=later,
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


class _Question:
    """One question at all its moments.

    ``_settled`` has what rules said without a look at the clock, and by which parameters: by
    those they say the same at every other moment. ``_by_days`` has the same of those that looked
    at the calendar days only.
    """

    def __init__(self, first: Situation, pack: Pack, relaxed: Collection[str]) -> None:
        self._pack, self._facts, self.relaxed = pack, first.facts, frozenset(relaxed)
        self._is_bound = is_debt_collector(first) is not False
        self._outline = outline_of(first)
        self._plans: dict[date, Plan] = {}
        self._settled: _Settled = {}
        self._by_days: dict[tuple[date, ...], _Settled] = {}

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

    def settled_on(self, days: tuple[date, ...]) -> _Settled:
        """What has been said, and will be, by rules that look at these days only."""
        return self._by_days.setdefault(days, {})

    def ask(self, situation: Situation, rule: Rule, law: Law, today: _Settled) -> Ruling | None:
        """What a rule says at the moment of ``situation``; ``today``: ``settled_on`` its days."""
        known = self._settled.get(rule.id) or today.get(rule.id)
        if known is not None and (known[0] is law.values or known[0] == law.values):
            return known[1]
        situation.looked_at_clock = situation.looked_at_days = False
        ruling = LOGIC[rule.logic].judge(situation, law)
        if not situation.looked_at_clock:
            settled = today if situation.looked_at_days else self._settled
            settled[rule.id] = law.values, ruling
        return ruling


def _find(situation: Situation, question: _Question, day: date) -> Found:
    """What each rule says now."""
    plan = question.plan_now(situation, day)
    today, asked = question.settled_on(situation.days), []
    for place, rule, law in plan.left:
        ruling = question.ask(situation, rule, law, today)
        if ruling is not None:
            asked.append((place, weigh(rule, ruling, situation, question.relaxed)))
    return _together(plan, asked, situation)


def _find_against(situation: Situation, question: _Question, day: date) -> Sequence[Ruled]:
    """The first of the rules in the way now, and none of the others; where none is, nothing."""
    plan = question.plan_now(situation, day)
    if plan.in_the_way is not None:
        return (plan.in_the_way,)
    today, asked = question.settled_on(situation.days), []
    for place, rule, law in plan.left:
        ruling = question.ask(situation, rule, law, today)
        if ruling is not None:
            ruled = weigh(rule, ruling, situation, question.relaxed)
            if stands_in_the_way(ruled):
                return (ruled,)
            asked.append((place, ruled))
    return _together(plan, asked, situation).against


def _together(plan: Plan, asked: Sequence[tuple[int, Ruled]], situation: Situation) -> Found:
    """All rulings, where a state's own rule speaks without those it replaces."""
    if situation.facts.state is None:
        return plan.found.with_more(asked)
    said: list[Ruled | None] = [*plan.said]
    for place, ruled in asked:
        said[place] = ruled
    if any(each is not None and each.rule.states for each in said):
        said = [None if each is None or _yields(each) else each for each in said]
    return Found.of(said)


def _yields(ruled: Ruled) -> bool:
    return ruled.rule.yields_to_state and ruled.outcome == "not_applicable"


def _find_next(
    situation: Situation, question: _Question, against: Sequence[Ruled], law_on: date | None
) -> datetime | None:
    """Step to the latest of the moments that the rules in the way name, until none is.

    Each rule names the first moment at which it may give way, so no lawful moment is missed,
    and the moment returned has itself been judged. After the first, one rule in the way of a
    moment is enough to step on from it; the others are asked once it has given way.
    """
    moment = situation.moment
    last = moment + _HORIZON
    for _ in range(_STEPS):
        retries = [each.ruling.retry_at for each in against]
        known = [each for each in retries if each is not None and each > moment]
        if len(known) < len(retries):
            return None
        moment = max(known).astimezone(UTC)
        if moment > last:
            return None
        later = situation.at(moment)
        against = _find_against(later, question, law_on or later.local_date)
        if not against:
            return moment
    return None
