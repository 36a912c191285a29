"""A message by hand that is tried again by itself is nobody's work until that is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user
from outreach.mails import bounce
from outreach.test_unsent import terms

from carrears.access.models import User
from carrears.casework.case_time import business_time
from carrears.casework.models import Case
from carrears.clock import now
from carrears.conduct.models import DoNotContact
from carrears.outreach.mail_in.rules import rules_on
from carrears.outreach.mail_in.soft_retries import retry_soft_bounces
from carrears.outreach.mail_in.taking import take_mail
from carrears.outreach.models import Attempt, ReceivedMail
from carrears.outreach.services import contact
from carrears.parties.models import ContactPoint
from carrears.workbench.queries.unsent import unsent_of

pytestmark = pytest.mark.django_db
HOUR, TURNS = timedelta(hours=1), timedelta(minutes=15)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME, settings.MAIL_DIR = tmp_path, tmp_path / "mail"


@pytest.fixture
def me() -> User:
    return make_user(role="collector", username="me")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


def write(case: Case, by: User) -> Attempt:
    assert case.party is not None
    return contact(case, party=case.party, template="reminder", by=by, key="k")


def come_back(status: str = "4.2.2", *, at: datetime) -> str:
    """The newest mail comes back."""
    newest = Attempt.objects.filter(state="sent").order_by("-pk")[0]
    own = f"<{newest.pk}@mx.example.com>"
    return take_mail(bounce(about=newest.message_id, status=status, own=own), at=at)


def is_work(case: Case, me: User, after: timedelta) -> bool:
    return "unsent" in terms(case, me, business_time(case)[1] + after)


def test_a_mail_that_came_back_is_work_once_it_is_tried_no_more(case: Case, me: User) -> None:
    at, waits = now(), rules_on(now().date()).soft_waits_minutes
    assert waits == (60, 720)
    write(case, me)
    assert come_back(at=at) == "soft"
    [shown] = unsent_of(me, case)
    all_of_it = 13 * HOUR + TURNS
    assert shown.tried_until == business_time(case)[1].replace(microsecond=0) + all_of_it
    assert not is_work(case, me, all_of_it - TURNS)
    assert is_work(case, me, all_of_it + HOUR)  # whatever kept the house from trying

    assert retry_soft_bounces(at=at + HOUR) == 1
    assert unsent_of(me, case) == ()
    assert not is_work(case, me, all_of_it + HOUR)
    come_back(at=at + HOUR)
    assert not is_work(case, me, 12 * HOUR)
    assert is_work(case, me, 12 * HOUR + TURNS + HOUR)

    assert retry_soft_bounces(at=at + 13 * HOUR) == 1
    come_back(at=at + 13 * HOUR)
    [shown] = unsent_of(me, case)
    assert (shown.state, shown.tried_until) == ("undelivered", None)
    assert is_work(case, me, TURNS)


@pytest.mark.parametrize("status", ["5.1.1", "5.7.1"])
def test_what_does_not_pass_is_work_at_once(case: Case, me: User, status: str) -> None:
    write(case, me)
    come_back(status, at=now())
    assert [one.tried_until for one in unsent_of(me, case)] == [None]
    assert is_work(case, me, TURNS)


def test_an_address_that_is_out_of_use_by_it_is_not_waited_for(case: Case, me: User) -> None:
    """The third bounce of a month, whichever message it is about."""
    at = now()
    attempt = write(case, me)
    for number in range(2):
        ReceivedMail.objects.create(
            key=f"m{number}", kind="soft", received_at=at, delivery=attempt.delivery
        )
    come_back(at=at)
    assert ContactPoint.objects.filter(party=case.party, kind="email", valid=False).exists()
    assert [one.tried_until for one in unsent_of(me, case)] == [None]
    assert is_work(case, me, TURNS)


def test_where_the_gate_stops_each_try_it_is_his_in_the_end(case: Case, me: User) -> None:
    at = now()
    write(case, me)
    come_back(at=at)
    DoNotContact.objects.create(party=case.party, reason="asked", from_on=case.as_of)
    for hour in range(1, 15):
        assert retry_soft_bounces(at=at + hour * HOUR) == 0
    assert Attempt.objects.filter(key__startswith="again:").count() == 2
    assert not is_work(case, me, 12 * HOUR)
    assert is_work(case, me, 14 * HOUR)


def test_the_page_says_that_it_is_tried_again(case: Case, me: User, client: Client) -> None:
    write(case, me)
    come_back(at=now())
    client.force_login(me)
    page = client.get(f"/case/{case.loan_no}/").content.decode()
    told = page.partition('id="unsent"')[2].partition('id="unsent"')[0]
    assert "系统会自动重试" in told
    assert "重新发送" not in told.partition("</div>")[0]
