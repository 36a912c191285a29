"""A message on its way: given away once, tried again after a pause, looked at when it died."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import LazySettings
from dumped import NAME, read_in_clear, typed
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.channels import Handed, LineError, Parcel
from carrears.outreach.dead_letters import close_reasons, let_be, send_dead_again, settle_uncertain
from carrears.outreach.mailbox import list_messages, running
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.retries import retrying_on
from carrears.outreach.sending import recover, send_again, send_by
from carrears.outreach.services import contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    noon = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    told = Clock(noon)
    for module in ("services", "sending", "judging", "gateways", "dead_letters"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", told)
    return told


@dataclass
class Clock:
    """Noon of today at first, and later when told so."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def case(clock: Clock) -> Case:
    return make_case(loan_no="A-04", as_of=local_day(clock.at, "Asia/Shanghai"))


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


@pytest.fixture(autouse=True)
def nobody_listens(settings: LazySettings) -> None:
    settings.SMTP_URL = "smtp://127.0.0.1:1"


def send(case: Case, user: User, key: str = "k1") -> Attempt:
    assert case.party is not None
    return contact(case, party=case.party, template="reminder", by=user, key=key)


class Moody:
    """A mail server that answers each recipient as it is told to."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        answer = self.answers.pop(0)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer


@contextmanager
def moody(settings: LazySettings, *answers: str) -> Iterator[Moody]:
    handler = Moody(*answers)
    controller = Controller(handler, hostname="127.0.0.1", port=0, ready_timeout=30)
    controller.port = _free_port()
    controller.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield handler
    finally:
        controller.stop()


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_what_the_server_defers_is_tried_after_the_pauses_and_dies_after_the_last(
    case: Case, user: User, clock: Clock, settings: LazySettings
) -> None:
    waits = retrying_on("email", clock.at.date()).waits_seconds
    short = waits[:3]  # after longer ones it is judged anew
    with moody(settings, *["451 later"] * (len(short) + 2)) as server:
        attempt = send(case, user)
        for wait in short:
            left = len(server.answers)
            clock.forward(seconds=wait - 1)
            send_again()
            assert len(server.answers) == left  # not before its time
            clock.forward(seconds=1)
            send_again()
            assert len(server.answers) == left - 1
        attempt.refresh_from_db()
        assert (attempt.state, attempt.delivery.tries) == ("booked", len(short) + 1)
        Delivery.objects.update(tries=len(waits), due_at=clock.at)
        send_again()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.delivery.state) == ("failed", "failed")
    assert attempt.delivery.tries == len(waits) + 1
    assert Entry.objects.filter(kind="message.failed").count() == 1


def test_a_refused_message_is_a_dead_letter_and_goes_again_through_the_gate(
    case: Case, user: User, clock: Clock, settings: LazySettings, tmp_path: Path
) -> None:
    with moody(settings, "550 no such mailbox"):
        dead = send(case, user).delivery
    assert (dead.state, dead.error) == ("failed", "550 no such mailbox")
    clock.forward(minutes=30)

    bar = DoNotContact.objects.create(
        party=case.party, reason="asked for it", from_on=clock.at.date() - timedelta(days=2)
    )
    assert send_dead_again(dead, by=user).state == "blocked"
    dead.refresh_from_db()
    assert dead.closing == ""

    bar.delete()
    with running(tmp_path / "server") as server:
        settings.SMTP_URL = f"smtp://{server.host}:{server.port}"
        again = send_dead_again(dead, by=user)
    dead.refresh_from_db()
    assert (again.state, dead.closing, dead.replaced_by) == ("sent", "again", again)
    assert again.verdict_id != dead.attempt.verdict_id
    with pytest.raises(OutreachError, match="no dead letter"):
        send_dead_again(dead, by=user)
    assert len(list_messages(tmp_path / "server")) == 1


def test_a_dead_letter_may_be_let_be_with_a_reason(
    case: Case, user: User, settings: LazySettings
) -> None:
    with moody(settings, "550 no such mailbox"):
        dead = send(case, user).delivery
    with pytest.raises(OutreachError, match="reason"):
        let_be(dead, reason=" ", by=user)
    let_be(dead, reason=typed("he came to the branch"), by=user)
    dead.refresh_from_db()
    assert (dead.closing, dead.closed_by) == ("left", user)
    assert close_reasons([dead]) == {dead.pk: typed("he came to the branch")}
    assert read_in_clear(NAME) == []


def test_what_waited_longer_than_its_verdict_is_good_for_is_not_sent_as_it_was(
    case: Case, user: User, clock: Clock, settings: LazySettings, tmp_path: Path
) -> None:
    attempt = send(case, user)
    clock.forward(minutes=11)
    with running(tmp_path / "server") as server:
        settings.SMTP_URL = f"smtp://{server.host}:{server.port}"
        send_again()  # nobody is there to judge it anew
    attempt.refresh_from_db()
    assert (attempt.state, attempt.delivery.state) == ("booked", "waiting")
    assert list_messages(tmp_path / "server") == []
    clock.forward(hours=12)
    send_again()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.delivery.state) == ("failed", "failed")


@dataclass
class Once:
    """A gateway that must get nothing twice: says what it is told to, in order, then breaks."""

    answers: list[str]
    name: str = "once"
    window: int = 2
    repeatable: bool = False
    breaks_with: Exception = field(default_factory=lambda: LineError("the line broke"))
    taken: list[str] = field(default_factory=list)

    @contextmanager
    def open(self) -> Iterator[Once]:
        yield self

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        assert len(parcels) <= self.window
        states = Delivery.objects.filter(attempt__key__in=[one.key for one in parcels])
        assert {one.state for one in states} == {"handed"}  # written down before it is given away
        for parcel in parcels:
            if not self.answers:
                raise self.breaks_with
            self.taken.append(parcel.key)
            yield Handed(parcel.key, self.answers.pop(0))  # type: ignore[arg-type]


def _waiting(case: Case, user: User, count: int) -> list[Delivery]:
    keys = [send(case, user, f"w{n}").pk for n in range(count)]
    return list(
        Delivery.objects.filter(attempt__in=keys).select_related("attempt__case").order_by("pk")
    )


def test_a_broken_line_leaves_what_was_not_given_away_waiting(case: Case, user: User) -> None:
    send_by(Once(["accepted"]), _waiting(case, user, 2))
    assert sorted(Delivery.objects.values_list("state", "tries")) == [
        ("accepted", 1),
        ("waiting", 0),
    ]


def test_a_failure_of_our_own_leaves_uncertain_what_may_have_been_given_away(
    case: Case, user: User
) -> None:
    """Such as one in taking in a receipt that came amid the answers."""
    gateway = Once(["accepted"], breaks_with=RuntimeError("a fault"))
    with pytest.raises(RuntimeError, match="a fault"):
        send_by(gateway, _waiting(case, user, 2))
    assert sorted(Delivery.objects.values_list("state", "tries")) == [
        ("accepted", 1),
        ("handed", 1),
    ]
    Delivery.objects.update(gateway="once")
    assert recover("once") == 1


def test_what_nobody_answered_is_uncertain_until_a_person_says_what_became_of_it(
    case: Case, user: User
) -> None:
    gateway = Once(["uncertain", "uncertain"])
    first, second = _waiting(case, user, 2)
    send_by(gateway, [first, second])
    send_by(gateway, list(Delivery.objects.filter(state="waiting")))
    assert len(gateway.taken) == 2
    for one in (first, second):
        one.refresh_from_db()
        assert (one.state, one.attempt.state) == ("uncertain", "booked")
        with pytest.raises(OutreachError, match="may have arrived"):
            send_dead_again(one, by=user)

    settle_uncertain(first, left=True, reason=typed("the operator's log has it"), by=user)
    settle_uncertain(second, left=False, reason="the operator never got it", by=user)
    assert list(Delivery.objects.order_by("pk").values_list("state", "attempt__state")) == [
        ("accepted", "sent"),
        ("failed", "failed"),
    ]
    assert read_in_clear(NAME) == []
    with pytest.raises(OutreachError, match="not uncertain"):
        settle_uncertain(second, left=True, reason="after all", by=user)


def test_what_a_killed_sender_had_in_its_hands_is_uncertain_and_not_given_again(
    case: Case, user: User
) -> None:
    [one] = _waiting(case, user, 1)
    Delivery.objects.filter(pk=one.pk).update(gateway="once", state="handed", tries=1)
    assert (recover("other"), recover("once"), recover("once")) == (0, 1, 0)
    one.refresh_from_db()
    assert (one.state, one.attempt.state) == ("uncertain", "booked")
