"""Calls whose result nobody tells go to the team lead, so that no counter is wrong unseen."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call, record_result
from carrears.outreach.models import Attempt
from carrears.outreach.open_calls import calls_left, left_open_on, raise_calls_left
from carrears.workbench.queries.raised import raised_told
from carrears.workbench.queries.waiting import waiting_for

pytestmark = pytest.mark.django_db
MINUTES = left_open_on(now().date()).minutes


@pytest.fixture
def collector() -> User:
    return make_user(role="collector")


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(loan_no="A-03", assignee=collector)


@pytest.fixture
def call(case: Case, collector: User) -> Attempt:
    assert case.party is not None
    attempt = book_call(case, party=case.party, key="call-1", by=collector)
    assert attempt.state == "booked"
    return attempt


def booked_ago(call: Attempt, minutes: int) -> None:
    Attempt.objects.filter(pk=call.pk).update(booked_at=now() - timedelta(minutes=minutes))


def test_a_call_is_left_open_after_its_minutes_and_told_of_once(call: Attempt, case: Case) -> None:
    booked_ago(call, MINUTES - 1)
    assert raise_calls_left(at=now()) == 0

    booked_ago(call, MINUTES + 1)
    assert [raise_calls_left(at=now()) for _ in range(2)] == [1, 0]

    [line] = CaseEvent.objects.filter(kind="call_left")
    told = {"attempt": call.pk, "minutes": MINUTES, "collector": "collector", "agency": ""}
    assert (line.case, line.data, line.actor) == (case, told, None)
    [entry] = Entry.objects.filter(kind="case.call_left")
    assert (entry.subject, json.loads(entry.payload)["attempt"]) == ("A-03", call.pk)


@pytest.mark.parametrize("result", ["no_answer", "not_dialled"])
def test_what_was_told_is_not_left_open(call: Attempt, collector: User, result: str) -> None:
    booked_ago(call, MINUTES * 10)
    record_result(call, result=result, by=collector)
    assert raise_calls_left(at=now()) == 0
    assert not calls_left(now()).exists()


def test_it_waits_for_the_lead_once_it_is_left_open(call: Attempt, collector: User) -> None:
    lead = make_user(role="team_lead")

    def waits(user: User) -> int:
        return waiting_for(User.objects.get(pk=user.pk))["workbench:open-calls"]

    assert (waits(collector), waits(lead), raised_told().calls) == (1, 0, 0)
    booked_ago(call, MINUTES + 1)
    assert (waits(collector), waits(lead), raised_told().calls) == (1, 1, 1)
    record_result(call, result="no_answer", by=lead)
    assert (waits(collector), waits(lead), raised_told().calls) == (0, 0, 0)


def test_nothing_is_written_for_so_early_a_day() -> None:
    with pytest.raises(KeyError, match="1999"):
        left_open_on(date(1999, 12, 31))
