"""Many dead letters are sent again: counted first, judged anew each, once, however often killed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import make_case, make_user
from outreach.smsc import running_smsc

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.notices.models import Notice
from carrears.outreach import sending_again
from carrears.outreach.dead_letters import send_dead_again, tell_of_dead_letters
from carrears.outreach.models import Attempt, Delivery, LetterAgain, SendingAgain
from carrears.outreach.sending_again import (
    Chosen,
    counts_of,
    order_again,
    preview,
    reasons_of,
    stop_order,
    unfinished,
    work_off,
)
from carrears.outreach.services import OutreachError, contact
from carrears.outreach.sms_service import run

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
URL = "/mail/undelivered/"


class NoPause(threading.Event):
    """Whoever waits for it goes on at once."""

    def wait(self, timeout: float | None = None) -> bool:
        """As if it had."""
        del timeout
        return self.is_set()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> datetime:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    at = at_local(local_day(now(), ZONE), time(12), ZONE)
    for module in ("services", "sending", "judging", "gateways", "receipts"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
    soon = at + timedelta(minutes=4)
    monkeypatch.setattr("carrears.outreach.sms_service.now", lambda: soon)
    monkeypatch.setattr("carrears.parties.services.now", lambda: at - timedelta(days=1))
    return at


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


def kill(number: int, at: datetime, *, error: str = "SMPP status 0x00000008") -> Delivery:
    """A text that did not get through."""
    case = make_case(loan_no=f"A-{number}", as_of=local_day(at, ZONE))
    assert case.party is not None
    writer = make_user(role="collector", username=f"writer-{number}")
    one = contact(case, party=case.party, template="sms_reminder", by=writer, key="k")
    Attempt.objects.filter(pk=one.pk).update(state="failed", error=error)
    Delivery.objects.filter(attempt=one).update(state="failed", error=error)
    return Delivery.objects.get(attempt=one)


def give(lead: User, many: int, **chosen: Any) -> SendingAgain:
    return order_again(
        Chosen(**chosen), expected=many, reason="the line was away", key="k-1", by=lead, at=now()
    )


def test_what_fits_is_counted_before(noon: datetime, lead: User) -> None:
    kill(1, noon)
    kill(2, noon)
    kill(3, noon, error="no such number")
    uncertain = kill(4, noon)
    Delivery.objects.filter(pk=uncertain.pk).update(state="uncertain")
    told = preview(lead, Chosen(channel="sms"))
    assert (told.many, told.uncertain, dict(told.by_channel)) == (3, 1, {"sms": 3})
    assert dict(told.by_error) == {"SMPP status 0x00000008": 2, "no such number": 1}
    assert preview(lead, Chosen(error="SMPP")).many == 2
    assert preview(lead, Chosen(channel="email")).many == 0
    tomorrow = local_day(noon, ZONE) + timedelta(days=1)
    assert preview(lead, Chosen(first=tomorrow)).many == 0
    assert preview(lead, Chosen(last=tomorrow)).many == 3
    # Of the cases that one sees.
    assert preview(make_user(role="collector", username="other"), Chosen()).many == 0


def test_each_is_judged_anew_and_leaves_once(
    noon: datetime, lead: User, settings: LazySettings
) -> None:
    first, second, third = (kill(number, noon) for number in (1, 2, 3))
    DoNotContact.objects.create(
        party=second.attempt.party, reason="asked", from_on=local_day(noon, ZONE)
    )
    order = give(lead, 3)
    send_dead_again(third, by=lead)  # somebody is quicker
    assert work_off(order) == 3
    assert counts_of(order) == {"sent": 2, "blocked": 1}
    assert work_off(order) == 0
    order.refresh_from_db()
    assert order.done_at is not None
    for one in (first, second, third):
        one.refresh_from_db()
    assert (first.closing, second.closing, third.closing) == ("again", "", "again")
    with running_smsc() as smsc:
        settings.SMS_URL = smsc.url()
        run(stop=NoPause(), drain=True)
        assert len({one["reference"] for one in smsc.submitted()}) == 2
    assert Attempt.objects.filter(state="sent").count() == 2
    kinds = Entry.objects.filter(kind__startswith="deadletters.").values_list("kind", flat=True)
    assert sorted(kinds) == ["deadletters.asked", "deadletters.done"]
    assert reasons_of([order]) == {order.pk: "the line was away"}


def go_on() -> None:
    """As a worker does each minute."""
    for one in unfinished():
        work_off(one)


class KilledError(BaseException):
    """What ends a worker."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_run_goes_on_and_sends_none_twice(
    noon: datetime, lead: User, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    for number in range(4):
        kill(number, noon)
    order, calls, real = give(lead, 4), [], sending_again.send_dead_again

    def kill_at_second(*given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 2 and when == "before":
            raise KilledError
        done = real(*given, **more)
        if len(calls) == 2:
            raise KilledError
        return done

    with monkeypatch.context() as killed:
        killed.setattr(sending_again, "send_dead_again", kill_at_second)
        with pytest.raises(KilledError):
            work_off(order)
    assert counts_of(order) == {"sent": 1, "": 3}

    go_on()
    assert counts_of(order) == {"sent": 4}
    assert Attempt.objects.filter(key__startswith="again:").count() == 4
    assert Delivery.objects.filter(closing="again").count() == 4


def test_a_letter_that_meets_an_error_stops_no_other(
    noon: datetime, lead: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = kill(1, noon), kill(2, noon)
    order, real = give(lead, 2), sending_again.send_dead_again

    def break_at_first(letter: Delivery, **more: Any) -> Attempt:
        if letter == first:
            raise KeyError("+8613800138000")
        return real(letter, **more)

    monkeypatch.setattr(sending_again, "send_dead_again", break_at_first)
    assert work_off(order) == 2
    order.refresh_from_db()
    assert order.done_at is not None
    assert counts_of(order) == {"broken": 1, "sent": 1}
    [told] = [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]
    assert f"dead letter {first.pk} of order {order.pk} was not sent again: KeyError" in told
    assert "13800138000" not in caplog.text
    assert (first.closing, Delivery.objects.get(pk=second.pk).closing) == ("", "again")
    client = Client()
    client.force_login(lead)
    assert "处理出错 1" in client.get(f"{URL}orders/").content.decode()


def test_the_notice_of_them_counts_down_once_for_many(noon: datetime, lead: User) -> None:
    for number in (1, 2, 3):
        kill(number, noon)
    kill(4, noon, error="no such number")
    tell_of_dead_letters(at=now())
    notice = Notice.objects.get(kind="dead_letters", user=lead)
    assert notice.many == 4
    order = give(lead, 3, error="SMPP")
    with CaptureQueriesContext(connection) as asked:
        assert work_off(order) == 3
    counts = [one["sql"] for one in asked if one["sql"].startswith("SELECT COUNT(*)")]
    assert sum('FROM "outreach_delivery"' in sql for sql in counts) == 1
    notice.refresh_from_db()
    assert notice.many == 1


def test_an_order_is_given_once_and_for_what_was_shown(noon: datetime, lead: User) -> None:
    kill(1, noon)
    with pytest.raises(OutreachError, match="more or fewer"):
        give(lead, 2)
    with pytest.raises(OutreachError, match="reason"):
        order_again(Chosen(), expected=1, reason=" ", key="k", by=lead, at=now())
    order = give(lead, 1)
    assert give(lead, 1) == order
    # What is in an order is in no second one.
    assert preview(lead, Chosen()).many == 0
    with pytest.raises(OutreachError, match="no dead letter fits"):
        order_again(Chosen(), expected=1, reason="again", key="k-2", by=lead, at=now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("key", ["k-1", "k-2"])
def test_of_two_who_order_at_once_one_does(noon: datetime, lead: User, key: str) -> None:
    kill(1, noon)
    with ThreadPoolExecutor(1) as pool:

        def order() -> SendingAgain:
            try:
                return order_again(Chosen(), expected=1, reason="away", key=key, by=lead, at=now())
            finally:
                connection.close()

        with transaction.atomic():
            first = give(lead, 1)
            second = pool.submit(order)
            with pytest.raises(TimeoutError):
                second.result(0.5)  # it waits for the first
        if key == first.key:
            assert second.result(30) == first
        else:
            with pytest.raises(OutreachError, match="no dead letter fits"):
                second.result(30)
    assert LetterAgain.objects.count() == 1


def test_an_order_can_be_stopped(noon: datetime, lead: User) -> None:
    kill(1, noon)
    order = give(lead, 1)
    stop_order(order, by=lead, at=now())
    assert work_off(order) == 0
    assert counts_of(order) == {"stopped": 1}
    assert preview(lead, Chosen()).many == 1
    with pytest.raises(OutreachError, match="done"):
        stop_order(order, by=lead, at=now())


def test_the_page_counts_asks_who_one_is_and_shows_how_far_it_is(
    noon: datetime, lead: User, settings: LazySettings
) -> None:
    kill(1, noon)
    kill(2, noon, error="no such number")
    client = Client()
    client.force_login(lead)
    page = client.get(URL, {"channel": "sms", "error": "SMPP"}).context["page"]
    assert page.again is not None
    assert (page.again.many, dict(page.again.asked)) == (1, {"channel": "sms", "error": "SMPP"})
    told = {"channel": "sms", "error": "SMPP", "many": "1", "key": "abc", "reason": "away"}
    answer = client.post(f"{URL}again/", told, follow=True)
    assert answer.context["page"].orders.waits
    order = SendingAgain.objects.get()
    assert order.asked == {"channel": "sms", "error": "SMPP"}
    go_on()
    part = client.get(f"{URL}orders/").content.decode()
    assert f'data-order="{order.pk}"' in part
    assert "every 2s" not in part

    kill(3, noon)
    settings.STEP_UP_MINUTES = 0
    client.post(f"{URL}again/", told | {"key": "def"})
    assert SendingAgain.objects.count() == 1
    reader = Client()
    reader.force_login(make_user(role="auditor", username="auditor"))
    assert reader.post(f"{URL}again/", told).status_code == 403


@pytest.mark.parametrize("day", [{"last": "9999-12-31"}, {"first": "0001-01-01"}])
def test_days_that_no_clock_has_are_no_days(
    noon: datetime, lead: User, day: dict[str, str]
) -> None:
    kill(1, noon)
    client = Client()
    client.force_login(lead)
    page = client.get(URL, day).context["page"]
    assert (page.pager.total, dict(page.again.asked)) == (1, {})
    told = day | {"many": "1", "key": "abc", "reason": "away"}
    assert client.post(f"{URL}again/", told).status_code == 302
    assert SendingAgain.objects.get().asked == {}

    headers = {"Authorization": f"Bearer {issue_token(lead, name='test')}"}
    path, asked = "/api/dead-letters", {"key": "order-0001", "reason": "away", "expected": 1}
    assert client.get(path, day, headers=headers).status_code == 422
    answer = client.post(f"{path}/orders", asked | day, "application/json", headers=headers)
    assert answer.status_code == 422


def test_the_api_counts_orders_and_tells_how_far_it_is(noon: datetime, lead: User) -> None:
    one = kill(1, noon)
    kill(2, noon)
    client, path = Client(), "/api/dead-letters"
    headers = {"Authorization": f"Bearer {issue_token(lead, name='test')}"}
    told = client.get(f"{path}?channel=sms", headers=headers).json()
    assert (told["total"], told["may_go"], told["letters"][0]["id"]) == (2, 2, one.pk)
    asked = {"key": "order-0001", "reason": "away", "expected": 2, "channel": "sms"}
    answer = client.post(f"{path}/orders", asked, "application/json", headers=headers)
    assert (answer.status_code, answer.json()["waiting"]) == (202, 2)
    number = answer.json()["id"]
    assert (
        client.post(f"{path}/orders", asked, "application/json", headers=headers).json()["id"]
        == number
    )
    go_on()
    told = client.get(f"{path}/orders/{number}", headers=headers).json()
    assert (told["sent"], told["waiting"], told["done_at"] is not None) == (2, 0, True)
    wrong = asked | {"key": "order-0002"}
    answer = client.post(f"{path}/orders", wrong, "application/json", headers=headers)
    assert answer.status_code == 409
    other = kill(3, noon)
    again = client.post(f"{path}/{other.pk}/again", headers=headers)
    assert (again.status_code, again.json()["state"]) == (201, "booked")
    assert LetterAgain.objects.count() == 2
