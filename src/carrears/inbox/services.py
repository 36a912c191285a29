"""Bring events in, and take them in at once where somebody waits for the effect."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from carrears.clock import now
from carrears.dayrun.standing import current_base, find_loans, newest_snapshot, read_loans
from carrears.evidence.services import sequence
from carrears.inbox.kinds import Happening, read_happening
from carrears.inbox.models import CHANNEL, Event, EventState
from carrears.inbox.queue import put_off
from carrears.inbox.working import take_events, whole_payload
from carrears.parties.services import seal_for_house
from carrears.portfolio.services import BookError


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An event that somebody wants to bring in."""

    key: str
    kind: str
    loan_no: str
    source: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The event under an offer's key. ``conflict``: it is another event than was offered."""

    event: Event
    repeated: bool
    conflict: bool


@transaction.atomic
def accept_events(offers: Sequence[Offer]) -> list[Accepted]:
    """Put events into the inbox, in this order; the answers are in the order of the offers.

    A key that is known changes nothing.

    Raises:
        MalformedEventError: an offer says nonsense; none is put in.
    """
    rows = {offer.key: _row(offer) for offer in offers}
    known = set(Event.objects.filter(key__in=rows).values_list("key", flat=True))
    fresh = [row for key, row in rows.items() if key not in known]
    Event.objects.bulk_create(fresh, ignore_conflicts=True)
    kept = Event.objects.in_bulk(list(rows), field_name="key")
    new = {row.key for row in fresh if kept[row.key].received_at == row.received_at}
    return [
        Accepted(kept[offer.key], offer.key not in new, not _is_same(kept[offer.key], offer))
        for offer in offers
    ]


def _row(offer: Offer) -> Event:
    said = read_happening(offer.kind, dict(offer.payload))
    payload = _plain(said)
    personal = {name: payload.pop(name) for name in said.personal if name in payload}
    moment = now()
    return Event(
        key=offer.key,
        kind=offer.kind,
        loan_no=offer.loan_no,
        happened_at=offer.happened_at or moment,
        payload=payload,
        sealed=seal_for_house(Event.SEALED_AS, json.dumps(personal)) if personal else None,
        source=offer.source,
        received_at=moment,
        due_at=moment,
        state=EventState.WAITING,
        attempts=0,
        error="",
    )


def _plain(said: Happening) -> dict[str, Any]:
    whole: dict[str, Any] = said.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    return whole


def _is_same(event: Event, offer: Offer) -> bool:
    """Whether the event says what was offered, as far as it still knows."""
    if (event.kind, event.loan_no) != (offer.kind, offer.loan_no):
        return False
    offered = _plain(said := read_happening(offer.kind, dict(offer.payload)))
    kept = whole_payload(event)
    forgotten = set(said.personal) if event.state == EventState.DONE else set()
    return all(
        kept.get(name) == offered.get(name) for name in (kept.keys() | offered.keys()) - forgotten
    )


@transaction.atomic
def try_again(event: Event) -> None:
    """Let an event that was set aside wait again, from the first attempt."""
    Event.objects.filter(pk=event.pk, state=EventState.ASIDE).update(
        state=EventState.WAITING, attempts=0, due_at=now(), done_at=None, error=""
    )
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])


def take_now(event: Event) -> Event:
    """Take in this event and what waits before it for the same loan; returns it as it is then.

    It still waits where an earlier event of the loan is being tried again later.
    """
    taken = _take_head(event)
    while taken not in {None, event.pk}:
        taken = _take_head(event)
    sequence()
    event.refresh_from_db()
    return event


def _take_head(event: Event) -> int | None:
    """Take in the oldest event that waits up to this one for its loan, if it may be taken now."""
    head = None
    try:
        with transaction.atomic():
            waiting = Event.objects.filter(
                loan_no=event.loan_no, state=EventState.WAITING, pk__lte=event.pk
            )
            head = waiting.select_for_update().order_by("pk").first()
            if head is None or (head.pk != event.pk and head.due_at > now()):
                return None
            take_events([head])
            return head.pk
    except Exception as error:
        if head is not None:
            head.attempts += 1
            put_off(head, error)
        raise


@dataclass(frozen=True, slots=True)
class Effect:
    """What a payment did. Without a day run yet everything but the loan number is empty."""

    loan_no: str
    repeated: bool
    as_of: date | None = None
    dpd: int | None = None
    bucket: int | None = None
    arrears: int | None = None
    case_id: int | None = None
    case_state: str | None = None
    actions_cancelled: int = 0
    waiting: bool = False


def take_payment(
    loan_no: str, *, amount: int, currency: str, paid_on: date, key: str, source: str
) -> Effect:
    """Keep one payment and re-decide the loan's case; the same ``key`` again changes nothing.

    ``amount`` is in minor units of ``currency``; below zero it takes an earlier payment back.

    Raises:
        BookError: no such loan, another currency than the loan's, the key of another payment,
            or a day that is still to come.
        MalformedEventError: an amount of zero.
    """
    known = currency_of(loan_no)
    if known != currency:
        raise BookError(f"loan {loan_no} is in {known}, not {currency}")
    is_back = amount < 0
    day = "reversed_on" if is_back else "paid_on"
    offer = Offer(
        key=key,
        kind="payment_reversed" if is_back else "payment",
        loan_no=loan_no,
        payload={"amount": abs(amount), "currency": currency, day: paid_on.isoformat()},
        source=source,
    )
    [accepted] = accept_events([offer])
    if accepted.conflict:
        raise BookError(f"the idempotency key {key!r} was used for another payment")
    event = take_now(accepted.event)
    if event.state == EventState.ASIDE:
        raise BookError(event.error)
    told = {name: event.result[name] for name in Effect.__slots__ if name in event.result}
    if "as_of" in told:
        told["as_of"] = date.fromisoformat(told["as_of"])
    return Effect(loan_no, accepted.repeated, waiting=event.state == EventState.WAITING, **told)


def currency_of(loan_no: str) -> str:
    """The currency of a loan of the book.

    Raises:
        BookError: there is no such loan, or no book.
    """
    found = find_loans([loan_no])
    for base in dict.fromkeys((current_base(), None)):
        rows = read_loans(base.snapshot if base else newest_snapshot(), found)
        if rows["loans"].num_rows:
            return str(rows["loans"].column("currency")[0].as_py())
    raise BookError(f"no loan {loan_no!r} in the book")
