"""Cases over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Header, Query, Router, Schema, Status
from pydantic import model_validator

from carrears.access.models import User
from carrears.casework.agency_view import lean_case, seen_events, told_to
from carrears.casework.asking_once import once_by_key
from carrears.casework.case_time import business_time
from carrears.casework.models import Case, Promise, PromisePart
from carrears.casework.promise_withdrawal import Mistake, replace_promise, withdraw_promise
from carrears.casework.promises import PartWanted, Said, record_promise
from carrears.casework.seeing import visible_cases
from carrears.casework.showing import refuse_held
from carrears.casework.words import texts_of
from carrears.evidence.services import sequence

router = Router(tags=["cases"])
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=80)]
Limit = Annotated[int, Query(ge=1, le=500)]


class CaseOut(Schema):
    """A case; amounts in minor units of ``currency``, dates the debtor's own.

    How the lender judges and decides is empty, and its people are not named, for agencies.
    """

    id: int
    loan_no: str
    product: str
    currency: str
    state: Literal["watch", "open", "closed"]
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
    priority: int | None
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


class PartIn(Schema):
    """So many minor units by a day."""

    amount: Annotated[int, Field(gt=0)]
    due_on: date


class PromiseIn(Schema):
    """A promise to pay ``amount`` minor units by ``due_on``; or several ``parts`` instead.

    ``channel`` says how it was made. ``beside`` lets it stand beside a promise that is open.
    """

    amount: Annotated[int, Field(gt=0)] | None = None
    due_on: date | None = None
    parts: list[PartIn] = []
    channel: Annotated[str, Field(max_length=12, pattern="^[a-z_]*$")] = ""
    beside: bool = False

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        one = self.amount is not None and self.due_on is not None
        if bool(self.parts) == one or (self.amount is None) != (self.due_on is None):
            raise ValueError("give either amount and due_on, or parts")
        return self

    def wanted(self) -> list[PartWanted]:
        """The parts, one where an amount and a day are given."""
        if self.amount is not None and self.due_on is not None:
            return [PartWanted(self.amount, self.due_on)]
        return [PartWanted(part.amount, part.due_on) for part in self.parts]


class MistakeIn(Schema):
    """That a promise was recorded by mistake: which, and why in words."""

    mistake: Mistake
    why: Annotated[str, Field(min_length=1, max_length=2000)]


class InsteadIn(MistakeIn, PromiseIn):
    """The same, and what was promised in truth; ``channel`` and ``beside`` stay as they were."""


class SharePaid(Schema):
    """What one payment gave to a part."""

    payment: str
    paid_on: date
    amount: int


class PartOut(Schema):
    """A part, and the payments that met it."""

    amount: int
    due_on: date
    state: Literal["open", "kept", "partly", "broken", "cancelled"]
    met: int
    settled_on: date | None
    met_by: list[SharePaid]


class PromiseOut(Schema):
    """A promise; ``amount`` is all its parts together, ``due_on`` the day of the last.

    ``cancelled_for``: closed (the case), withdrawn or replaced (it was recorded by mistake).
    """

    id: int
    amount: int
    currency: str
    due_on: date
    made_on: date
    state: Literal["open", "kept", "partly", "broken", "cancelled"]
    settled_on: date | None
    cancelled_for: str
    paid_since: int
    channel: str
    parts: list[PartOut]

    @staticmethod
    def resolve_parts(promise: Promise) -> list[PromisePart]:
        """The parts in the order of their days."""
        return list(promise.parts.all())


@router.get("", response=CasePage)
def list_cases(
    request: HttpRequest,
    *,
    state: Literal["watch", "open", "closed"] = "open",
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
    items = [lean_case(_user(request), case) for case in cases[: limit + 1]]
    return {"items": items[:limit], "next": items[limit - 1].pk if len(items) > limit else None}


@router.get("/{case_id}", response=CaseOut)
def read_case(request: HttpRequest, case_id: int) -> Case:
    """One case."""
    user = _user(request)
    return lean_case(user, get_object_or_404(visible_cases(user), pk=case_id))


@router.get("/{case_id}/events", response=list[EventOut])
def list_events(
    request: HttpRequest, case_id: int, *, offset: Offset = 0, limit: Limit = 100
) -> list[EventOut]:
    """The case's timeline, newest first; an agency's people see of it what their work needs."""
    user = _user(request)
    case = get_object_or_404(visible_cases(user), pk=case_id)
    seen = seen_events(user, case.events.order_by("-happened_at", "-pk"))
    found = list(seen[offset : offset + limit])
    texts, listed = texts_of(found), []
    for one in found:
        told = told_to(user, one)
        words = {"text": texts[one.pk]} if told.whole and one.pk in texts else {}
        data = dict(told.data) | words
        listed.append(EventOut(happened_at=one.happened_at, kind=one.kind, data=data))
    return listed


@router.get("/{case_id}/promises", response=list[PromiseOut])
def list_promises(
    request: HttpRequest, case_id: int, *, offset: Offset = 0, limit: Limit = 100
) -> QuerySet[Promise]:
    """The promises made on a case, newest first, with the payments that met their parts."""
    case = get_object_or_404(visible_cases(_user(request)), pk=case_id)
    made = case.promises.order_by("-made_at", "-pk").prefetch_related("parts")
    return made[offset : offset + limit]


@router.post("/{case_id}/promises", response={200: PromiseOut, 201: PromiseOut})
def make_promise(
    request: HttpRequest, case_id: int, promise: PromiseIn, idempotency_key: Key = ""
) -> Status[Promise]:
    """Record a promise to pay; the same ``Idempotency-Key`` again answers the same promise."""
    user, case = _worked(request, case_id)

    def do() -> dict[str, Any]:
        refuse_held(case.pk, user)
        today, at = business_time(case)
        made = record_promise(
            case,
            parts=promise.wanted(),
            said=Said(channel=promise.channel),
            beside=promise.beside,
            today=today,
            by=user,
            at=at,
        )
        return {"promise": made.pk}

    wanted = f"{case.pk} {promise.model_dump_json()}"
    told, is_new = once_by_key("promise", key=idempotency_key, wanted=wanted, by=user, do=do)
    sequence()
    return Status(201 if is_new else 200, case.promises.get(pk=told["promise"]))


@router.post("/{case_id}/promises/{promise_id}/withdraw", response=PromiseOut)
def withdraw(request: HttpRequest, case_id: int, promise_id: int, told: MistakeIn) -> Promise:
    """Withdraw a promise that was recorded by mistake; it counts neither as kept nor as broken."""
    user, case = _worked(request, case_id)
    promise = _promise(case, promise_id)
    refuse_held(case.pk, user)
    today, at = business_time(case)
    ended = withdraw_promise(promise, **told.dict(), today=today, by=user, at=at)
    sequence()
    return ended


@router.post("/{case_id}/promises/{promise_id}/replace", response={201: PromiseOut})
def replace(
    request: HttpRequest, case_id: int, promise_id: int, told: InsteadIn
) -> Status[Promise]:
    """Record what was promised in truth in place of a promise; answers the new one."""
    user, case = _worked(request, case_id)
    promise = _promise(case, promise_id)
    refuse_held(case.pk, user)
    today, at = business_time(case)
    made = replace_promise(
        promise,
        parts=told.wanted(),
        mistake=told.mistake,
        why=told.why,
        today=today,
        by=user,
        at=at,
    )
    sequence()
    return Status(201, made)


def _worked(request: HttpRequest, case_id: int) -> tuple[User, Case]:
    user = worker(request, "casework.work_case")
    return user, get_object_or_404(visible_cases(user), pk=case_id)


def _promise(case: Case, promise_id: int) -> Promise:
    promise = get_object_or_404(case.promises.select_related("made_by"), pk=promise_id)
    promise.case = case
    return promise


def worker(request: HttpRequest, permission: str) -> User:
    """The user who asks, if he may.

    Raises:
        PermissionDenied: he may not.
    """
    user = _user(request)
    if not user.has_perm(permission):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied("sign in first")
    return request.user
