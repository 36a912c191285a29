"""Mails that came back for a reason that passes are sent again by themselves, in bounds.

A mailbox that is full, a server that is away: the message is judged anew and booked as another
contact after a pause, as a person would on *Not delivered*; not while a reply on its case waits to
be read. After the last pause it stays there for a person; several such bounces take the address out
of use (``taking``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from carrears.casework.models import CaseState
from carrears.clock import local_day
from carrears.evidence.services import sequence
from carrears.outreach.dead_letters import send_dead_again
from carrears.outreach.delivery_models import Delivery, DeliveryState
from carrears.outreach.mail_in.passing import sent_before
from carrears.outreach.mail_in.rules import rules_on
from carrears.outreach.mail_models import MailKind, ReceivedMail
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.reply_pauses import paused_cases
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment

_AT_ONCE = 200


def retry_soft_bounces(*, at: datetime) -> int:
    """Send again what is due; how many were sent. Bears a second start."""
    waits = rules_on(at.date()).soft_waits_minutes
    found = (
        Delivery.objects.filter(
            state=DeliveryState.UNDELIVERED,
            closing="",
            mails__kind=MailKind.SOFT,
            attempt__channel="email",
            attempt__contact_point__valid=True,
        )
        .exclude(attempt__case__state=CaseState.CLOSED)
        .exclude(attempt__case__in=paused_cases(at.date()))
        .select_related("attempt__case")
        .distinct()
        .order_by("pk")
    )
    sent = 0
    for delivery in found[:_AT_ONCE]:
        due = _due_at(delivery, waits, at=at)
        if due is not None and due <= at and _is_still_asked(delivery, at=at):
            sent += _send(delivery)
    if sent:
        sequence()
    return sent


def _is_still_asked(delivery: Delivery, *, at: datetime) -> bool:
    """Whether the message of a loan that is only watched may ask for the same still.

    An open case closes with its payment. A reminder before the due date is of its day, and of what
    the loan was asked for then: after that day, or what was told of the loan since, nobody sends it
    again by himself.
    """
    attempt = delivery.attempt
    if attempt.case.state != CaseState.WATCH:
        return True
    zone, since = settings.TIME_ZONE, attempt.booked_at
    if local_day(since, zone) != local_day(at, zone):
        return False
    loan = {"loan_no": attempt.case.loan_no, "entered_at__gte": since}
    return not (
        ReceivedPayment.objects.filter(**loan).exists()
        or ReceivedEvent.objects.filter(**loan).exists()
    )


def _due_at(delivery: Delivery, waits: tuple[int, ...], *, at: datetime) -> datetime | None:
    """When it is tried again; None where it is not: another reason, or as often as may be."""
    if not rules_on(at.date()).is_passing(delivery.error.partition(" ")[0]):
        return None
    blocked = Attempt.objects.filter(
        key__startswith=f"again:{delivery.pk}:", state=AttemptState.BLOCKED
    ).order_by("-booked_at")
    tries = sent_before(delivery, most=len(waits)) + blocked.count()
    if tries >= len(waits):
        return None
    mails = ReceivedMail.objects.filter(delivery=delivery, kind=MailKind.SOFT)
    last = mails.order_by("-received_at").values_list("received_at", flat=True).first()
    asked = blocked.values_list("booked_at", flat=True).first()
    since = max(one for one in (last, asked) if one is not None)
    return since + timedelta(minutes=waits[tries])


def _send(delivery: Delivery) -> bool:
    try:
        again = send_dead_again(delivery, by=None)
    except OutreachError:
        return False  # a person was first, or its template is gone: it stays for a person
    return again.state != AttemptState.BLOCKED
