"""Stops of collection (停催) of many at once over HTTP: looked at, ordered, lifted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status

from carrears.casework.api import worker
from carrears.casework.hold_queries import day_of_holds
from carrears.casework.holding_chosen import Chosen, Wanted, preview
from carrears.casework.holding_together import (
    counts_of,
    lift_order,
    order_holding,
    orders_seen,
)
from carrears.casework.models import HoldingTogether, HoldReason
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.program_step_up import OneTimeCode, require_step_up

router = Router(tags=["holds"])
_LIFTS = "casework.lift_hold"
Key = Annotated[str, Field(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2200, 12, 31))]
Why = Annotated[str, Field(min_length=1, max_length=200)]
_Word = Annotated[str, Field(min_length=1, max_length=80)]


class TogetherIn(Schema):
    """Whose collection is stopped, why and when; of each kind what is left out is any.

    The filters are those of the queue: ``text`` a loan number, name, phone or plate, ``step`` the
    next step, ``owner`` a user's number or ``none``, ``flag`` what a case is marked with; and
    ``regions`` are how the region of an address begins. Without ``from_on`` from today, without
    ``until_on`` until it is lifted. ``takes_new`` does not go with ``text``.
    """

    regions: Annotated[list[_Word], Field(max_length=100)] = []
    buckets: Annotated[list[Annotated[int, Field(ge=0, le=99)]], Field(max_length=20)] = []
    treatments: Annotated[list[_Word], Field(max_length=100)] = []
    text: Annotated[str, Field(max_length=200)] = ""
    step: Annotated[str, Field(max_length=80)] = ""
    owner: Annotated[str, Field(pattern=r"^(none|\d{1,9})?$")] = ""
    flag: Literal["", "hold", "dispute", "do_not_contact", "broken_promise", "promise"] = ""
    reason: HoldReason
    from_on: Day | None = None
    until_on: Day | None = None
    takes_new: bool = False

    def chosen(self) -> Chosen:
        """The same for the service."""
        return Chosen(
            regions=tuple(self.regions),
            buckets=tuple(self.buckets),
            treatments=tuple(self.treatments),
            text=self.text.strip().replace("\0", ""),
            step=self.step,
            owner=self.owner,
            flag=self.flag,
        )

    def wanted(self) -> Wanted:
        """The same for the service."""
        return Wanted(
            reason=self.reason.value,
            from_on=self.from_on or day_of_holds(),
            until_on=self.until_on,
            takes_new=self.takes_new,
        )


class OrderIn(TogetherIn):
    """An order; ``expected`` is ``people`` as shown, ``key`` makes a second one harmless."""

    key: Key
    why: Why
    expected: Annotated[int, Field(ge=1)]


class LiftIn(Schema):
    """Why collection goes on."""

    why: Why


class PreviewOut(Schema):
    """What an order would come to; nothing is held."""

    people: int
    unknown: int
    cases: int
    planned: int
    stopped: int
    before: int
    placed: int
    regions: dict[str, int]
    sample: list[str]


class TogetherOut(Schema):
    """An order and how far it is: how many people fared how; ``waiting``: their turn comes."""

    id: int
    reason: str
    from_on: date
    until_on: date | None
    takes_new: bool
    asked_at: datetime
    done_at: datetime | None
    lift_at: datetime | None
    lifted_at: datetime | None
    total: int
    fared: dict[str, int]


@router.post("/preview", response=PreviewOut)
def look(request: HttpRequest, asked: TogetherIn) -> dict[str, Any]:
    """How many people, cases and planned contacts an order would stop, of the cases one sees."""
    told = preview(worker(request, _LIFTS), asked.chosen(), asked.wanted())
    return {
        "people": told.people,
        "unknown": told.unknown,
        "cases": told.cases,
        "planned": told.planned,
        "stopped": told.stopped,
        "before": told.before,
        "placed": told.placed,
        "regions": dict(told.regions),
        "sample": [case.loan_no for case in told.sample],
    }


@router.post("", response={202: TogetherOut})
def order(request: HttpRequest, asked: OrderIn, code: OneTimeCode = "") -> Status[dict[str, Any]]:
    """Stop the collection of all of them in the background, by a new token or a code."""
    user = worker(request, _LIFTS)
    require_step_up(request, user, code)
    made = order_holding(
        asked.chosen(),
        asked.wanted(),
        expected=asked.expected,
        why=asked.why,
        key=f"api:{user.pk}:{asked.key}",
        by=user,
        at=now(),
    )
    sequence()
    return Status(202, _told(made))


@router.get("/{number}", response=TogetherOut)
def show(request: HttpRequest, number: int) -> dict[str, Any]:
    """How far an order is."""
    user = worker(request, _LIFTS)
    return _told(get_object_or_404(orders_seen(user), pk=number))


@router.post("/{number}/lift", response={202: TogetherOut})
def lift(
    request: HttpRequest, number: int, told: LiftIn, code: OneTimeCode = ""
) -> Status[dict[str, Any]]:
    """Let collection go on of all whom the order stopped, in the background."""
    user = worker(request, _LIFTS)
    require_step_up(request, user, code)
    found = get_object_or_404(orders_seen(user), pk=number)
    lifted = lift_order(found, why=told.why, by=user, at=now())
    sequence()
    return Status(202, _told(lifted))


def _told(order: HoldingTogether) -> dict[str, Any]:
    counts = counts_of(order)
    order.refresh_from_db()
    return {
        "id": order.pk,
        "reason": order.reason,
        "from_on": order.from_on,
        "until_on": order.until_on,
        "takes_new": order.takes_new,
        "asked_at": order.asked_at,
        "done_at": order.done_at,
        "lift_at": order.lift_at,
        "lifted_at": order.lifted_at,
        "total": counts.total(),
        "fared": {name or "waiting": many for name, many in sorted(counts.items())},
    }
