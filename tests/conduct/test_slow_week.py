"""Random histories in the United States: the gate counts as a plain reading of the text does.

Every call of the week is looked at one by one, from the words of 12 CFR 1006.14(b) and 940 CMR
7.04(1)(f), without a look at the gate.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.conduct.facts import Attempt, ContactEvent, Facts
from carrears.conduct.gate import judge
from carrears.conduct.pack import load_pack

US = load_pack("us")
# A night on which the clock goes forward in New York, so that days are not counted in hours.
NOW = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
HOMES = ("America/New_York", "America/Los_Angeles", "America/Phoenix")
RESULTS = ("busy", "not_in_service", "no_answer", "voicemail_no_message", "answered_dropped")


@st.composite
def events(draw: st.DrawFn) -> ContactEvent:
    """One contact of the last nine days."""
    channel = draw(st.sampled_from(["call"] * 6 + ["sms"]))
    talk = channel == "call" and draw(st.sampled_from([False] * 11 + [True]))
    inbound = talk and draw(st.booleans())
    at = NOW - timedelta(minutes=draw(st.integers(10, 9 * 24 * 60)))
    result = "sent" if channel == "sms" else draw(st.sampled_from(RESULTS))
    debts = draw(st.sampled_from([["D1"], ["D1"], ["D2"], ["D1", "D2"]]))
    return ContactEvent.model_validate(
        {
            "id": f"h{draw(st.integers(0, 10**9))}",
            "at": at.replace(tzinfo=None),
            "zone": "UTC",
            "direction": "in" if inbound else "out",
            "channel": channel,
            "party": draw(st.sampled_from(["C"] * 5 + ["S"])),
            "contact_point": "C.cell",
            "debts": debts,
            "discussed_debts": draw(st.sampled_from([[], ["D1"], ["D2"]])) if talk else [],
            "collector": draw(st.sampled_from(["AGENCY"] * 4 + ["LENDER"])),
            "result": "conversation" if talk else result,
        }
    )


def _facts(history: list[ContactEvent], home: str, state: str | None) -> Facts:
    loan: dict[str, Any] = {"debtor": "C", "creditor": "LENDER", "in_default": True}
    return Facts.model_validate(
        {
            "state": state,
            "parties": [
                {"id": "C", "role": "debtor", "relation": "self", "time_zones": [home]},
                {"id": "S", "role": "related_third_party", "relation": "spouse"},
            ],
            "organisations": [
                {"id": "LENDER", "kind": "lender", "own_name": True},
                {"id": "AGENCY", "kind": "agency", "obtained_debt": "after_default"},
            ],
            "debts": [{"id": "D1", "kind": "vehicle_loan", **loan},
                      {"id": "D2", "kind": "credit_card", **loan}],
            "contact_points": [{"id": "C.cell", "owner": "C", "kind": "mobile",
                                "personal_number": True}],
            "history": history,
        }
    )  # fmt: skip


def _call(collector: str, debts: list[str]) -> Attempt:
    return Attempt.model_validate(
        {
            "act": "contact",
            "at": NOW.replace(tzinfo=None),
            "zone": "UTC",
            "channel": "call",
            "party": "C",
            "debts": debts,
            "collector": collector,
            "contact_point": "C.cell",
            "mode": "human",
            "purpose": "collect",
            "disclosures": {"caller_identity": True, "debt_collector": True},
        }
    )


def _day(event: ContactEvent, home: str) -> date:
    return event.at.replace(tzinfo=UTC).astimezone(ZoneInfo(home)).date()


def _too_many(history: list[ContactEvent], debt: str, home: str) -> bool:
    """More than seven calls about the debt in the seven days that end today, this one counted."""
    today = NOW.astimezone(ZoneInfo(home)).date()
    days = {today - timedelta(days=back) for back in range(7)}
    count = 1
    for event in history:
        mine = event.party == "C" and event.collector == "AGENCY" and debt in event.debts
        placed = event.channel == "call" and event.direction == "out"
        connected = event.result not in ("busy", "not_in_service")
        if mine and placed and connected and _day(event, home) in days:
            count += 1
    return count > 7


def _too_soon(history: list[ContactEvent], debt: str, home: str) -> bool:
    """A conversation about the debt, of which today is at most the seventh day."""
    today = NOW.astimezone(ZoneInfo(home)).date()
    for event in history:
        if event.party != "C" or event.collector != "AGENCY" or event.result != "conversation":
            continue
        about = event.discussed_debts or event.debts
        if debt in about and (today - _day(event, home)).days + 1 <= 7:
            return True
    return False


@settings(max_examples=400, deadline=None)
@given(
    history=st.lists(events(), max_size=16),
    home=st.sampled_from(HOMES),
    debts=st.sampled_from([["D1"], ["D2"], ["D1", "D2"]]),
)
def test_week_of_an_agency(history: list[ContactEvent], home: str, debts: list[str]) -> None:
    verdict = judge(_facts(history, home, None), _call("AGENCY", debts), US)
    given_by = {each.rule_id: each.outcome for each in verdict.findings}
    many = any(_too_many(history, debt, home) for debt in debts)
    soon = any(_too_soon(history, debt, home) for debt in debts)
    note(f"too many: {many}, too soon: {soon}")
    assert (given_by["US-02"] == "presumed_violation") == many
    assert (given_by["US-03"] == "presumed_violation") == soon
    assert (verdict.gate_action == "block") == (many or soon)


@settings(max_examples=200, deadline=None)
@given(history=st.lists(events(), max_size=5), home=st.sampled_from(HOMES))
def test_week_of_a_creditor_in_massachusetts(history: list[ContactEvent], home: str) -> None:
    today = NOW.astimezone(ZoneInfo(home)).date()
    counted = [
        event
        for event in history
        if event.direction == "out" and "D1" in event.debts and (today - _day(event, home)).days < 7
    ]
    verdict = judge(_facts(history, home, "MA"), _call("LENDER", ["D1"]), US)
    assert verdict.gate_action == ("allow" if len(counted) < 2 else "block")
    note(f"counted {len(counted)}")


@pytest.mark.parametrize("state", [None, "MA"])
def test_creditor_in_his_own_name_is_bound_by_the_state_only(state: str | None) -> None:
    verdict = judge(_facts([], HOMES[0], state), _call("LENDER", ["D1"]), US)
    assert verdict.gate_action == ("review" if state is None else "allow")
    assert ("US-01" in verdict.rules) == (state is None)


def test_message_of_a_creditor_that_no_state_rule_speaks_of_goes_to_a_person() -> None:
    letter = _call("LENDER", ["D1"]).model_copy(update={"channel": "letter", "contact_point": None})
    verdict = judge(_facts([], HOMES[0], "MA"), letter, US)
    assert (verdict.expect, verdict.gate_action) == ("not_applicable", "review")
