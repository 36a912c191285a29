"""Events and payments over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Header, Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import ValidationError

from carrears.access.models import User
from carrears.database.wall import as_house
from carrears.inbox.kinds import (
    AnyHappening,
    MalformedEventError,
    errors_of,
    read_happening,
)
from carrears.inbox.models import Event, EventState
from carrears.inbox.services import (
    Accepted,
    Effect,
    Offer,
    accept_events,
    take_payment,
    try_again,
)

router = Router(tags=["events"])
payments_router = Router(tags=["payments"])
_MOST = 1000
_PREFIX = "api:"  # keys of the API are a space of their own
_CONFLICT = "the key was used for another event"
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=120)]


class EventIn(Schema):
    """Something that happened to a loan; ``event`` says what, by its ``kind``."""

    loan_no: Annotated[str, Field(min_length=1, max_length=64)]
    happened_at: datetime | None = None
    event: AnyHappening


class BulkItem(Schema):
    """The same with the key that makes it happen once."""

    key: Annotated[str, Field(min_length=8, max_length=120)]
    loan_no: Annotated[str, Field(min_length=1, max_length=64)]
    happened_at: datetime | None = None
    event: dict[str, Any]


class BulkIn(Schema):
    """Up to 1,000 events, in the order in which they happened."""

    events: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=_MOST)]


class EventOut(Schema):
    """An event as it stands; ``result`` is what it did to the loan and its case."""

    id: int
    key: str
    kind: str
    loan_no: str
    state: Literal["waiting", "done", "aside"]
    happened_at: datetime
    received_at: datetime
    done_at: datetime | None
    attempts: int
    error: str
    result: dict[str, Any]


class ItemOut(Schema):
    """What became of one item: 202 new, 200 known, else ``problem`` (RFC 9457)."""

    key: str
    status: int
    id: int | None = None
    state: str | None = None
    problem: dict[str, Any] | None = None


class BulkOut(Schema):
    """The answers, in the order of the items."""

    accepted: int
    repeated: int
    refused: int
    events: list[ItemOut]


class PaymentIn(Schema):
    """Money received on a loan: minor units, below zero takes an earlier payment back."""

    amount: int
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    paid_on: date


class EffectOut(Schema):
    """What the payment did to the loan and its case."""

    loan_no: str
    repeated: bool
    as_of: date | None
    dpd: int | None
    bucket: int | None
    arrears: int | None
    case_id: int | None
    case_state: str | None
    actions_cancelled: int
    waiting: bool


@payments_router.post("/{loan_no}/payments", response={201: EffectOut, 200: EffectOut})
def receive(
    request: HttpRequest, loan_no: str, payment: PaymentIn, idempotency_key: Key
) -> Status[Effect]:
    """Take in one payment and re-decide the loan's case at once.

    The same ``Idempotency-Key`` again changes nothing and answers 200. ``waiting`` is true where
    an earlier event of the loan has to be taken in first and cannot be yet.
    """
    _require(request, "portfolio.add_receivedpayment")
    if payment.amount == 0:
        raise HttpError(422, "amount: a payment of nothing is none")
    with as_house():  # what comes in concerns whichever case it concerns
        effect = take_payment(
            loan_no,
            amount=payment.amount,
            currency=payment.currency,
            paid_on=payment.paid_on,
            key=f"api:{idempotency_key}",
            source="api",
        )
    return Status(200 if effect.repeated else 201, effect)


@router.post("", response={202: EventOut, 200: EventOut})
def accept(request: HttpRequest, given: EventIn, idempotency_key: Key) -> Status[Event]:
    """Put one event into the inbox; it takes effect within a second.

    The same ``Idempotency-Key`` again changes nothing and answers 200.
    """
    _require(request, "inbox.add_event")
    payload = given.event.model_dump(mode="json", exclude={"kind"}, exclude_defaults=True)
    kind: str = given.event.kind
    offer = _offer(idempotency_key, given.loan_no, kind, payload, given.happened_at)
    with as_house():
        [accepted] = accept_events([offer])
    if accepted.conflict:
        raise HttpError(409, _CONFLICT)
    return Status(200 if accepted.repeated else 202, accepted.event)


@router.post("/bulk", response=BulkOut)
def accept_many(request: HttpRequest, given: BulkIn) -> dict[str, Any]:
    """Put up to 1,000 events into the inbox. Each has its own answer; good ones go in."""
    _require(request, "inbox.add_event")
    read = [_read_item(item) for item in given.events]
    offers: dict[str, Offer] = {}
    for one in read:
        if isinstance(one, Offer):
            offers.setdefault(one.key, one)
    with as_house():
        taken = accept_events(list(offers.values()))
    accepted = {one.event.key: one for one in taken}
    answers = [one if isinstance(one, dict) else _answer(one, offers, accepted) for one in read]
    counts = [answer["status"] for answer in answers]
    return {
        "accepted": counts.count(HTTPStatus.ACCEPTED),
        "repeated": counts.count(HTTPStatus.OK),
        "refused": sum(status >= HTTPStatus.BAD_REQUEST for status in counts),
        "events": answers,
    }


def _read_item(item: Mapping[str, Any]) -> Offer | dict[str, Any]:
    """An item as an offer, or the answer that names what is wrong in it."""
    try:
        one = BulkItem.model_validate(item)
        event = dict(one.event)
        kind = str(event.pop("kind", ""))
        read_happening(kind, event)
    except ValidationError as error:
        return _refusal(item, HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors_of(error, skip=0))
    except MalformedEventError as error:
        errors = [fault | {"field": f"event.{fault['field']}"} for fault in error.errors]
        return _refusal(item, HTTPStatus.UNPROCESSABLE_ENTITY, errors=errors)
    return _offer(one.key, one.loan_no, kind, event, one.happened_at)


def _answer(
    offer: Offer, offers: Mapping[str, Offer], accepted: Mapping[str, Accepted]
) -> dict[str, Any]:
    """What became of an offer; a key that stands twice in one request counts by its first."""
    kept, first = accepted[offer.key], offers[offer.key]
    if kept.conflict or (offer.kind, offer.loan_no, offer.payload) != (
        first.kind,
        first.loan_no,
        first.payload,
    ):
        return _refusal({"key": _plain_key(offer)}, HTTPStatus.CONFLICT, detail=_CONFLICT)
    is_new = offer is first and not kept.repeated
    return {
        "key": _plain_key(offer),
        "status": HTTPStatus.ACCEPTED.value if is_new else HTTPStatus.OK.value,
        "id": kept.event.pk,
        "state": kept.event.state,
    }


def _refusal(item: Mapping[str, Any], status: HTTPStatus, **members: Any) -> dict[str, Any]:
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value} | members
    return {"key": str(item.get("key", ""))[:128], "status": status.value, "problem": problem}


def _offer(
    key: str, loan_no: str, kind: str, payload: Mapping[str, Any], happened_at: datetime | None
) -> Offer:
    return Offer(
        key=f"{_PREFIX}{key}",
        kind=kind,
        loan_no=loan_no,
        payload=payload,
        source="api",
        happened_at=happened_at,
    )


def _plain_key(offer: Offer) -> str:
    return offer.key.removeprefix(_PREFIX)


@router.get("", response=list[EventOut])
def list_events(
    request: HttpRequest,
    *,
    state: EventState | None = None,
    loan_no: str | None = None,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Event]:
    """Events, newest first; those set aside are the dead letters."""
    _require(request, "inbox.view_event")
    events = Event.objects.order_by("-pk")
    if state is not None:
        events = events.filter(state=state)
    if loan_no is not None:
        events = events.filter(loan_no=loan_no)
    if before is not None:
        events = events.filter(pk__lt=before)
    with as_house():
        return list(events[:limit])


@router.get("/{event_id}", response=EventOut)
def read_event(request: HttpRequest, event_id: int) -> Event:
    """One event."""
    _require(request, "inbox.view_event")
    with as_house():
        return get_object_or_404(Event, pk=event_id)


@router.post("/{event_id}/again", response={202: EventOut})
def again(request: HttpRequest, event_id: int) -> Status[Event]:
    """Try an event that was set aside once more, from its first attempt."""
    _require(request, "inbox.change_event")
    with as_house():
        event = get_object_or_404(Event, pk=event_id)
        if event.state != EventState.ASIDE:
            raise HttpError(409, f"the event is {event.state}, not aside")
        try_again(event)
        event.refresh_from_db()
    return Status(202, event)


def _require(request: HttpRequest, permission: str) -> None:
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
