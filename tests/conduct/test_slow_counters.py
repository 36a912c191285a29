"""Random histories: the gate counts as a slow checker does that was written from the texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from conduct import slow_counters as slow
from conduct.samples import make_attempt, make_facts
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct.facts import Attempt, ContactEvent, Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import load_pack

CN = load_pack("cn")
# A day of 23 hours in New York, so that days are not counted in hours.
NOW = datetime(2026, 3, 8, 18, 0, tzinfo=UTC)
HOMES = ("Asia/Shanghai", "Asia/Urumqi", "America/New_York")
EVENT_ZONES = ("Asia/Shanghai", "Europe/London", "UTC")
FAILED = ("busy", "no_answer", "rejected")
RARE = ("number_invalid", "not_in_service", "answered_other_person", "voicemail_left")
SAME_LENDER = {"L1", "L2"}

ages = st.one_of(st.integers(1, 20 * 60), st.integers(1, 6 * 24 * 60))


@st.composite
def events(draw: st.DrawFn) -> ContactEvent:
    """One contact of the last days: mostly failed dials, some talks, visits and messages."""
    channel = draw(st.sampled_from(["call"] * 8 + ["visit", "sms"]))
    inbound = draw(st.sampled_from([False] * 12 + [True]))
    common = draw(st.sampled_from([True] * 5 + [False]))
    result = draw(st.sampled_from(FAILED if common else (*RARE, "conversation")))
    if channel == "visit":
        result = draw(st.sampled_from(["met", "not_home"]))
    if channel == "sms" or inbound:
        result = "received" if inbound else "delivered"
    zone = draw(st.sampled_from(EVENT_ZONES))
    at = (NOW - timedelta(minutes=draw(ages))).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return ContactEvent.model_validate(
        {
            "id": "h",
            "at": at,
            "zone": zone,
            "direction": "in" if inbound else "out",
            "channel": channel,
            "party": "D",
            "contact_point": draw(st.sampled_from(["D.mobile"] * 4 + ["D.mobile2"])),
            "debts": [draw(st.sampled_from(["L1", "L1", "L2", "L3"]))],
            "collector": draw(st.sampled_from(["LENDER", "AGENCY"])),
            "mode": draw(st.sampled_from(["human", "ai"])),
            "result": result,
            "effective": draw(st.booleans()) if result == "conversation" else False,
        }
    )


histories = st.one_of(
    st.lists(events(), max_size=14).map(tuple),
    # Many talks on the day itself, so that the cap of effective calls is met.
    st.lists(
        events().map(lambda each: each.model_copy(
            update={"channel": "call", "direction": "out", "result": "conversation",
                    "effective": True}
        )),
        min_size=2, max_size=8,
    ).map(tuple),
)  # fmt: skip


def _facts(history: tuple[ContactEvent, ...], home: str, agreed: int | None) -> Facts:
    base = make_facts(zones=(home,))
    second = {"id": "D.mobile2", "owner": "D", "kind": "mobile", "source": "contract"}
    house = {"id": "D.home", "owner": "D", "kind": "home_address", "source": "contract"}
    loan: dict[str, Any] = {"debtor": "D", "kind": "vehicle_loan", "in_default": True}
    consent = {"kind": "agreement", "scope": "daily_dial_cap", "by": "D", "to": "LENDER"}
    return make_facts(
        zones=(home,),
        organisations=[*base.organisations, {"id": "OTHER", "kind": "lender"}],
        debts=[
            {"id": name, "creditor": creditor, **loan}
            for name, creditor in (("L1", "LENDER"), ("L2", "LENDER"), ("L3", "OTHER"))
        ],
        contact_points=[*base.contact_points, second, house],
        consents=[] if agreed is None else [{**consent, "max_per_day": agreed}],
        history=[
            each.model_copy(update={"id": f"h{number}"}) for number, each in enumerate(history)
        ],
    )


def _attempt(home: str, **more: Any) -> Attempt:
    local = NOW.astimezone(ZoneInfo(home)).replace(tzinfo=None)
    return make_attempt(local, **{"zone": home, "contact_point": "D.mobile", **more})


def _says(facts: Facts, attempt: Attempt, rule: str) -> bool:
    """Whether the rule lets the attempt go."""
    findings = judge(facts, attempt, CN).findings
    (own,) = [each for each in findings if each.rule_id == rule]
    return own.outcome == "allow"


@settings(max_examples=300, deadline=None)
@given(
    history=histories,
    home=st.sampled_from(HOMES),
    agreed=st.one_of(st.none(), st.integers(0, 8)),
)
def test_calls_and_visits_are_counted_as_the_texts_say(
    history: tuple[ContactEvent, ...], home: str, agreed: int | None
) -> None:
    facts = _facts(history, home, agreed)
    today = NOW.astimezone(ZoneInfo(home)).date()
    calls = slow.may_call(history, today=today, zone=home, loans=SAME_LENDER)
    dials = slow.may_dial(history, today=today, zone=home, point="D.mobile", agreed=agreed)
    visits = slow.may_visit(history, today=today, zone=home)
    note(f"effective {calls}, unanswered {dials}, visit {visits}")
    assert _says(facts, _attempt(home), "CN-02") == calls
    assert _says(facts, _attempt(home), "CN-10") == dials
    visit = _attempt(home, channel="visit", contact_point="D.home", staff=2)
    assert _says(facts, visit, "CN-05") == visits


@settings(max_examples=300, deadline=None)
@given(history=histories, home=st.sampled_from(HOMES))
def test_others_are_asked_only_when_the_texts_call_the_debtor_out_of_reach(
    history: tuple[ContactEvent, ...], home: str
) -> None:
    facts = _facts(history, home, None)
    facts = facts.model_copy(
        update={
            "parties": tuple(
                each.model_copy(update={"role": "third_party"}) if each.id == "K" else each
                for each in facts.parties
            )
        }
    )
    ask = _attempt(
        home,
        party="K",
        contact_point="K.mobile",
        purpose="ask_debtor_contact",
        content=["asks_debtor_contact"],
    )
    today = NOW.astimezone(ZoneInfo(home)).date()
    lost = slow.is_lost(history, today=today, zone=home, reserved="D.mobile")
    note(f"out of reach {lost}")
    assert _says(facts, ask, "CN-12") == lost
