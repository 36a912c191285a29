"""Send many dead letters again: chosen by what they have in common, in the background.

After an outage thousands wait alike. Which of them an order has is fixed when it is given; then
each goes the way of one that a person sends again (``dead_letters``): judged anew, booked as
another contact, or left a dead letter where the gate objects. What was done is noted letter by
letter, so that a run that was killed goes on where it was, and none is sent twice.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, QuerySet

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.clock import at_local, now
from carrears.evidence.services import Record, record_many, sequence
from carrears.outreach.again_models import Fared, LetterAgain, SendingAgain
from carrears.outreach.dead_letters import send_dead_again, settle_dead_notices
from carrears.outreach.delivery_models import DEAD
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import AttemptState, Delivery, DeliveryState
from carrears.parties.words import commit_words, words_of

_log = logging.getLogger(__name__)
# Of an uncertain one a person says first whether it left.
_MAY_GO = (DeliveryState.FAILED, DeliveryState.UNDELIVERED)
MOST = 50_000
_AT_ONCE = 200  # after so many their evidence is sequenced, and notices count down
_ORDERING = 0x6167_6E00  # "agn"
_KINDS = 8  # so many different answers are counted by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which dead letters; empty and None are all. Days are the lender's, on which it was judged."""

    channel: str = ""
    state: str = ""
    error: str = ""
    first: date | None = None
    last: date | None = None

    def to_json(self) -> dict[str, str]:
        """As an order keeps it."""
        told = {
            "channel": self.channel,
            "state": self.state,
            "error": self.error,
            "first": self.first.isoformat() if self.first else "",
            "last": self.last.isoformat() if self.last else "",
        }
        return {name: value for name, value in told.items() if value}

    def among(self, found: QuerySet[Delivery, Any]) -> QuerySet[Delivery, Any]:
        """Those of ``found`` that fit."""
        zone = settings.TIME_ZONE
        if self.channel:
            found = found.filter(attempt__channel=self.channel)
        if self.state:
            found = found.filter(state=self.state)
        if self.error:
            found = found.filter(error__startswith=self.error)
        if self.first:
            found = found.filter(attempt__at__gte=at_local(self.first, time(), zone))
        if self.last:
            after = at_local(self.last + timedelta(days=1), time(), zone)
            found = found.filter(attempt__at__lt=after)
        return found


@dataclass(frozen=True, slots=True)
class Preview:
    """How many fit, by channel and by what was answered; ``uncertain`` are left out."""

    many: int
    uncertain: int
    by_channel: Mapping[str, int]
    by_error: Mapping[str, int]


def preview(user: User, chosen: Chosen) -> Preview:
    """What an order would send again, of the cases that ``user`` may see."""
    found = chosen.among(_open_to(user))
    fit = _free(found)
    channels = fit.order_by().values_list("attempt__channel").annotate(many=Count("pk"))
    errors = fit.order_by().values_list("error").annotate(many=Count("pk")).order_by("-many")
    return Preview(
        many=fit.count(),
        uncertain=found.filter(state=DeliveryState.UNCERTAIN).count(),
        by_channel=dict(channels),
        by_error=dict(errors[:_KINDS]),
    )


def _open_to(user: User) -> QuerySet[Delivery, Any]:
    return of_visible_cases(
        Delivery.objects.filter(state__in=DEAD, closing=""), user, by="attempt__case"
    )


def _free(found: QuerySet[Delivery, Any]) -> QuerySet[Delivery, Any]:
    """Those that may go, and that no order has which is not done."""
    waiting = LetterAgain.objects.filter(fared="").values("delivery")
    return found.filter(state__in=_MAY_GO).exclude(pk__in=waiting)


@transaction.atomic
def order_again(
    chosen: Chosen, *, expected: int, reason: str, key: str, by: User, at: datetime
) -> SendingAgain:
    """Have those that fit sent again in the background; the same ``key`` is one order.

    ``expected`` is how many whoever asks was shown.

    Raises:
        OutreachError: no reason, none fits, more than may go at once, or another number by now.
    """
    from carrears.outreach.jobs import send_many_again  # noqa: PLC0415  the job calls back here

    _order_alone()
    if (known := SendingAgain.objects.filter(key=key).first()) is not None:
        return known
    if not reason.strip():
        raise OutreachError("a reason is needed")
    numbers = list(
        _free(chosen.among(_open_to(by))).order_by("pk").values_list("pk", flat=True)[: MOST + 1]
    )
    if not numbers:
        raise OutreachError("no dead letter fits")
    if len(numbers) > MOST:
        raise OutreachError("these are more than can be sent again at once")
    if len(numbers) != expected:
        raise OutreachError("there are more or fewer by now: look at them once more")
    order = SendingAgain.objects.create(key=key, asked=chosen.to_json(), asked_by=by, asked_at=at)
    LetterAgain.objects.bulk_create(
        (LetterAgain(order=order, delivery_id=number) for number in numbers), batch_size=2_000
    )
    said = commit_words(_key(order, "asked"), {"reason": reason.strip()[:200]}, party=None)
    _tell(order, "asked", by=by, at=at, told={"many": len(numbers)} | said)
    send_many_again.defer(order=order.pk)
    return order


def _order_alone() -> None:
    """Until the transaction ends: a second click finds the order, a second lead what is left."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_ORDERING])


@transaction.atomic
def stop_order(order: SendingAgain, *, by: User, at: datetime) -> None:
    """Send none of it any more that has not had its turn.

    Raises:
        OutreachError: it is done.
    """
    held = SendingAgain.objects.select_for_update().get(pk=order.pk)
    if held.done_at is not None:
        raise OutreachError("this order is done")
    held.letters.filter(fared="").update(fared=Fared.STOPPED)
    held.stopped_by = by
    held.save(update_fields=["stopped_by"])
    _finish(held, at=at)


def work_off(order: SendingAgain) -> int:
    """Send again what has not had its turn; how many had it. Bears being killed anywhere.

    A letter whose new message was booked before a crash is found closed, and is not sent again. One
    that meets an error of ours stops no other.
    """
    done = 0
    while (letter := _next(order)) is not None:
        letter.fared = _send(letter, order.asked_by)
        # An order that was stopped meanwhile says so of it; it was sent all the same.
        LetterAgain.objects.filter(pk=letter.pk).update(fared=letter.fared)
        done += 1
        if done % _AT_ONCE == 0:
            settle_dead_notices(at=now())
            sequence()
    if done:
        settle_dead_notices(at=now())
    with transaction.atomic():
        held = SendingAgain.objects.select_for_update().get(pk=order.pk)
        if held.done_at is None:
            _finish(held, at=now())
    sequence()
    return done


def _next(order: SendingAgain) -> LetterAgain | None:
    waiting = order.letters.filter(fared="").select_related("delivery")
    return waiting.order_by("pk").first()


def _send(letter: LetterAgain, by: User) -> Fared:
    if letter.delivery.replaced_by_id is not None:
        return Fared.SENT  # before a crash
    try:
        again = send_dead_again(letter.delivery, by=by, settles_notices=False)
    except OutreachError:
        return Fared.GONE
    except DatabaseError:
        raise  # of all of them, not of this one
    except Exception as error:  # noqa: BLE001  noted, and the others go on
        _tell_broken(letter, error)
        return Fared.BROKEN
    return Fared.BLOCKED if again.state == AttemptState.BLOCKED else Fared.SENT


def _tell_broken(letter: LetterAgain, error: Exception) -> None:
    """Where it broke and by what; not in its own words, which may be of the person."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error(
        "dead letter %d of order %d was not sent again: %s in %s:%s",
        letter.delivery_id,
        letter.order_id,
        type(error).__name__,
        place.filename,
        place.lineno,
    )


def counts_of(order: SendingAgain) -> Counter[str]:
    """How many fared how; under ``""`` those whose turn has not come."""
    rows = order.letters.order_by().values_list("fared").annotate(many=Count("pk"))
    return Counter(dict(rows))


def _finish(order: SendingAgain, *, at: datetime) -> None:
    order.done_at = at
    order.save(update_fields=["done_at"])
    counts = {name: many for name, many in sorted(counts_of(order).items()) if name}
    _tell(order, "done", by=order.stopped_by, at=at, told=counts)


def reasons_of(orders: Iterable[SendingAgain]) -> dict[int, str]:
    """Why orders were given, by their numbers."""
    found = list(orders)
    said = words_of(_key(one, "asked") for one in found)
    return {one.pk: said.get(_key(one, "asked"), "") for one in found}


def _key(order: SendingAgain, what: str) -> str:
    return f"deadletters:{order.pk}:{what}"


def _tell(
    order: SendingAgain, what: str, *, by: User | None, at: datetime, told: Mapping[str, Any]
) -> None:
    record_many(
        [
            Record(
                kind=f"deadletters.{what}",
                subject=f"deadletters:{order.pk}",
                key=_key(order, what),
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload={"order": order.pk, "chosen": order.asked, **told},
            )
        ]
    )


def unfinished() -> list[SendingAgain]:
    """Orders that are not done, the first first."""
    found = SendingAgain.objects.filter(done_at=None).select_related("asked_by")
    return list(found.order_by("asked_at", "pk"))
