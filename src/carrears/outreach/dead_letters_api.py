"""Dead letters over HTTP: listed, counted, sent again singly or many at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.again_models import SendingAgain
from carrears.outreach.api import AttemptOut, require
from carrears.outreach.dead_letters import send_dead_again
from carrears.outreach.delivery_models import DEAD
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.sending_again import Chosen, counts_of, order_again, preview, stop_order
from carrears.signin.program_step_up import OneTimeCode, require_step_up

router = Router(tags=["dead letters"])
Key = Annotated[str, Field(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
# Other days overflow the clock.
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 12, 31))]
_SEE, _SEND = "outreach.view_attempt", "outreach.send_message"


class ChosenIn(Schema):
    """Which of them; what is left out is any. ``error`` is how the answer begins."""

    channel: Annotated[str, Field(max_length=12)] = ""
    state: Literal["", "failed", "undelivered", "uncertain"] = ""
    error: Annotated[str, Field(max_length=200)] = ""
    first: Day | None = None
    last: Day | None = None

    def chosen(self) -> Chosen:
        """The same for the service."""
        return Chosen(
            channel=self.channel,
            state=self.state,
            error=self.error,
            first=self.first,
            last=self.last,
        )


class ListQuery(ChosenIn):
    """And which page of them."""

    offset: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class DeadLetterOut(Schema):
    """One that nobody has closed, without its person; ``id`` is to be sent again."""

    id: int
    attempt_id: int
    loan_no: str
    channel: str
    template: str
    state: str
    error: str
    at: datetime


class DeadLettersOut(Schema):
    """A page, and what sending all of them again would come to; ``uncertain`` are left out."""

    total: int
    may_go: int
    uncertain: int
    by_channel: dict[str, int]
    by_error: dict[str, int]
    letters: list[DeadLetterOut]


class AgainIn(ChosenIn):
    """An order; ``expected`` is ``may_go`` as it was shown, ``key`` makes a second one harmless."""

    key: Key
    reason: Annotated[str, Field(min_length=1, max_length=200)]
    expected: Annotated[int, Field(ge=1)]


class OrderOut(Schema):
    """An order and how far it is."""

    id: int
    asked_at: datetime
    done_at: datetime | None
    total: int
    waiting: int
    sent: int
    blocked: int
    gone: int
    stopped: int
    broken: int


@router.get("", response=DeadLettersOut)
def list_dead_letters(request: HttpRequest, asked: Query[ListQuery]) -> DeadLettersOut:
    """The open dead letters of the cases that one sees, oldest first."""
    user = require(request, _SEE)
    found = asked.chosen().among(_open(user)).select_related("attempt__case").order_by("pk")
    told = preview(user, asked.chosen())
    return DeadLettersOut(
        total=found.count(),
        may_go=told.many,
        uncertain=told.uncertain,
        by_channel=dict(told.by_channel),
        by_error=dict(told.by_error),
        letters=[_letter(one) for one in found[asked.offset : asked.offset + asked.limit]],
    )


@router.post("/orders", response={202: OrderOut})
def order(request: HttpRequest, wanted: AgainIn, code: OneTimeCode = "") -> Status[OrderOut]:
    """Send many again in the background, by a new token or a code; each passes the gate anew."""
    user = require(request, _SEND)
    require_step_up(request, user, code)
    made = order_again(
        wanted.chosen(),
        expected=wanted.expected,
        reason=wanted.reason,
        key=f"api:{user.pk}:{wanted.key}",
        by=user,
        at=now(),
    )
    sequence()
    return Status(202, _order(made))


@router.get("/orders/{number}", response=OrderOut)
def show_order(request: HttpRequest, number: int) -> OrderOut:
    """How far one's own order is."""
    user = require(request, _SEND)
    return _order(get_object_or_404(SendingAgain, pk=number, asked_by=user))


@router.post("/orders/{number}/stop", response=OrderOut)
def stop(request: HttpRequest, number: int) -> OrderOut:
    """Send none of one's own order any more that has not had its turn."""
    user = require(request, _SEND)
    found = get_object_or_404(SendingAgain, pk=number, asked_by=user)
    stop_order(found, by=user, at=now())
    sequence()
    return _order(found)


@router.post("/{number}/again", response={201: AttemptOut})
def send_again(request: HttpRequest, number: int) -> Status[Attempt]:
    """Send one again; the attempt says whether the gate let it go."""
    user = require(request, _SEND)
    again = send_dead_again(get_object_or_404(_open(user), pk=number), by=user)
    sequence()
    return Status(201, again)


def _open(user: User) -> QuerySet[Delivery, Any]:
    found = Delivery.objects.filter(state__in=DEAD, closing="")
    return of_visible_cases(found, user, by="attempt__case")


def _letter(delivery: Delivery) -> DeadLetterOut:
    attempt = delivery.attempt
    return DeadLetterOut(
        id=delivery.pk,
        attempt_id=attempt.pk,
        loan_no=attempt.case.loan_no,
        channel=attempt.channel,
        template=attempt.template,
        state=delivery.state,
        error=delivery.error,
        at=attempt.at,
    )


def _order(order: SendingAgain) -> OrderOut:
    counts = counts_of(order)
    order.refresh_from_db(fields=["done_at"])
    return OrderOut(
        id=order.pk,
        asked_at=order.asked_at,
        done_at=order.done_at,
        total=counts.total(),
        waiting=counts[""],
        sent=counts["sent"],
        blocked=counts["blocked"],
        gone=counts["gone"],
        stopped=counts["stopped"],
        broken=counts["broken"],
    )
