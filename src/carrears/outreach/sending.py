"""Give booked messages to their gateways, whatever the channel, and keep what came of it.

To a gateway to which the same parcel may be given twice (``Gateway.repeatable``) a crash does no
harm: what was not told of is given again. They are locked while they are given away, so that two
processes never give the same one. To any other, parcels are marked ``handed`` in a
transaction of their own before they are given away, at most ``Gateway.window`` at a time: so many
can a crash or a lost line leave uncertain, and no more. Those are never given again by themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q

from carrears.clock import now
from carrears.database.bulk import insert_unknown_rows, update_rows
from carrears.evidence.services import record_many
from carrears.outreach.aging import is_stale, may_wait, too_old
from carrears.outreach.channels import Gateway, Handed, Line, LineError
from carrears.outreach.delivery_fields import GIVEN, KEPT, TOLD_FIELDS, UNREAD
from carrears.outreach.delivery_models import Closing
from carrears.outreach.ended import delivery_record, keep_attempts
from carrears.outreach.gateways import AT_ONCE, gateway_name, running_gateway
from carrears.outreach.http_sms.codes import NO_CODE, OTHER_WORDS
from carrears.outreach.models import Attempt, AttemptState, Delivery, DeliveryState
from carrears.outreach.packing import pack
from carrears.outreach.retries import retrying_on
from carrears.outreach.since import ALL_STOPS, stopped_since
from carrears.outreach.unsent import note_ended
from carrears.starred import without_personal_data

TOO_OLD = "not sent in time; to be judged anew"
UNREAD_REPLY = "a reply waits to be read"  # of what waits meanwhile
BATCH = 500
_JUST_JUDGED = timedelta(seconds=30)  # so long what is booked needs no second look
_IS_ERASED = Q(attempt__party__wrapped_key=None) | Q(attempt__body_sealed=None)
_ERASED = "the address or the message was erased"
_ENDED = "the sender ended"
# What is said of a message here; anything else a gateway answered.
SAID_BY_HAND = "somebody said what became of it"  # of one that was uncertain
OWN_ERRORS = frozenset({TOO_OLD, SAID_BY_HAND, _ERASED, _ENDED, NO_CODE, OTHER_WORDS, *ALL_STOPS})


def begin_deliveries(attempts: Sequence[Attempt]) -> None:
    """Put booked messages on their way. Part of the transaction that books them."""
    at = now()
    insert_unknown_rows(  # what was booked before is on its way already
        [
            Delivery(attempt_id=one.pk, gateway=gateway_name(one), due_at=at)
            for one in attempts
            if one.state == AttemptState.BOOKED
        ]
    )


Renew = Callable[[Sequence[Delivery]], int]  # judges anew what waited for its line for too long


def send_again(renew: Renew | None = None) -> None:
    """Send what waits, is due and is taken at once; what waited too long is not sent any more.

    What is older than its verdict may be is judged anew by ``renew`` once the line is there.
    """
    at = now()
    _fail_late(at)
    due = (
        Delivery.objects.filter(state=DeliveryState.WAITING, gateway__in=AT_ONCE, due_at__lte=at)
        .select_related(*GIVEN)
        .defer(*UNREAD)
    )
    after = 0
    while found := list(due.filter(pk__gt=after).order_by("pk")[:BATCH]):
        send_booked([one.attempt for one in found], renew=renew)
        after = found[-1].pk


def _fail_late(at: datetime) -> None:
    """Of what waits, that whose verdict is too old fails; not what somebody has in his hands."""
    waiting = Delivery.objects.filter(too_old(at), state=DeliveryState.WAITING)
    late = waiting.select_related(*GIVEN).only(*TOLD_FIELDS).order_by("pk")
    after = 0
    while True:
        with transaction.atomic():
            mine = late.select_for_update(skip_locked=True, of=("self",))
            found = list(mine.filter(pk__gt=after)[:BATCH])
            for delivery in found:
                fail(delivery, TOO_OLD, at)
            keep(found)
        if not found:
            return
        after = found[-1].pk


def send_booked(attempts: Sequence[Attempt], *, renew: Renew | None = None) -> None:
    """Hand booked messages over where that is done at once. What cannot go now stays booked."""
    waiting = Delivery.objects.filter(
        attempt__in=[one.pk for one in attempts], state=DeliveryState.WAITING
    )
    known = {one.pk: one for one in attempts}
    groups: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in waiting.order_by("pk"):
        delivery.attempt = known[delivery.attempt_id]
        # By the settings of now: the server may be another than when it was booked.
        delivery.gateway = gateway_name(delivery.attempt)
        groups[delivery.gateway].append(delivery)
    for name, deliveries in groups.items():
        if name in AT_ONCE:
            with running_gateway(name) as gateway:
                send_by(gateway, deliveries, renew=renew)


def send_by(
    gateway: Gateway, deliveries: Sequence[Delivery], *, renew: Renew | None = None
) -> None:
    """Open a line, give these away, window by window; a line that breaks leaves the rest."""
    try:
        with gateway.open() as line:
            if renew is not None and (aged := [one for one in deliveries if _is_aged(one, now())]):
                renew(aged)
            for start in range(0, len(deliveries), gateway.window):
                send_window(line, gateway, deliveries[start : start + gateway.window])
    except LineError as error:
        left = [one.pk for one in deliveries if one.state == DeliveryState.WAITING]
        postpone(left, str(error))


def postpone(numbers: Sequence[int], error: str) -> None:
    """Note why these wait, since nobody took them; not of what somebody else has in his hands."""
    error = without_personal_data(error)[:500]
    with transaction.atomic():
        waiting = Delivery.objects.select_for_update(skip_locked=True).filter(
            pk__in=numbers, state=DeliveryState.WAITING
        )
        left = list(waiting.order_by("pk").values_list("pk", flat=True))
        Delivery.objects.filter(pk__in=left).update(error=error)
        Attempt.objects.filter(delivery__in=left, state=AttemptState.BOOKED).update(error=error)


def send_window(line: Line, gateway: Gateway, deliveries: Sequence[Delivery]) -> None:
    """Give one window away and keep what came of each.

    Raises:
        LineError: the line broke; what was given away without an answer is kept as uncertain.
    """
    if gateway.repeatable:
        _mark(deliveries)
    with _in_hands(gateway, deliveries) as mine:
        parcels, lost = pack(mine)
        lose(lost)
        pending = {parcel.key: delivery for delivery, parcel in parcels}
        told = list(lost)
        try:
            for handed in line.hand_over([parcel for _, parcel in parcels]):
                delivery = pending.pop(handed.key)
                apply(delivery, handed)
                told.append(delivery)
        except LineError:
            give_back(gateway, list(pending.values()))
            raise
        finally:
            keep(told)
        give_back(gateway, list(pending.values()))


@transaction.atomic
def _mark(deliveries: Sequence[Delivery]) -> None:
    """Note, committed, that from now on these may be there, should nobody live to tell."""
    at = now()
    fresh = [one.pk for one in deliveries if not is_stale(one.attempt, at)]
    free = Delivery.objects.select_for_update(skip_locked=True).filter(
        pk__in=fresh, state=DeliveryState.WAITING
    )
    Delivery.objects.filter(pk__in=list(free.values_list("pk", flat=True))).update(handed_at=at)


@contextmanager
def _in_hands(gateway: Gateway, deliveries: Sequence[Delivery]) -> Iterator[Sequence[Delivery]]:
    """Those that nobody else gives away, until what came of them is kept.

    What may be given twice is locked so long, and after a crash waits again. Whatever else breaks,
    what came of the others is kept.
    """
    if not gateway.repeatable:
        yield claim(deliveries)
        return
    broken: Exception | None = None
    with transaction.atomic():
        try:
            yield _lock(deliveries)
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001  raised below, once what was told is kept
            broken = error
    if broken is not None:
        raise broken


def _lock(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Those that wait still, as they were read, and that nobody has in his hands.

    What waited since it was judged may have been stopped, and is settled then.
    """
    at, known = now(), {one.pk: one for one in deliveries}
    rows = Delivery.objects.select_for_update(skip_locked=True).filter(
        pk__in=list(known), state=DeliveryState.WAITING
    )
    tries = rows.order_by("pk").values_list("pk", "tries")
    mine = [known[pk] for pk, number in tries if known[pk].tries == number]
    waited = [one.attempt for one in mine if one.attempt.booked_at < at - _JUST_JUDGED]
    stops = stopped_since(waited, at=at)
    _let_be([one for one in mine if one.attempt_id in stops], stops, at)
    mine = [one for one in mine if one.attempt_id not in stops]
    there = [one for one in mine if one.handed_at is not None and is_stale(one.attempt, at)]
    for one in there:
        fail(one, TOO_OLD, at)
    keep(there)
    return [one for one in mine if not is_stale(one.attempt, at)]


def _is_aged(delivery: Delivery, at: datetime) -> bool:
    """Whether it has to be judged anew; what may be there already must not go in other words."""
    return delivery.handed_at is None and is_stale(delivery.attempt, at)


def claim(deliveries: Sequence[Delivery], *, aged: list[Delivery] | None = None) -> list[Delivery]:
    """Mark these as handed, committed, before anything is given away; others may have been first.

    Whose verdict is too old to lean on is not claimed, and fails; so does who was erased, and what
    was stopped since (``since``), which is settled with it. With ``aged`` the first are put there
    instead, and wait, where they may be judged anew (``renewing``).
    """
    at = now()
    known = {one.pk: one for one in deliveries}
    with transaction.atomic():
        free = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=list(known), state=DeliveryState.WAITING)
            .order_by("pk")
            .values_list("pk", ExpressionWrapper(_IS_ERASED, BooleanField()))
        )
        gone = [known[pk] for pk, is_erased in free if is_erased]
        there = [known[pk] for pk, is_erased in free if not is_erased]
        stops = stopped_since([one.attempt for one in there], at=at)
        stopped = [one for one in there if one.attempt_id in stops]
        wanted = [one for one in there if one.attempt_id not in stops]
        mine = [one for one in wanted if not is_stale(one.attempt, at)]
        late = [one for one in wanted if is_stale(one.attempt, at)]
        if aged is not None:
            aged += [one for one in late if may_wait(one.attempt, at)]
            late = [one for one in late if not may_wait(one.attempt, at)]
        for delivery in mine:
            delivery.state, delivery.handed_at = DeliveryState.HANDED, at
            delivery.tries += 1
        update_rows(mine, ["state", "handed_at", "tries"])
        for delivery in late:
            fail(delivery, TOO_OLD, at)
        lose(gone)
        keep([*late, *gone])
        _let_be(stopped, stops, at)
    return mine


def _let_be(deliveries: Sequence[Delivery], why: Mapping[int, str], at: datetime) -> None:
    """These do not leave, and nobody has to look at them."""
    for delivery in deliveries:
        fail(delivery, why[delivery.attempt_id], at)
        delivery.closing, delivery.closed_at = Closing.LEFT, at
    keep(deliveries)
    update_rows(deliveries, ["closing", "closed_at"])


@transaction.atomic
def recover(gateway: str, *, refer: Callable[[str], str] | None = None) -> int:
    """What a process that is gone had given to ``gateway`` is uncertain; returns how many.

    To be called by the only process that speaks to it, before it gives anything away. ``refer``
    gives the name by which the gateway was told of an attempt, where it was.
    """
    left = list(
        Delivery.objects.select_for_update(of=("self",))
        .filter(gateway=gateway, state=DeliveryState.HANDED)
        .select_related("attempt__case", "attempt__verdict", "attempt__made_by")
        .defer(*UNREAD)
    )
    for delivery in left:
        key = delivery.attempt.key
        named = (refer(key),) if refer else ()
        apply(delivery, Handed(key, "uncertain", _ENDED, named))
    keep(left)
    return len(left)


def apply(delivery: Delivery, handed: Handed) -> None:
    """Take an answer for what it says; nothing is written yet."""
    attempt, at = delivery.attempt, now()
    said = without_personal_data(handed.answer)
    delivery.error = attempt.error = said
    attempt.result = handed.result
    if handed.references:
        delivery.references = list(handed.references)
    delivery.parts = handed.parts
    match handed.result:
        case "accepted":
            delivery.state, delivery.settled_at = DeliveryState.ACCEPTED, at
            if handed.arrived:
                delivery.state, delivery.done_at = DeliveryState.DELIVERED, at
            attempt.state, attempt.sent_at = AttemptState.SENT, at
        case "refused":
            fail(delivery, said, at)
        case "uncertain":
            delivery.state = DeliveryState.UNCERTAIN
        case "deferred":
            if delivery.state != DeliveryState.HANDED:
                delivery.tries += 1
            delivery.state = DeliveryState.WAITING
            delivery.handed_at = at if handed.may_be_there else delivery.handed_at
            retrying = retrying_on(attempt.channel, at.date())
            wait = retrying.wait_after(delivery.tries)
            if wait is None and handed.is_full and retrying.line_hours:
                wait = retrying.longest
            if wait is None:
                fail(delivery, said, at)
            else:
                delivery.due_at = at + wait


@transaction.atomic
def keep(
    deliveries: Sequence[Delivery],
    *,
    ended: Sequence[Attempt] | None = None,
    takes_place: bool = False,
) -> None:
    """Keep deliveries as they are now, with the attempts that ended by it (those that have).

    Where others are to take their place at once (``takes_place``) the caller tells those who wrote
    them (``note_ended``).
    """
    if not deliveries:
        return
    update_rows(deliveries, KEPT)
    booked = [one.attempt for one in deliveries if one.attempt.state == AttemptState.BOOKED]
    update_rows(booked, ["result", "error"])
    keep_attempts(ended if ended is not None else [one.attempt for one in deliveries])
    told = {DeliveryState.UNCERTAIN, DeliveryState.DELIVERED, DeliveryState.UNDELIVERED}
    record_many(delivery_record(one) for one in deliveries if one.state in told)
    if not takes_place:
        note_ended(deliveries)


def lose(deliveries: Sequence[Delivery]) -> None:
    """These fail, since the person or the message was erased; nothing is written yet."""
    at = now()
    for delivery in deliveries:
        fail(delivery, _ERASED, at)


def give_back(gateway: Gateway, deliveries: Sequence[Delivery]) -> None:
    """These were marked, and the line says of none that it went: they were not given away.

    After any other failure nobody knows, so they stay marked until ``recover``.
    """
    if gateway.repeatable:
        update_rows(deliveries, ["handed_at"])  # as it was before
        return
    for delivery in deliveries:
        delivery.state, delivery.tries = DeliveryState.WAITING, max(delivery.tries - 1, 0)
    update_rows(deliveries, ["state", "tries"])


def fail(delivery: Delivery, error: str, at: datetime) -> None:
    """A delivery that failed, and its attempt; nothing is written yet."""
    delivery.state, delivery.error, delivery.settled_at = DeliveryState.FAILED, error, at
    delivery.attempt.state, delivery.attempt.error = AttemptState.FAILED, error
