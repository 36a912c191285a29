"""Who refused a channel: the plan's statement, the next way and the gate's own reading agree."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from factories import MOMENT, make_case, make_person
from hypothesis import HealthCheck, example, given
from hypothesis import settings as sought
from hypothesis import strategies as st

from carrears.casework.cadence_steps import plan_steps
from carrears.casework.models import Case, PlannedAction
from carrears.casework.reach import is_refused, ways_open
from carrears.conduct.models import VerdictRecord
from carrears.outreach.cadences import take_next_way
from carrears.parties.consent_texts import CONTACT
from carrears.parties.consents import newest_words
from carrears.parties.models import Consent, Party
from carrears.strategy.kept_cadences import kept_cadences

pytestmark = pytest.mark.django_db
CHANNELS = ("sms", "email", "letter", "call")
DUE = date(2026, 6, 15)
CADENCE = """
cadences:
  standard:
    zh: 试
    en: Trial
    treatments: [reminder]
    steps:
      - day: 1
        by: [{channel: email, template: reminder}, {channel: call}]
      - day: 2
        by: [{channel: call}]
"""
# Purpose, channel, yes or no, and when: two of one moment are of different channels or purposes.
Said = list[tuple[str, str, bool, int]]
words = st.lists(
    st.tuples(
        st.sampled_from([CONTACT, "marketing"]),
        st.sampled_from(CHANNELS),
        st.booleans(),
        st.integers(0, 5),
    ),
    max_size=12,
    unique_by=lambda one: (one[0], one[1], one[3]),
)
numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> None:
    settings.CARREARS_HOME, settings.DEMO = tmp_path, True
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "cadences.yaml").write_text(CADENCE, encoding="utf-8")


def make(said: Said) -> Case:
    """A case of somebody who said these, in this order."""
    number = next(numbers)
    case = make_case(
        loan_no=f"R{number}", loan_id=number, oldest_due_on=DUE, as_of=DUE, opened_on=DUE
    )
    party = make_person(loan_no=case.loan_no, email=f"r{number}@example.com")
    Party.objects.filter(pk=party.pk).update(time_zone="Asia/Shanghai")
    case.party = party
    case.save()
    Consent.objects.bulk_create(
        Consent(
            party=party, purpose=purpose, channel=channel, granted=granted, source="call",
            given_at=MOMENT + timedelta(days=1, hours=hour),
        )
        for purpose, channel, granted, hour in said
    )  # fmt: skip
    return case


def refused(case: Case) -> set[str]:
    """By the ledger of words, as the gate reads it."""
    newest = newest_words(Consent.objects.filter(party=case.party_id))
    return {ch for (purpose, ch), word in newest.items() if purpose == CONTACT and not word.granted}


def planned(case: Case, days: int) -> PlannedAction:
    as_of = DUE + timedelta(days=days)
    Case.objects.exclude(pk=case.pk).update(as_of=DUE)
    Case.objects.filter(pk=case.pk).update(as_of=as_of)
    plan_steps(as_of=as_of, zones={"auto": "Asia/Shanghai"}, moment=MOMENT + timedelta(days=99))
    return PlannedAction.objects.select_related("case").get(case=case, step_day=days)


def told(action: PlannedAction) -> tuple[str, str, str]:
    return action.channel, action.state, action.reason


REFUSED_CALL = ("call", "cancelled", "refused")
LATER = (CONTACT, "call", True, 3), (CONTACT, "call", False, 2)
differential = sought(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@given(said=words)
@example(said=[*LATER])
@example(said=[*reversed(LATER)])
@differential
def test_each_reads_the_newest_word_on_a_channel(said: Said) -> None:
    with transaction.atomic():
        case = make(said)
        assert case.party_id is not None
        expected = refused(case)
        assert {one for one in CHANNELS if is_refused(case.party_id, one)} == expected
        reached = ways_open([case.party_id])[case.party_id]
        assert reached.isdisjoint(expected)
        assert {"sms", "email", "call"} - reached == expected - {"letter"}


@given(said=words)
@example(said=[(CONTACT, "call", False, 1), ("marketing", "call", True, 2)])
@differential
def test_a_step_of_a_call_is_planned_by_whether_it_was_refused(said: Said) -> None:
    with transaction.atomic():
        case = make(said)
        wanted = REFUSED_CALL if "call" in refused(case) else ("call", "planned", "")
        assert told(planned(case, 2)) == wanted


@given(said=words)
@differential
def test_the_way_after_a_refused_message_is_what_the_plan_would_make_of_it(said: Said) -> None:
    """The plan takes what was refused last; the next way is the call, by the same word."""
    with transaction.atomic():
        case = make(said)
        action, no = planned(case, 1), refused(case)
        assert action.channel == ("call" if no & {"email", "call"} == {"email"} else "email")
        if action.channel != "email":
            return
        assert take_next_way(action, VerdictRecord(gate_action="block"), kept_cadences())
        by_itself = planned(case, 2)
        wanted = told(by_itself) if "call" in no else ("call", "planned", "next way")
        assert told(action) == wanted


def test_nobody_refuses_nothing() -> None:
    assert not is_refused(None, "call")
