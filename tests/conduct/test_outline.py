"""Rules that ask no more than a question's outline are asked once for all questions of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct import gate, shared
from carrears.conduct.cases import read_pack_cases
from carrears.conduct.facts import Attempt, Facts
from carrears.conduct.gate import Inquiry, judge
from carrears.conduct.outline import Outline, Sketch, UnknownError, outline_of, tell
from carrears.conduct.pack import Pack, load_pack
from carrears.conduct.situation import Situation
from tests.conduct.samples import ZONE, make_attempt, make_facts

ATTEMPT = make_attempt("2026-11-02T10:00")


def leave_all_open(  # noqa: PLR0917  as the gate asks
    pack: Pack, day: Any, bound: Any, assumed: Any, relaxed: Any, outline: Outline
) -> shared.Plan:
    """A plan in which nothing has been said."""
    asked = shared.asked_on(pack, day, outline.state, bound, assumed)
    left = tuple((place, rule, law) for place, (rule, law) in enumerate(asked))
    return shared.Plan(pack, relaxed, {}, (None,) * len(left), left)


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
    assert shared.plan_of.cache_info().hits > 0
    monkeypatch.setattr(gate, "plan_of", leave_all_open)
    slow = [judge(facts, attempt, pack, relaxed=relaxed) for facts, attempt, relaxed in asked]
    assert quick == slow


@pytest.mark.parametrize("name", ["cn", "us", "uk", "in"])
def test_one_inquiry_at_several_moments_says_what_is_said_of_each(name: str) -> None:
    pack = load_pack(name)
    later = (timedelta(hours=30), timedelta(0), timedelta(hours=9), timedelta(days=9))
    for facts, attempt, relaxed in questions(pack):
        inquiry = Inquiry(facts, attempt, pack, relaxed=relaxed)
        for ahead in later:
            moment = attempt.moment + ahead
            local = moment.astimezone(UTC).replace(tzinfo=None)
            then = Attempt.model_validate({**attempt.to_json(), "at": local, "zone": "UTC"})
            assert inquiry.at(moment) == judge(facts, then, pack, relaxed=relaxed)


@st.composite
def pasts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some contacts of the last twelve days with one debtor, and a consent of some kind."""
    ages = draw(st.lists(st.integers(1, 12 * 24 * 60), max_size=8))
    return [
        {
            "id": f"H{number}",
            "at": ATTEMPT.at - timedelta(minutes=age),
            "zone": draw(st.sampled_from([ZONE, "UTC"])),
            "direction": draw(st.sampled_from(["out", "out", "in"])),
            "channel": draw(st.sampled_from(["call", "call", "sms"])),
            "party": draw(st.sampled_from(["D", "D", "D", None])),
            "debts": draw(st.sampled_from([["L1"], []])),
            "collector": draw(st.sampled_from(["LENDER", None])),
            "result": draw(st.sampled_from(["conversation", "no_answer", None])),
        }
        for number, age in enumerate(ages)
    ]


consents = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["consent", "agreement"]),
        "scope": st.sampled_from(["electronic_message", "contact_in_window", "daily_dial_cap"]),
        "by": st.sampled_from(["D", "LENDER"]),
        "granted": st.sampled_from([True, False, None]),
        "max_per_day": st.sampled_from([0, 1, None]),
        "given_at": st.sampled_from([None, "2026-11-01"]),
        "revoked_at": st.sampled_from([None, "2026-11-02", "2026-11-03T09:00"]),
    }
)


@settings(deadline=None, max_examples=100)
@given(
    pasts(),
    st.lists(consents, max_size=2),
    st.sampled_from(["cn", "us", "uk", "in"]),
    st.integers(0, 24 * 60 - 1),
)
def test_random_questions_get_the_verdicts_of_asking_every_rule(
    past: list[dict[str, Any]], agreed: list[dict[str, Any]], name: str, minute: int
) -> None:
    pack, facts = load_pack(name), make_facts(history=past, consents=agreed)
    attempt = make_attempt(ATTEMPT.at + timedelta(minutes=minute))
    quick = judge(facts, attempt, pack)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "plan_of", leave_all_open)
        assert judge(facts, attempt, pack) == quick


def sketch(facts: Facts, attempt: Attempt = ATTEMPT) -> Sketch:
    return Sketch(tell(outline_of(Situation(facts, attempt, attempt.moment, (ZONE,)))))


@pytest.mark.parametrize(
    "look",
    [
        lambda s: s.moment,
        lambda s: s.locals,
        lambda s: s.zones,
        lambda s: s.attempt.at,
        lambda s: s.attempt.party == "D",
        lambda s: s.party.id == "D",
        lambda s: {s.party.id},
        lambda s: s.party.id in ("D", "E"),
        lambda s: sorted([s.party.id, "D"]),
        lambda s: s.party.id == s.debts[0].id,
        lambda s: s.party == s.debtor,
        lambda s: {s.party},
        lambda s: s.facts.parties,
        lambda s: s.facts.notices,
        lambda s: s.debts[0].days_overdue,
        lambda s: s.debtors,
        lambda s: s.facts.organisations,
    ],
)
def test_what_two_questions_of_an_outline_differ_in_is_not_told(
    look: Callable[[Situation], object],
) -> None:
    known = sketch(make_facts(notices=[{"kind": "dispute", "by": "D"}]))
    with pytest.raises(UnknownError):
        look(known)


def test_an_agreed_cap_of_no_call_at_all_is_none_that_is_missing() -> None:
    agreed = {"kind": "agreement", "scope": "daily_dial_cap", "by": "D", "max_per_day": 0}
    facts = make_facts(consents=[agreed], contact_points=[])
    verdict = judge(facts, ATTEMPT, load_pack("cn"))
    assert "CN-10" in verdict.rules
    assert verdict.gate_action == "block"
    with pytest.raises(UnknownError):
        _ = sketch(facts).facts.consents[0].max_per_day


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
