"""Two processes that find the same message waiting: it leaves once, and what is told stays."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time, timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import make_case, make_user
from outreach.test_deliveries import _free_port

from carrears.casework.holds import place_hold
from carrears.casework.models import Case
from carrears.clock import at_local, local_day, now
from carrears.evidence.models import Entry
from carrears.outreach import sending
from carrears.outreach.channels import Handed, Parcel
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.sending import postpone, send_again, send_booked
from carrears.outreach.services import contact
from carrears.outreach.since import STOPPED

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 30


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Case:
    settings.SMTP_URL = "smtp://127.0.0.1:1"
    noon = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    for module in ("services", "sending", "judging", "gateways"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: noon)
    return make_case(as_of=local_day(noon, "Asia/Shanghai"))


def booked(case: Case, *keys: str) -> list[Attempt]:
    """Mails that nobody took yet."""
    assert case.party is not None
    user = make_user(role="collector")
    found = [contact(case, party=case.party, template="reminder", by=user, key=k) for k in keys]
    assert {one.state for one in found} == {"booked"}
    return found


@dataclass
class Slow:
    """A mail server that counts the mails, and answers once it may."""

    may_take: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    taken: list[str] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        self.taken.append(str(envelope.rcpt_tos))
        self.asked.set()
        await asyncio.to_thread(self.may_take.wait, SECONDS)
        return "250 taken"


@contextmanager
def slow(settings: LazySettings) -> Iterator[Slow]:
    handler = Slow()
    controller = Controller(handler, hostname="127.0.0.1", port=0, ready_timeout=30)
    controller.port = _free_port()
    controller.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield handler
    finally:
        handler.may_take.set()
        controller.stop()


def elsewhere(pool: ThreadPoolExecutor, work: Callable[[], object]) -> Future[object]:
    """Have it done in a session of its own."""

    def done() -> object:
        try:
            return work()
        finally:
            connection.close()

    return pool.submit(done)


def test_a_mail_that_two_have_found_leaves_once(case: Case, settings: LazySettings) -> None:
    """Who booked it gives it away, and in that moment the next tick finds it waiting."""
    [attempt] = booked(case, "once")
    with slow(settings) as server, ThreadPoolExecutor(2) as pool:
        first = elsewhere(pool, lambda: send_booked([attempt]))
        assert server.asked.wait(SECONDS)
        second = elsewhere(pool, send_again)
        second.result(SECONDS)
        server.may_take.set()
        first.result(SECONDS)
    assert len(server.taken) == 1
    assert Delivery.objects.values_list("state", "attempt__state").get() == ("accepted", "sent")
    assert Entry.objects.filter(kind="message.sent").count() == 1


def test_a_mail_that_waited_is_looked_at_again_before_it_leaves(
    case: Case, settings: LazySettings
) -> None:
    [attempt] = booked(case, "held")
    before = min(now(), sending.now()) - timedelta(minutes=1)
    Attempt.objects.filter(pk=attempt.pk).update(booked_at=before)
    lead, today = make_user(role="team_lead"), local_day(sending.now(), "Asia/Shanghai")
    place_hold(case, reason="hospital", today=today, until_on=None, by=lead, at=now())
    with slow(settings) as server:
        server.may_take.set()
        send_again()
    assert server.taken == []
    told = Delivery.objects.values_list("state", "closing", "error", "attempt__state").get()
    assert told == ("failed", "left", STOPPED, "failed")


def test_who_read_it_before_another_tried_it_leaves_it(case: Case, settings: LazySettings) -> None:
    [attempt] = booked(case, "tried")
    read_before = list(Delivery.objects.select_related("attempt__case", "attempt__party"))
    Delivery.objects.update(tries=1)  # another was told to come later
    with slow(settings) as server:
        server.may_take.set()
        with sending.running_gateway("smtp") as gateway:
            sending.send_by(gateway, read_before)
        assert server.taken == []
        send_booked([attempt])
    assert len(server.taken) == 1


def test_a_line_that_broke_says_nothing_of_what_another_has_in_his_hands(
    case: Case, settings: LazySettings
) -> None:
    [attempt] = booked(case, "kept")
    with slow(settings) as server, ThreadPoolExecutor(1) as pool:
        first = elsewhere(pool, lambda: send_booked([attempt]))
        assert server.asked.wait(SECONDS)
        postpone([attempt.delivery.pk], "mail server: no route")
        server.may_take.set()
        first.result(SECONDS)
    assert Delivery.objects.values_list("state", "error").get() == ("accepted", "")


@dataclass
class Breaks:
    """A gateway that takes one, and then fails by a fault of our own."""

    name: str = "breaks"
    window: int = 5
    repeatable: bool = True

    @contextmanager
    def open(self) -> Iterator[Breaks]:
        yield self

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        yield Handed(parcels[0].key, "accepted", "", ("<1@x>",))
        raise RuntimeError("a fault")


def test_what_was_told_before_a_fault_is_kept(case: Case) -> None:
    booked(case, "taken", "cut off")
    waiting = Delivery.objects.select_related("attempt__case", "attempt__party")
    with pytest.raises(RuntimeError, match="a fault"):
        sending.send_by(Breaks(), list(waiting))
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["accepted", "waiting"]


def read_of(query: dict[str, str]) -> str:
    """What a query reads, but for that of what is due now and here, of which there is nothing."""
    return "" if "due_at" in query["sql"].partition("WHERE")[2] else query["sql"]


def test_what_is_late_fails_in_batches_and_nothing_sealed_is_read(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked(case, *(f"k{n}" for n in range(5)))
    Delivery.objects.update(gateway="smpp")
    monkeypatch.setattr(sending, "BATCH", 2)
    with CaptureQueriesContext(connection) as asked:
        send_again()
    assert len(asked) < 10
    assert not [one for one in asked.captured_queries if "body_sealed" in read_of(one)]

    later = sending.now() + timedelta(hours=12, minutes=1)
    monkeypatch.setattr("carrears.outreach.sending.now", lambda: later)
    with CaptureQueriesContext(connection) as asked:
        send_again()
    assert len([one for one in asked.captured_queries if "FOR UPDATE" in one["sql"]]) == 4
    assert not [one for one in asked.captured_queries if "body_sealed" in read_of(one)]
    assert set(Delivery.objects.values_list("state", "attempt__state")) == {("failed", "failed")}
    assert Entry.objects.filter(kind="message.failed").count() == 5


def test_what_is_late_and_in_somebodys_hands_is_left_to_him(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as the process that gives texts away, which has marked it in this moment."""
    booked(case, "claimed")
    Delivery.objects.update(gateway="smpp")
    held, done = threading.Event(), threading.Event()

    def claim() -> None:
        with transaction.atomic():
            one = Delivery.objects.select_for_update().get()
            one.state = "handed"
            one.save(update_fields=["state"])
            held.set()
            done.wait(5)

    later = sending.now() + timedelta(hours=12, minutes=1)
    monkeypatch.setattr("carrears.outreach.sending.now", lambda: later)
    with ThreadPoolExecutor(1) as pool:
        claiming = elsewhere(pool, claim)
        assert held.wait(SECONDS)
        send_again()
        done.set()
        claiming.result(SECONDS)
    assert Delivery.objects.values_list("state", "attempt__state").get() == ("handed", "booked")
