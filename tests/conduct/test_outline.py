"""Rules that ask no more than a question's outline are asked once for all questions of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from carrears.conduct import gate
from carrears.conduct.cases import read_pack_cases
from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import judge
from carrears.conduct.outline import Outline, Sketch, UnknownError, outline_of
from carrears.conduct.pack import Pack, load_pack
from carrears.conduct.situation import Situation
from tests.conduct.samples import ZONE, make_attempt, make_facts

ATTEMPT = make_attempt("2026-11-02T10:00")


def leave_all_open(  # noqa: PLR0917  as the gate asks
    pack: Pack, day: Any, bound: Any, assumed: Any, relaxed: Any, outline: Outline
) -> gate._Plan:
    """A plan in which nothing has been said."""
    del relaxed
    asked = gate._asked(pack, day, outline.state, bound, assumed)
    left = tuple((place, rule, law) for place, (rule, law) in enumerate(asked))
    return gate._Plan((None,) * len(left), left)


def questions(pack: Pack) -> Iterator[tuple[Facts, Attempt, tuple[str, ...]]]:
    """The pack's cases, as the law has them and with all rules relaxed that can be."""
    for case in read_pack_cases(pack):
        for relaxed in ((), tuple(pack.by_id)):
            yield case.facts, case.attempt, relaxed


@pytest.mark.parametrize("name", ["cn", "us", "uk", "in"])
def test_verdicts_are_those_of_asking_every_rule_of_every_question(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = load_pack(name)
    asked = list(questions(pack))
    quick = [judge(facts, attempt, pack, relaxed=relaxed) for facts, attempt, relaxed in asked]
    assert gate._plan.cache_info().hits > 0
    monkeypatch.setattr(gate, "_plan", leave_all_open)
    slow = [judge(facts, attempt, pack, relaxed=relaxed) for facts, attempt, relaxed in asked]
    assert quick == slow


def sketch(facts: Facts, attempt: Attempt = ATTEMPT) -> Sketch:
    return Sketch(outline_of(Situation(facts, attempt, attempt.moment, (ZONE,))))


@pytest.mark.parametrize(
    "look",
    [
        lambda s: s.moment,
        lambda s: s.locals,
        lambda s: s.zones,
        lambda s: s.attempt.at,
        lambda s: s.attempt.party,
        lambda s: s.party.id,
        lambda s: s.party == s.debtor,
        lambda s: {s.party},
        lambda s: s.facts.parties,
        lambda s: s.facts.notices,
        lambda s: s.debts[0].days_overdue,
        lambda s: s.debtors,
        lambda s: s.points[0].owner,
    ],
)
def test_what_two_questions_of_an_outline_differ_in_is_not_told(
    look: Callable[[Situation], object],
) -> None:
    known = sketch(make_facts(notices=[{"kind": "dispute", "by": "D"}]))
    with pytest.raises(UnknownError):
        look(known)


def test_what_the_outline_tells_is_what_the_question_tells() -> None:
    facts = make_facts()
    asked = Situation(facts, ATTEMPT, ATTEMPT.moment, (ZONE,))
    known = sketch(facts)
    assert known.attempt.content == asked.attempt.content
    assert known.attempt.reply_to is None
    assert known.party is not None
    assert known.party.role == "debtor"
    assert known.debtor is known.party
    assert (known.is_obligor, known.codes) == (asked.is_obligor, asked.codes)
    assert [point.kind for point in known.points] == [point.kind for point in asked.points]
    assert known.facts.notices == ()
