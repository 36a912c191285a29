"""Texts wait for an SMSC that is away or full, and are judged anew once it takes them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.conf import LazySettings
from factories import make_action, make_case, make_user
from outreach.smsc import SmscPeer, running_smsc

from carrears.access.models import User
from carrears.casework.models import Case, PlannedAction
from carrears.casework.services import tell
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.outreach.by_smpp import weigh
from carrears.outreach.models import Attempt, Delivery, DeliveryState
from carrears.outreach.renewing import renew
from carrears.outreach.replies import note_reply
from carrears.outreach.sending import apply, send_again
from carrears.outreach.services import contact, contact_planned
from carrears.outreach.smpp.pdus import Status
from carrears.outreach.smpp.session import Answer
from carrears.outreach.sms_service import run
from carrears.parties.models import Consent, LoanParty

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
_MODULES = ("services", "sending", "judging", "gateways", "receipts", "renewing")
SetClock = Callable[[int], datetime]


class NoPause(threading.Event):
    """Whoever waits for it goes on at once."""

    def wait(self, timeout: float | None = None) -> bool:
        """As if it had."""
        del timeout
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Noon of today and so many minutes."""
    noon = at_local(local_day(now(), ZONE), time(12), ZONE)
    monkeypatch.setattr("carrears.parties.services.now", lambda: noon - timedelta(days=1))

    def set_to(minutes: int) -> datetime:
        at = noon + timedelta(minutes=minutes)
        for module in _MODULES:
            monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)
        # What is deferred is due again at once, as this clock stands still.
        soon = at + timedelta(minutes=4)
        monkeypatch.setattr("carrears.outreach.sms_service.now", lambda: soon)
        return at

    return set_to


@pytest.fixture
def user() -> User:
    return make_user(role="collector")


def text(number: int, at: datetime, user: User) -> Attempt:
    case = make_case(loan_no=f"A-{number}", as_of=local_day(at, ZONE))
    assert case.party is not None
    one = contact(case, party=case.party, template="sms_reminder", by=user, key="k")
    assert one.state == "booked", one.verdict.findings
    return one


def planned(number: int, at: datetime) -> PlannedAction:
    case = make_case(loan_no=f"A-{number}", as_of=local_day(at, ZONE))
    return make_action(
        case=case,
        key=f"A-{number}:plan",
        channel="sms",
        template="sms_reminder",
        as_of=case.as_of,
        planned_for=at - timedelta(minutes=1),
    )


def given(smsc: SmscPeer) -> int:
    """How many texts it was given, whatever their parts."""
    return len({one["reference"] for one in smsc.submitted()})


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("state", "closing"))


def test_texts_wait_for_an_smsc_that_is_away_and_leave_once(
    clock: SetClock, user: User, settings: LazySettings
) -> None:
    with running_smsc() as smsc:
        settings.SMS_URL, port = smsc.url(), smsc.port
        text(1, clock(0), user)
        run(stop=NoPause(), drain=True)
    assert states()[0][0] in {"accepted", "delivered"}

    at = clock(5)  # the SMSC is stopped
    for number in (2, 3, 4):
        text(number, at, user)
    clock(14)
    run(stop=NoPause(), drain=True)
    at = clock(120)
    send_again()
    run(stop=NoPause(), drain=True)
    assert states()[1:] == [("waiting", "")] * 3
    barred = Attempt.objects.get(case__loan_no="A-4")
    DoNotContact.objects.create(party=barred.party, reason="asked", from_on=at.date())
    gone = Attempt.objects.get(case__loan_no="A-3")
    Consent.objects.create(
        party=gone.party, channel="sms", granted=False, given_at=at, source="sms_reply"
    )

    with running_smsc(port=port) as smsc:  # and started again
        run(stop=NoPause(), drain=True)
        assert given(smsc) == 1
        assert "A-2" in "".join(one["text"] for one in smsc.submitted())
    first = Delivery.objects.get(attempt__key="A-2:k")
    assert (first.state, first.closing) == ("failed", "again")
    assert first.replaced_by is not None
    assert first.replaced_by.state == "sent"
    assert first.replaced_by.delivery.due_at == first.due_at  # its place in the queue
    # What was stopped meanwhile does not leave, and of none of them anybody has to look.
    assert not Delivery.objects.filter(state="failed", closing="").exists()
    assert Attempt.objects.filter(state="sent").count() == 2


def test_what_the_gate_stops_by_then_waits_for_a_person(
    clock: SetClock, user: User, settings: LazySettings
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    one = text(1, clock(0), user)
    clock(11 * 60 + 30)  # an hour at which nobody is written to
    assert renew([one.delivery]) == 0
    assert states() == [("failed", "")]
    assert Attempt.objects.exclude(pk=one.pk).get().state == "blocked"


def test_what_waited_longer_than_the_line_may_be_away_is_a_dead_letter(
    clock: SetClock, user: User, settings: LazySettings
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    text(1, clock(0), user)
    clock(12 * 60 - 1)
    send_again()
    assert states() == [("waiting", "")]
    clock(12 * 60 + 1)
    send_again()
    assert states() == [("failed", "")]


def test_a_line_that_is_full_for_long_makes_no_dead_letter(
    clock: SetClock, user: User, settings: LazySettings
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    at = clock(0)
    delivery = text(1, at, user).delivery
    full = weigh(delivery.attempt.key, [Answer(0, Status.THROTTLED)], 1)
    delivery.state, delivery.tries = DeliveryState.HANDED, 20
    apply(delivery, full)
    assert (delivery.state, delivery.due_at - at) == ("waiting", timedelta(seconds=160))
    # What says something of the text itself has its tries.
    at_fault = weigh(delivery.attempt.key, [Answer(0, Status.SYSTEM_ERROR)], 1)
    delivery.state = DeliveryState.HANDED
    apply(delivery, at_fault)
    assert delivery.state == "failed"


def test_no_more_are_booked_than_the_line_takes(
    clock: SetClock, user: User, settings: LazySettings
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    text(1, clock(0), user)
    action = planned(2, clock(4))
    contact_planned(as_of=action.as_of)
    assert Attempt.objects.filter(action=action).count() == 1
    at = clock(20)
    later = planned(3, at)
    contact_planned(as_of=later.as_of)
    later.refresh_from_db()
    assert (later.state, Attempt.objects.filter(action=later).count()) == ("planned", 0)

    with running_smsc() as smsc:
        settings.SMS_URL = smsc.url()
        run(stop=NoPause(), drain=True)
        contact_planned(as_of=later.as_of)
        run(stop=NoPause(), drain=True)
        assert given(smsc) == 3
    assert set(PlannedAction.objects.values_list("state", flat=True)) == {"sent"}
    assert Case.objects.count() == 3


def test_what_nobody_asks_for_any_more_does_not_leave(
    clock: SetClock, settings: LazySettings
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    action = planned(1, clock(0))
    contact_planned(as_of=action.as_of)
    PlannedAction.objects.update(state="cancelled", reason="overtaken")
    clock(30)
    assert renew([Delivery.objects.get()]) == 0
    assert states() == [("failed", "left")]
    assert Attempt.objects.count() == 1


def test_a_text_waits_on_while_a_reply_on_its_case_is_unread(
    clock: SetClock, settings: LazySettings
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    action = planned(1, clock(0))
    contact_planned(as_of=action.as_of)
    note_reply(
        action.case, "车主已经去世了", digest="d", meanings=("death",), at=clock(5), channel="sms"
    )
    at = clock(30)
    with running_smsc() as smsc:
        settings.SMS_URL = smsc.url()
        run(stop=NoPause(), drain=True)
        assert given(smsc) == 0
        assert states() == [("waiting", "")]
        assert Delivery.objects.get().due_at > at  # not read again and again
        action.refresh_from_db()
        assert (action.state, Attempt.objects.count()) == ("planned", 1)

        tell(action.case, "outcome", at=at, by=None, data={}, key="outcome:1")
        clock(40)
        run(stop=NoPause(), drain=True)
        assert given(smsc) == 1
    action.refresh_from_db()
    assert (action.state, states()[0]) == ("sent", ("failed", "again"))


def test_so_does_that_of_another_loan_of_his_that_is_only_watched(
    clock: SetClock, user: User, settings: LazySettings
) -> None:
    settings.SMS_URL = "smpp://carrears:secret@127.0.0.1:1"
    at = clock(0)
    first = text(1, at, user).case
    assert first.party is not None
    LoanParty.objects.create(party=first.party, loan_no="W-2", role="obligor")
    file = make_case(loan_no="W-2", name="", party=first.party, as_of=local_day(at, ZONE))
    Case.objects.filter(pk=file.pk).update(state="watch", dpd=0, bucket=0)
    reminder = contact(file, party=first.party, template="sms_reminder", by=user, key="k")
    assert reminder.state == "booked", reminder.verdict.findings
    note_reply(first, "车主已经去世了", digest="d", meanings=("death",), at=at, channel="sms")
    clock(30)
    assert renew(list(Delivery.objects.all())) == 0
    assert states() == [("waiting", "")] * 2
