"""How long a mail that came back for a reason that passes is tried again by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from carrears.casework.models import CaseState
from carrears.outreach.delivery_models import Delivery, DeliveryState
from carrears.outreach.mail_in.rules import rules_on

# The job that tries again looks every five minutes, and may have something else in its hands.
_TURNS: Final = timedelta(minutes=15)


def tried_until(delivery: Delivery, *, at: datetime) -> datetime | None:
    """Until when a mail that came back ``at`` is tried again by itself; None where it is not.

    That is the last pause of all: each try that the gate stops uses one up. What leaves takes its
    place, and is told of on its own. An address that is out of use is not written to again.
    """
    attempt, rules = delivery.attempt, rules_on(at.date())
    is_tried = (
        delivery.state == DeliveryState.UNDELIVERED
        and attempt.channel == "email"
        and attempt.contact_point is not None
        and attempt.contact_point.valid
        and attempt.case.state == CaseState.OPEN
        and rules.is_passing(delivery.error.partition(" ")[0])
    )
    waits = rules.soft_waits_minutes
    left = waits[sent_before(delivery, most=len(waits)) :] if is_tried else ()
    return at + timedelta(minutes=sum(left)) + _TURNS if left else None


def sent_before(delivery: Delivery, *, most: int) -> int:
    """How many messages this one took the place of, one after another."""
    number, attempt = 0, delivery.attempt_id
    while number < most:
        before = Delivery.objects.filter(replaced_by=attempt).first()
        if before is None:
            break
        number, attempt = number + 1, before.attempt_id
    return number
