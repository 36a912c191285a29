"""Field visits over HTTP: listed, ordered, told of from the way with evidence, called off."""

from __future__ import annotations

from datetime import date, datetime
from typing import IO, Annotated, Literal, cast
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, File, Form, Header, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile
from pydantic import AwareDatetime, ValidationError

from carrears.casework.case_product import product_of
from carrears.casework.seeing import visible_cases
from carrears.casework.showing import refuse_held
from carrears.conduct.vocabulary import GateAction
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.outreach.api import require
from carrears.outreach.models import FieldVisit, VisitStep
from carrears.outreach.visit_queries import (
    by_window,
    of_day,
    on_his_way,
    own_visits,
    visible_visits,
    visitors_beside,
    working_day,
)
from carrears.outreach.visit_steps import Picture, keep_step
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import VisitOrder, call_off, order_visit
from carrears.parties.models import LoanParty

router = Router(tags=["visits"])
cases_router = Router(tags=["visits"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=64)]


class StepOut(Schema):
    """What was told from the way; ``file`` is its picture in the vault, opened as any file."""

    id: UUID
    kind: str
    by: str
    claimed_at: datetime
    received_at: datetime
    clock_off_s: int | None
    late: bool
    outside_window: bool
    position: str
    standing: Literal["kept", "stopped", "waits", "conflict"]
    why: str
    file: UUID | None = Field(None, alias="stored_id")

    @staticmethod
    def resolve_by(step: VisitStep) -> str:
        """The user name of who told it."""
        return step.by.get_username()


class VisitOut(Schema):
    """A visit: who goes, when, how it stands, and what the gate said when it was ordered.

    ``present`` is how many of the two have checked in.
    """

    id: int
    case_id: int
    loan_no: str
    attempt: int = Field(alias="attempt_id")
    party: UUID
    from_at: datetime
    until_at: datetime
    visitors: list[str]
    state: str
    gate_action: GateAction
    checked_in_at: datetime | None
    present: int
    called_off: str

    @staticmethod
    def resolve_loan_no(visit: FieldVisit) -> str:
        """Of its case."""
        return visit.case.loan_no

    @staticmethod
    def resolve_party(visit: FieldVisit) -> UUID:
        """The token of whom it goes to."""
        return visit.attempt.party_id

    @staticmethod
    def resolve_visitors(visit: FieldVisit) -> list[str]:
        """The user names of the two."""
        return [visit.first.get_username(), visit.second.get_username()]

    @staticmethod
    def resolve_gate_action(visit: FieldVisit) -> str:
        """The verdict of its order."""
        return visit.attempt.gate_action


class VisitWithSteps(VisitOut):
    """A visit with what was told from the way, in the order of its coming in."""

    steps: list[StepOut]

    @staticmethod
    def resolve_steps(visit: FieldVisit) -> list[VisitStep]:
        """All of them."""
        return list(visit.steps.select_related("by"))


class VisitIn(Schema):
    """A visit to order: by which two, in which window, to the debtor unless ``party`` is another.

    ``point`` is the number of an address; without it the person's first.
    """

    party: UUID | None = None
    from_at: AwareDatetime
    until_at: AwareDatetime
    visitors: Annotated[list[str], Field(min_length=2, max_length=2)]
    point: int | None = None
    announced_by: str = ""
    announced_at: AwareDatetime | None = None


class CallOffIn(Schema):
    """Why it is not made: asked, settled, staff or other."""

    why: Annotated[str, Field(max_length=7)]


@router.get("", response=list[VisitOut])
def list_visits(
    request: HttpRequest, day: date | None = None, *, mine: bool = False
) -> list[FieldVisit]:
    """The visits of a day, by their time; ``mine``: only one's own."""
    user = require(request, "outreach.view_fieldvisit")
    on = of_day(day or working_day())
    found = visible_visits(user, on & (Q(first=user) | Q(second=user)) if mine else on)
    with on_his_way(user):
        return list(by_window(found))


@router.get("/{visit_id}", response=VisitWithSteps)
def read_visit(request: HttpRequest, visit_id: int) -> FieldVisit:
    """One visit, with what was told from the way."""
    user = require(request, "outreach.view_fieldvisit")
    found = visible_visits(user, Q(pk=visit_id))
    with on_his_way(user):
        return get_object_or_404(found)


@cases_router.post("/{case_id}/visits", response={201: VisitOut})
def add_visit(
    request: HttpRequest, case_id: int, wanted: VisitIn, idempotency_key: Key
) -> Status[FieldVisit]:
    """Order a visit; ``state`` is ``blocked`` where the gate does not let it go."""
    user = require(request, "outreach.add_fieldvisit")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    refuse_held(case.pk, user)
    people = LoanParty.objects.filter(loan_no=case.loan_no).select_related("party")
    person = people.filter(party=wanted.party or case.party_id).first()
    if person is None:
        raise HttpError(409, "nobody of this loan is on record under this token")
    beside = visitors_beside(user).filter(username__in=wanted.visitors)
    known = {one.get_username(): one for one in beside}
    if missing := [name for name in wanted.visitors if name not in known]:
        raise HttpError(409, f"nobody of this side who makes visits is called {missing[0]}")
    first, second = (known[name] for name in wanted.visitors)
    order = VisitOrder(
        key=idempotency_key,
        case=case,
        party=person.party,
        from_at=wanted.from_at,
        until_at=wanted.until_at,
        visitors=(first, second),
        point=wanted.point,
        announced_by=wanted.announced_by,
        announced_at=wanted.announced_at,
        by=user,
    )
    made = order_visit(order, product_of(case))
    sequence()
    return Status(201, made)


@router.post("/{visit_id}/steps", response={201: StepOut})
def tell_step(
    request: HttpRequest,
    visit_id: int,
    told: Form[str] = "",
    file: File[UploadedFile | None] = None,
) -> Status[VisitStep]:
    """Tell from the way: a check-in, a photo, a signature, the result, a check-out.

    ``told`` is JSON (``ToldStep``), ``file`` the picture. The same ``id`` is kept once.
    """
    user = require(request, "outreach.change_fieldvisit")
    found = own_visits(user, Q(pk=visit_id))
    with as_house():  # also when the case went to somebody else since
        visit = get_object_or_404(found)
    try:
        step = ToldStep.model_validate_json(told)
    except ValidationError as error:
        raise HttpError(422, str(error.errors()[0]["msg"])) from error
    picture = None
    if file is not None:
        picture = Picture(cast("IO[bytes]", file.file), file.content_type or "")
    with as_house():
        kept = keep_step(visit, step, by=user, picture=picture)
        sequence()
    return Status(201, kept)


@router.post("/{visit_id}/call-off", response=VisitOut)
def give_up(request: HttpRequest, visit_id: int, told: CallOffIn) -> FieldVisit:
    """Call a visit off that was ordered."""
    user = require(request, "outreach.change_fieldvisit")
    found = visible_visits(user, Q(pk=visit_id))
    with on_his_way(user):
        visit = get_object_or_404(found)
        made = call_off(visit, why=told.why, by=user)
    sequence()
    return made
