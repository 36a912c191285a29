"""Laws that hold for every history, hour and place."""

from __future__ import annotations

from datetime import datetime, timedelta

from conduct.samples import make_attempt, make_call, make_facts
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct.facts import ContactEvent
from carrears.conduct.gate import judge
from carrears.conduct.pack import load_pack

CN = load_pack("cn")
GRAVITY = {"allow": 0, "review": 1, "block": 2}
NOON = datetime(2026, 3, 10, 12, 0)  # noqa: DTZ001  local, its zone stands beside it
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "Europe/London", "America/Los_Angeles", "UTC")
RESULTS = ("busy", "no_answer", "rejected", "answered_other_person", "conversation", None)

moments = st.integers(0, 3 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))
zones = st.lists(st.sampled_from(ZONES), unique=True, max_size=3).map(tuple)


@st.composite
def histories(draw: st.DrawFn) -> tuple[ContactEvent, ...]:
    """Calls of the three days before the attempt may happen."""
    ages = draw(st.lists(st.integers(1, 3 * 24 * 60), max_size=9))
    events = []
    for number, age in enumerate(ages):
        result = draw(st.sampled_from(RESULTS))
        effective = draw(st.sampled_from([True, False, None]))
        at = NOON - timedelta(minutes=age)
        events.append(make_call(number, at, result=result, effective=effective))
    return tuple(events)


@settings(max_examples=100, deadline=None)
@given(history=histories(), added=st.integers(1, 4), at=moments, where=zones)
def test_more_calls_to_the_debtor_never_make_a_call_more_lawful(
    history: tuple[ContactEvent, ...], added: int, at: datetime, where: tuple[str, ...]
) -> None:
    more = tuple(
        make_call(100 + number, at - timedelta(minutes=20 * (number + 1)), **result)
        for number, result in enumerate(
            [{"result": "conversation", "effective": True}, {"result": "no_answer"}] * 2
        )
    )[:added]
    attempt = make_attempt(at)
    before = judge(make_facts(zones=where, history=history), attempt, CN)
    after = judge(make_facts(zones=where, history=history + more), attempt, CN)
    assert GRAVITY[after.gate_action] >= GRAVITY[before.gate_action]


@settings(max_examples=100, deadline=None)
@given(history=histories(), at=moments, where=zones.filter(bool), extra=st.sampled_from(ZONES))
def test_one_more_plausible_zone_never_makes_a_contact_more_lawful(
    history: tuple[ContactEvent, ...], at: datetime, where: tuple[str, ...], extra: str
) -> None:
    attempt = make_attempt(at)
    before = judge(make_facts(zones=where, history=history), attempt, CN)
    after = judge(make_facts(zones=(*where, extra), history=history), attempt, CN)
    assert GRAVITY[after.gate_action] >= GRAVITY[before.gate_action]


@settings(max_examples=60, deadline=None)
@given(history=histories(), at=moments, where=zones, skip=st.floats(0, 1, exclude_max=True))
def test_next_allowed_moment_is_allowed_and_none_before_it_is(
    history: tuple[ContactEvent, ...], at: datetime, where: tuple[str, ...], skip: float
) -> None:
    facts = make_facts(zones=where, history=history)
    attempt = make_attempt(at)
    verdict = judge(facts, attempt, CN)
    later = verdict.next_allowed_at
    if verdict.gate_action == "allow":
        assert later is None
        return
    if later is None:  # no common open hour in the plausible zones
        return
    local = later.astimezone(attempt.moment.tzinfo).replace(tzinfo=None)
    assert judge(facts, make_attempt(local), CN).gate_action == "allow"
    span = local - at
    last = local - timedelta(seconds=1)
    for between in (min(at + span * skip, last), last):
        assert judge(facts, make_attempt(max(between, at)), CN).gate_action != "allow"


@settings(max_examples=50, deadline=None)
@given(history=histories(), at=moments)
def test_contact_person_is_never_asked_to_pay(
    history: tuple[ContactEvent, ...], at: datetime
) -> None:
    attempt = make_attempt(at, party="K", content=["asks_to_pay"])
    assert judge(make_facts(history=history), attempt, CN).gate_action == "block"


@settings(max_examples=50, deadline=None)
@given(history=histories(), at=moments)
def test_do_not_contact_entry_blocks_at_any_time(
    history: tuple[ContactEvent, ...], at: datetime
) -> None:
    facts = make_facts(history=history, do_not_contact=[{"party": "D"}])
    verdict = judge(facts, make_attempt(at), CN)
    assert verdict.gate_action == "block"
    assert verdict.rules[0] == "CN-18"
