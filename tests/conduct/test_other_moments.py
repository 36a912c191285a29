"""The next lawful moment: a rule that did not look at the clock is not asked again for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pytest

from carrears.conduct import gate
from carrears.conduct.cases import read_pack_cases
from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import Pack, Rule, load_pack
from carrears.conduct.rules import LOGIC
from carrears.conduct.rules.base import Law, Ruling
from carrears.conduct.rulings import Ruled
from carrears.conduct.situation import Situation
from tests.conduct.samples import ZONE, make_attempt, make_facts

SHIFTS = (timedelta(0), timedelta(hours=7), timedelta(hours=14), timedelta(days=-1, hours=3))


def ask_anew(_: object, situation: Situation, rule: Rule, law: Law, today: object) -> Ruling | None:
    """Every rule at every moment."""
    del today
    return LOGIC[rule.logic].judge(situation, law)


def find_all_against(situation: Situation, question: gate._Question, day: date) -> Sequence[Ruled]:
    """All rules in the way, not the first alone."""
    return gate._find(situation, question, day).against


def questions(pack: Pack) -> Iterator[tuple[Facts, Attempt]]:
    """The pack's cases, also some hours earlier and later."""
    for case in read_pack_cases(pack):
        for shift in SHIFTS:
            yield case.facts, case.attempt.model_copy(update={"at": case.attempt.at + shift})


@pytest.mark.parametrize("name", ["cn", "us", "uk", "in"])
def test_verdicts_are_those_of_asking_every_rule_at_every_moment(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = load_pack(name)
    asked = list(questions(pack))
    quick = [judge(facts, attempt, pack) for facts, attempt in asked]
    monkeypatch.setattr(gate._Question, "ask", ask_anew)
    monkeypatch.setattr(gate, "_find_against", find_all_against)
    slow = [judge(facts, attempt, pack) for facts, attempt in asked]
    assert quick == slow
    assert sum(verdict.next_allowed_at is not None for verdict in quick) > 10


@pytest.mark.parametrize(
    "look",
    [
        lambda s: s.moment,
        lambda s: s.locals,
        lambda s: s.shown,
        lambda s: s.events_near(timedelta(days=1)),
    ],
)
def test_each_look_at_the_clock_is_noticed_also_the_second(look: object) -> None:
    situation = make_situation()
    for _ in range(2):
        situation.looked_at_clock = False
        look(situation)  # type: ignore[operator]
        assert situation.looked_at_clock


@pytest.mark.parametrize(
    "look", [lambda s: s.days, lambda s: s.local_date, lambda s: s.events_on_day(ZONE)]
)
def test_a_look_at_the_day_is_one_at_the_day_only(look: object) -> None:
    situation = make_situation()
    for _ in range(2):
        situation.looked_at_clock = situation.looked_at_days = False
        look(situation)  # type: ignore[operator]
        assert (situation.looked_at_days, situation.looked_at_clock) == (True, False)


def make_situation() -> Situation:
    attempt = make_attempt("2026-11-02T10:00")
    return Situation(make_facts(), attempt, attempt.moment, (ZONE,))


def test_what_time_does_not_change_is_no_look_at_the_clock() -> None:
    situation = make_situation()
    _ = situation.party, situation.debts, situation.codes, situation.is_obligor, situation.points
    assert not situation.looked_at_clock
    assert not situation.looked_at_days
