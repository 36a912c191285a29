"""Texts are judged anew while others have their people and steps: real sessions of a PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, time, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from factories import make_action, make_case

from carrears.casework.models import PlannedAction
from carrears.clock import at_local, local_day, now
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.renewing import renew
from carrears.outreach.services import contact_planned
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = "Asia/Shanghai"
SECONDS = 30


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> list[Delivery]:
    """Two planned texts of two people, booked at noon; it is half an hour later."""
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    noon = at_local(local_day(now(), ZONE), time(12), ZONE)
    monkeypatch.setattr("carrears.parties.services.now", lambda: noon - timedelta(days=1))
    _set_clock(monkeypatch, noon)
    for number in (1, 2):
        case = make_case(loan_no=f"A-{number}", loan_id=number, as_of=local_day(noon, ZONE))
        make_action(
            case=case,
            key=f"A-{number}:plan",
            channel="sms",
            template="sms_reminder",
            as_of=case.as_of,
            planned_for=noon - timedelta(minutes=1),
        )
    contact_planned(as_of=local_day(noon, ZONE))
    _set_clock(monkeypatch, noon + timedelta(minutes=30))
    found = list(Delivery.objects.select_related("attempt__action").order_by("pk"))
    assert [one.state for one in found] == ["waiting"] * 2
    return found


def _set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    for module in ("services", "sending", "judging", "gateways", "receipts", "renewing"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)


@contextmanager
def held(work: Callable[[], object], until: threading.Event) -> Iterator[None]:
    """Somebody else has done this, and commits it once he may."""
    done = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                work()
                done.set()
                until.wait(SECONDS)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(hold)
        try:
            assert done.wait(SECONDS)
            yield
        finally:
            until.set()
            future.result(SECONDS)


def test_whose_person_somebody_else_has_is_said_a_little_later(waiting: list[Delivery]) -> None:
    first, second = waiting
    token, due, before = first.attempt.party_id, first.due_at, now()

    def take() -> None:
        list(Party.objects.select_for_update(no_key=True).filter(token=token))

    with held(take, threading.Event()):
        assert renew(waiting) == 1
    assert now() - before < timedelta(seconds=20)  # the line waits for its answers meanwhile
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.closing) == ("waiting", "failed", "again")
    assert first.due_at > due
    assert renew([first]) == 1
    assert Attempt.objects.filter(state="booked").count() == 2


def test_a_step_that_is_cancelled_meanwhile_is_not_planned_again(waiting: list[Delivery]) -> None:
    first, _ = waiting
    action = first.attempt.action
    assert action is not None

    def cancel() -> None:
        PlannedAction.objects.filter(pk=action.pk).update(state="cancelled", reason="promised")

    may_commit = threading.Event()
    threading.Timer(0.5, may_commit.set).start()
    with held(cancel, may_commit):
        assert renew([first]) == 0
    action.refresh_from_db()
    first.refresh_from_db()
    assert (action.state, first.state, first.closing) == ("cancelled", "failed", "left")
    assert Attempt.objects.count() == 2
