"""Receipts: kept as they come, threaded to their messages, and what follows from them.

A receipt may come before the answer to the message that it is about; it is kept at once, and
finds its message once that has its reference. Of a message that nobody answered to (uncertain)
the reference is not known: a receipt for the same number settles it where it can mean no other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from carrears.clock import now
from carrears.database.bulk import insert_unknown_rows, update_rows
from carrears.evidence.services import gathering
from carrears.outreach.delivery_models import Receipt
from carrears.outreach.models import Attempt, AttemptState, Delivery, DeliveryState
from carrears.outreach.retries import retrying_on
from carrears.outreach.sending import keep
from carrears.starred import without_personal_data

_UNSETTLED = (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)
# What of an attempt says that its message arrived. The rest is asked for singly where one ends by
# its receipt, which is rare: it was uncertain.
_TOLD_OF = ("key", "state", "at", "channel", "action", "case__loan_no")
_DELIVERIES = tuple(each.name for each in Delivery._meta.concrete_fields)  # noqa: SLF001  documented
_ASKED = (*_DELIVERIES, *(f"attempt__{each}" for each in _TOLD_OF))
# One by one: of an overlap with a hundred, PostgreSQL thinks that it holds for four rows in ten,
# and reads the whole table. And each by the index (``offset 0`` keeps the look-up whole): while the
# statistics are those of an empty table, it would hold every row against every reference.
_HAVING = """
select distinct had.id
from unnest(%s::varchar[]) as told (reference)
cross join lateral (
    select id, gateway from outreach_delivery where "references" @> array[told.reference] offset 0
) as had
where had.gateway = %s
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What one receipt says. ``number_indexes`` are those of the number it is about, if it says."""

    reference: str
    fate: str
    words: str
    number_indexes: tuple[bytes, ...] = ()


@transaction.atomic
def take_receipts(
    gateway: str, receipts: Sequence[Told], *, answered: Sequence[Delivery] = ()
) -> None:
    """Keep receipts and what they settle, before the gateway hears that we have them.

    The same receipt twice is one. ``answered`` are messages of which it told just before, to be
    kept with them: of what was accepted and arrived at once, all is written once.
    """
    with gathering():
        at = now()
        ours = {reference: one for one in answered for reference in one.references}
        others = _locked_having(gateway, {_cut(one) for one in receipts} - ours.keys())
        owners = {reference: one for one in others for reference in one.references} | ours
        is_new = _insert(gateway, receipts, owners, at)
        told = {owners[_cut(one)].pk: owners[_cut(one)] for one in receipts if _cut(one) in owners}
        _conclude([*told.values()], kept_too=answered)
        # What came before the answer that it is about, and what was told twice.
        late = [*ours] if is_new else [*ours, *(_cut(one) for one in receipts)]
        if late:
            thread_receipts(gateway, late)
        unknown = [one for one in receipts if _cut(one) not in owners]
        _settle_by_number(gateway, unknown, at)


def _cut(told: Told) -> str:
    """The reference, as long as it is kept."""
    return told.reference[:80]


def _insert(
    gateway: str, receipts: Sequence[Told], owners: Mapping[str, Delivery], at: datetime
) -> bool:
    """Whether none of them had come before."""
    added = insert_unknown_rows(
        [
            Receipt(
                gateway=gateway,
                reference=_cut(one),
                fate=one.fate,
                words=without_personal_data(one.words)[:80],
                received_at=at,
                delivery=owners.get(_cut(one)),
            )
            for one in receipts
        ]
    )
    return added == len(receipts)


@transaction.atomic(savepoint=False)
def thread_receipts(gateway: str, references: Sequence[str]) -> None:
    """Give the receipts of these references to the messages that have them, if they came."""
    waiting = Receipt.objects.select_for_update().filter(
        gateway=gateway, reference__in=list(references), delivery=None
    )
    receipts = list(waiting.order_by("pk"))
    if not receipts:
        return
    deliveries = _locked_having(gateway, {one.reference for one in receipts})
    owner = {reference: one for one in deliveries for reference in one.references}
    found = [one for one in receipts if one.reference in owner]
    for receipt in found:
        receipt.delivery = owner[receipt.reference]
    update_rows(found, ["delivery"])
    told_of = {owner[receipt.reference].pk for receipt in found}
    _conclude([one for one in deliveries if one.pk in told_of])


def _locked_having(gateway: str, references: Collection[str]) -> list[Delivery]:
    """The deliveries that have one of these references."""
    numbers = _having(gateway, sorted(references)) if references else []
    if not numbers:
        return []
    return list(
        Delivery.objects.select_for_update(of=("self",))
        .filter(pk__in=numbers)
        .select_related("attempt__case")
        .only(*_ASKED)
        .order_by("pk")
    )


def _having(gateway: str, references: Sequence[str]) -> list[int]:
    """The numbers of the deliveries that have one of these references."""
    with connection.cursor() as cursor:
        cursor.execute(_HAVING, [list(references), gateway])
        return [number for (number,) in cursor.fetchall()]


def _conclude(deliveries: Sequence[Delivery], *, kept_too: Sequence[Delivery] = ()) -> None:
    """Draw conclusions from the receipts of these, and keep them; others are kept as they are."""
    changed, ended = _draw_conclusions(deliveries) if deliveries else ([], [])
    attempts = {one.pk: one for one in (*ended, *(each.attempt for each in kept_too))}
    kept = {one.pk: one for one in (*kept_too, *changed)}
    keep([*kept.values()], ended=[*attempts.values()])


def _draw_conclusions(
    deliveries: Sequence[Delivery],
) -> tuple[list[Delivery], list[Attempt]]:
    """Delivered is what arrived in all its parts; not delivered, what lacks one for good.

    Returns what is another now, and the attempts that ended by it; nothing is written yet.
    """
    fates: dict[int, dict[str, set[str]]] = {one.pk: {} for one in deliveries}
    rows = Receipt.objects.filter(delivery__in=deliveries)
    for pk, reference, fate in rows.values_list("delivery_id", "reference", "fate"):
        assert pk is not None  # noqa: S101  asked for by delivery
        fates[pk].setdefault(reference, set()).add(fate)
    changed, ended, at = [], [], now()
    for delivery in deliveries:
        if delivery.state not in _UNSETTLED:
            continue
        told = fates[delivery.pk]
        if any("undelivered" in each for each in told.values()):
            state = DeliveryState.UNDELIVERED
        elif len([each for each in told.values() if "delivered" in each]) >= delivery.parts:
            state = DeliveryState.DELIVERED
        elif delivery.state == DeliveryState.UNCERTAIN:
            state = DeliveryState.ACCEPTED  # a part of it is known to have left
        else:
            continue
        if delivery.attempt.state == AttemptState.BOOKED:
            ended.append(delivery.attempt)
        _settle(delivery, state, at)
        changed.append(delivery)
    return changed, ended


def _settle(delivery: Delivery, state: DeliveryState, at: datetime) -> None:
    attempt = delivery.attempt
    if attempt.state == AttemptState.BOOKED:
        attempt.state, attempt.sent_at = AttemptState.SENT, delivery.handed_at or at
        delivery.settled_at = at
    delivery.state = state
    if state == DeliveryState.UNDELIVERED:
        last = delivery.receipts.filter(fate="undelivered").order_by("pk").last()
        delivery.error = last.words if last else delivery.error
    delivery.done_at = at if state != DeliveryState.ACCEPTED else None


def _settle_by_number(gateway: str, receipts: Sequence[Told], at: datetime) -> None:
    """Where just one uncertain message went to the number, and none besides waits for a receipt."""
    indexes = [index for one in receipts for index in one.number_indexes]
    if not indexes:
        return
    # Nearly always none: most receipts were merely quicker than the answer to their message.
    found = _open_to(gateway, indexes, at).filter(state=DeliveryState.UNCERTAIN)
    numbers = found.values_list("attempt__contact_point__value_index", flat=True)
    uncertain = {bytes(each) for each in numbers}
    for one in receipts:
        if uncertain.intersection(one.number_indexes):
            _settle_the_only_one(gateway, one, at)


def _open_to(gateway: str, indexes: Sequence[bytes], at: datetime) -> QuerySet[Delivery]:
    """The messages to these numbers of which a receipt may still come."""
    hours = retrying_on("sms", at.date()).receipt_hours
    return Delivery.objects.filter(
        gateway=gateway,
        state__in=_UNSETTLED,
        handed_at__gte=at - timedelta(hours=hours),
        attempt__contact_point__value_index__in=indexes,
        attempt__contact_point__kind="phone",
    )


def _settle_the_only_one(gateway: str, told: Told, at: datetime) -> None:
    open_ones = list(
        _open_to(gateway, told.number_indexes, at)
        .select_for_update(of=("self",))
        .select_related("attempt__case")
        .only(*_ASKED)
    )
    if len(open_ones) != 1 or open_ones[0].state != DeliveryState.UNCERTAIN:
        return
    [delivery] = open_ones
    delivery.references = [*delivery.references, told.reference[:80]]
    delivery.save(update_fields=["references"])
    thread_receipts(gateway, [told.reference[:80]])
