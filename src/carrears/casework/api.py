"""Cases over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent, Promise
from carrears.casework.seeing import visible_cases
from carrears.casework.services import record_promise
from carrears.clock import business_day, now
from carrears.evidence.services import sequence

router = Router(tags=["cases"])


class CaseOut(Schema):
    """A case; amounts in minor units of ``currency``, dates the debtor's own."""

    id: int
    loan_no: str
    product: str
    currency: str
    state: Literal["open", "closed"]
    opened_on: date
    closed_on: date | None
    close_reason: str
    as_of: date
    dpd: int
    bucket: int
    arrears: int
    arrears_principal: int
    arrears_interest: int
    arrears_fee: int
    arrears_penalty: int
    arrears_compound: int
    payoff: int | None
    oldest_due_on: date | None
    instalments_behind: int
    next_due_on: date | None
    next_due_amount: int | None
    principal_outstanding: int
    score: int | None
    band: str
    reasons: list[Any]
    treatment: str
    stage: str
    decision: dict[str, Any]
    priority: int
    assignee: str | None

    @staticmethod
    def resolve_assignee(case: Case) -> str | None:
        """The assignee's user name."""
        return case.assignee.get_username() if case.assignee else None


class CasePage(Schema):
    """Some cases, most urgent first; ``next`` is the ``after`` of the following page."""

    items: list[CaseOut]
    next: int | None


class EventOut(Schema):
    """One line of a case's timeline."""

    happened_at: datetime
    kind: str
    data: dict[str, Any]


class PromiseIn(Schema):
    """A promise to pay ``amount`` minor units by ``due_on``."""

    amount: Annotated[int, Field(gt=0)]
    due_on: date


class PromiseOut(Schema):
    """A promise as recorded."""

    id: int
    amount: int
    due_on: date
    made_on: date
    state: str
    paid_since: int


@router.get("", response=CasePage)
def list_cases(
    request: HttpRequest,
    *,
    state: Literal["open", "closed"] = "open",
    bucket: int | None = None,
    loan_no: str | None = None,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Cases in order of their numbers, page by page."""
    cases = visible_cases(_user(request)).filter(state=state, pk__gt=after).order_by("pk")
    if bucket is not None:
        cases = cases.filter(bucket=bucket)
    if loan_no is not None:
        cases = cases.filter(loan_no=loan_no)
    items = list(cases[: limit + 1])
    return {"items": items[:limit], "next": items[limit - 1].pk if len(items) > limit else None}


@router.get("/{case_id}", response=CaseOut)
def read_case(request: HttpRequest, case_id: int) -> Case:
    """One case."""
    return get_object_or_404(visible_cases(_user(request)), pk=case_id)


@router.get("/{case_id}/events", response=list[EventOut])
def list_events(request: HttpRequest, case_id: int) -> QuerySet[CaseEvent]:
    """The case's timeline, newest first."""
    case = get_object_or_404(visible_cases(_user(request)), pk=case_id)
    return case.events.all()


@router.post("/{case_id}/promises", response={201: PromiseOut})
def make_promise(request: HttpRequest, case_id: int, promise: PromiseIn) -> Status[Promise]:
    """Record a promise to pay."""
    user = _user(request)
    if not user.has_perm("casework.work_case"):
        raise PermissionDenied("this user may not work cases")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    moment = now()
    made = record_promise(
        case,
        amount=promise.amount,
        due_on=promise.due_on,
        today=business_day(case.as_of, user.time_zone, moment=moment),
        by=user,
        at=moment,
    )
    sequence()
    return Status(201, made)


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied("sign in first")
    return request.user
