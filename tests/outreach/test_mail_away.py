"""Mails wait for a server that is away, and are judged anew once it takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

import pytest
from aiosmtpd.controller import Controller
from django.conf import LazySettings
from factories import make_action, make_case, make_user
from reports.servers import MailServer

from carrears.access.models import User
from carrears.casework.models import PlannedAction
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.renewing import send_waiting
from carrears.outreach.replies import note_reply
from carrears.outreach.services import contact, contact_planned
from carrears.parties.models import Consent

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
_MODULES = ("services", "sending", "judging", "gateways", "receipts", "renewing")
SetClock = Callable[[int], datetime]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Noon of today and so many minutes."""
    noon = at_local(local_day(now(), ZONE), time(12), ZONE)
    monkeypatch.setattr("carrears.parties.services.now", lambda: noon - timedelta(days=1))

    def set_to(minutes: int) -> datetime:
        at = noon + timedelta(minutes=minutes)
        for module in _MODULES:
            monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
        return at

    return set_to


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


@pytest.fixture
def port(settings: LazySettings) -> int:
    """Where the mail server of this house listens, when it does."""
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = int(probe.getsockname()[1])
    settings.SMTP_URL = f"smtp://127.0.0.1:{found}"
    return found


@contextmanager
def running(port: int, *answers: str) -> Iterator[MailServer]:
    handler = MailServer()
    handler.answers = list(answers)
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def mail(number: int, at: datetime, user: User) -> Attempt:
    case = make_case(loan_no=f"A-{number}", as_of=local_day(at, ZONE))
    assert case.party is not None
    one = contact(case, party=case.party, template="reminder", by=user, key="k")
    assert one.state != "blocked", one.verdict.findings
    return one


def planned(number: int, at: datetime) -> PlannedAction:
    case = make_case(loan_no=f"A-{number}", as_of=local_day(at, ZONE))
    return make_action(
        case=case, key=f"A-{number}:plan", as_of=case.as_of, planned_for=at - timedelta(minutes=1)
    )


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("state", "closing"))


def test_mails_wait_for_a_server_that_is_away_and_leave_once(
    clock: SetClock, user: User, port: int
) -> None:
    at = clock(0)
    with running(port) as server:
        mail(1, at, user)
        assert len(server.given) == 1

    at = clock(5)  # the server is stopped
    for number in (2, 3, 4):
        mail(number, at, user)
    for minutes in (14, 60, 120):
        at = clock(minutes)
        send_waiting()
    assert states()[1:] == [("waiting", "")] * 3
    assert Delivery.objects.filter(error__startswith="mail server: ").count() == 3
    barred = Attempt.objects.get(case__loan_no="A-4")
    DoNotContact.objects.create(party=barred.party, reason="asked", from_on=at.date())
    gone = Attempt.objects.get(case__loan_no="A-3")
    Consent.objects.create(
        party=gone.party, channel="email", granted=False, given_at=at, source="email_reply"
    )

    with running(port) as server:  # and started again
        send_waiting()
        send_waiting()
        assert len(server.given) == 1
        text = server.mails[0].get_body(("plain",))
        assert text is not None
        assert "A-2" in text.get_content()
    first = Delivery.objects.get(attempt__key="A-2:k")
    assert (first.state, first.closing) == ("failed", "again")
    assert first.replaced_by is not None
    assert first.replaced_by.state == "sent"
    assert first.replaced_by.verdict_id != first.attempt.verdict_id
    # What was stopped meanwhile does not leave.
    assert Attempt.objects.filter(state="sent").count() == 2
    assert Attempt.objects.filter(state="booked").count() == 0


def test_what_the_gate_stops_by_then_waits_for_a_person(
    clock: SetClock, user: User, port: int
) -> None:
    one = mail(1, clock(0), user)
    clock(11 * 60 + 30)  # an hour at which nobody is written to
    with running(port) as server:
        send_waiting()
        assert server.given == []
    assert states() == [("failed", "")]
    assert Attempt.objects.exclude(pk=one.pk).get().state == "blocked"


def test_what_waited_longer_than_the_line_may_be_away_is_a_dead_letter(
    clock: SetClock, user: User, port: int
) -> None:
    assert port
    mail(1, clock(0), user)
    clock(12 * 60 - 1)
    send_waiting()
    assert states() == [("waiting", "")]
    clock(12 * 60 + 1)
    send_waiting()
    assert states() == [("failed", "")]


def test_what_the_server_refuses_for_good_fails_at_once(
    clock: SetClock, user: User, port: int
) -> None:
    at = clock(0)
    with running(port, "550 5.7.1 no"):
        mail(1, at, user)
    assert states() == [("failed", "")]


def test_what_it_defers_is_judged_anew_and_keeps_its_tries(
    clock: SetClock, user: User, port: int
) -> None:
    """Greylisted: tried after 1, 2, 4 and 8 minutes, then its verdict has aged."""
    at = clock(0)
    with running(port, *["451 4.7.1 greylisted"] * 4) as server:
        mail(1, at, user)
        for minutes in (1, 3, 7, 15):
            assert Delivery.objects.get().state == "waiting"
            clock(minutes)
            send_waiting()
        assert len(server.given) == 1
    first, second = Delivery.objects.order_by("pk")
    assert (first.closing, first.replaced_by_id) == ("again", second.attempt_id)
    assert (second.state, second.tries, first.tries) == ("accepted", 4, 4)


def test_what_may_be_there_goes_again_as_it_was_or_not_at_all(
    clock: SetClock, user: User, port: int
) -> None:
    """The server takes a mail and hangs up: the same may go again, other words may not."""
    at = clock(0)
    with running(port, "drop", "drop") as server:
        mail(1, at, user)
        clock(1)
        send_waiting()
        given = [one["Message-ID"] for one in server.mails]
        assert len(given) == 2
        assert len(set(given)) == 1
        assert states() == [("waiting", "")]
        clock(11)
        send_waiting()
        assert len(server.given) == 2
    assert states() == [("failed", "")]


def test_one_that_makes_the_server_hang_up_keeps_no_other_from_leaving(
    clock: SetClock, user: User, port: int
) -> None:
    at = clock(0)
    for number in (1, 2, 3):
        mail(number, at, user)
    clock(1)
    with running(port, "drop") as server:
        send_waiting()
        send_waiting()
        assert len(server.given) == 3  # the first of them in vain, as far as is known
    assert [state for state, _ in states()] == ["waiting", "accepted", "accepted"]
    assert Delivery.objects.exclude(handed_at=None).count() == 1


def test_no_more_are_booked_than_the_server_takes(clock: SetClock, user: User, port: int) -> None:
    mail(1, clock(0), user)
    at = clock(20)
    later = planned(3, at)
    contact_planned(as_of=later.as_of)
    later.refresh_from_db()
    assert (later.state, Attempt.objects.filter(action=later).count()) == ("planned", 0)

    with running(port) as server:
        send_waiting()
        contact_planned(as_of=later.as_of)
        assert len(server.given) == 2
    later.refresh_from_db()
    assert later.state == "sent"


def test_a_mail_waits_on_while_a_reply_on_its_case_is_unread(clock: SetClock, port: int) -> None:
    action = planned(1, clock(0))
    contact_planned(as_of=action.as_of)
    note_reply(
        action.case, "车主已经去世了", digest="d", meanings=("death",), at=clock(5), channel="email"
    )
    at = clock(30)
    with running(port) as server:
        send_waiting()
        assert server.given == []
    assert states() == [("waiting", "")]
    assert Delivery.objects.get().due_at > at
