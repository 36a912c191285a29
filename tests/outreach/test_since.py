"""What was booked and is stopped before it leaves, does not leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.conf import LazySettings
from factories import make_action, make_case, make_user

from carrears.access.models import User
from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.models import Case, Hold
from carrears.casework.promises import PartWanted, record_promise
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.sending import claim
from carrears.outreach.services import contact, contact_planned
from carrears.outreach.since import BARRED, CLOSED, PROMISED, REFUSED, STOPPED, TOO_LATE
from carrears.parties.models import Consent

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[time], datetime]:
    def set_to(clock: time) -> datetime:
        at = at_local(local_day(now(), "Asia/Shanghai"), clock, "Asia/Shanghai")
        for module in ("services", "sending", "judging", "gateways"):
            monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
        return at

    return set_to


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


@pytest.fixture
def booked(clock: Callable[[time], datetime], settings: LazySettings, user: User) -> Attempt:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    at = clock(time(12))
    case = make_case(as_of=local_day(at, "Asia/Shanghai"))
    return text(case, user)


def text(case: Case, user: User) -> Attempt:
    assert case.party is not None
    one = contact(case, party=case.party, template="sms_reminder", by=user, key="k")
    assert one.state == "booked"
    # As it stands in the database, which the clock of the test does not reach.
    Attempt.objects.filter(pk=one.pk).update(booked_at=now() - timedelta(minutes=1))
    return one


def claimed() -> list[Delivery]:
    waiting = Delivery.objects.filter(state="waiting").select_related(
        "attempt__case", "attempt__party", "attempt__verdict", "attempt__made_by"
    )
    return claim(list(waiting))


def hold(one: Attempt, user: User) -> Hold:
    today = local_day(now(), "Asia/Shanghai")
    return place_hold(one.case, reason="hospital", today=today, until_on=None, by=user, at=now())


def held(one: Attempt, user: User) -> None:
    hold(one, user)


def refused(one: Attempt, _: User) -> None:
    Consent.objects.create(
        party=one.party, channel="sms", granted=False, given_at=now(), source="reply"
    )


def barred(one: Attempt, _: User) -> None:
    DoNotContact.objects.create(
        party=one.party, reason="lawyer", from_on=local_day(now(), "Asia/Shanghai")
    )


def barred_number(one: Attempt, _: User) -> None:
    point = one.contact_point
    assert point is not None
    DoNotContact.objects.create(
        value_index=point.value_index, reason="wrong", from_on=local_day(now(), "Asia/Shanghai")
    )


def closed(one: Attempt, _: User) -> None:
    Case.objects.filter(pk=one.case_id).update(
        state="closed", closed_on=local_day(now(), "Asia/Shanghai"), close_reason="cured"
    )


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (held, STOPPED),
        (refused, REFUSED),
        (barred, BARRED),
        (barred_number, BARRED),
        (closed, CLOSED),
    ],
)
def test_it_does_not_leave(
    booked: Attempt, user: User, happens: Callable[[Attempt, User], None], why: str
) -> None:
    happens(booked, user)

    assert claimed() == []
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error, delivery.closing) == ("failed", why, "left")
    booked.refresh_from_db()
    assert (booked.state, booked.error) == ("failed", why)


def test_what_was_lifted_meanwhile_or_is_of_another_channel_stops_nothing(
    booked: Attempt, user: User
) -> None:
    today = local_day(now(), "Asia/Shanghai")
    lift_hold(hold(booked, user), today=today, by=user, at=now())
    Consent.objects.create(
        party=booked.party, channel="email", granted=False, given_at=now(), source="reply"
    )

    assert [one.attempt_id for one in claimed()] == [booked.pk]


def test_a_promise_stops_what_the_strategy_planned_and_not_what_a_person_writes(
    booked: Attempt, user: User
) -> None:
    today = local_day(now(), "Asia/Shanghai")
    record_promise(
        booked.case,
        parts=[PartWanted(100, today + timedelta(days=3))],
        today=today,
        by=user,
        at=now(),
    )

    assert [one.attempt_id for one in claimed()] == [booked.pk]
    assert PROMISED not in Delivery.objects.values_list("error", flat=True)


def test_a_promise_stops_what_the_strategy_planned(
    clock: Callable[[time], datetime], settings: LazySettings, user: User
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    at = clock(time(12))
    today = local_day(at, "Asia/Shanghai")
    case = make_case(as_of=today)
    make_action(case=case, channel="sms", template="sms_reminder", planned_for=at)
    assert contact_planned(as_of=today) == 1
    Attempt.objects.update(booked_at=now() - timedelta(minutes=1))
    in_parts = [PartWanted(100, today + timedelta(days=3))]
    record_promise(case, parts=in_parts, today=today, by=user, at=now())

    assert claimed() == []
    assert Delivery.objects.get().error == PROMISED


def test_what_was_judged_shortly_before_the_hours_end_does_not_leave_after_them(
    clock: Callable[[time], datetime], settings: LazySettings, user: User
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    at = clock(time(21, 57))
    case = make_case(as_of=local_day(at, "Asia/Shanghai"))
    text(case, user)
    clock(time(22, 4))  # the verdict is seven minutes old: fresh, but the hours are over

    assert claimed() == []
    assert Delivery.objects.get().error == TOO_LATE
