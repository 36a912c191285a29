"""The case file on one page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.agency_view import hold_reason_for, named_to
from carrears.casework.case_product import product_of
from carrears.casework.case_time import business_time
from carrears.casework.holds import may_lift, standing_hold
from carrears.casework.models import Case, CaseState, Hold, Promise
from carrears.casework.promise_withdrawal import may_withdraw
from carrears.casework.seeing import visible_of
from carrears.database.prepared import Blank, prepared
from carrears.delinquency.reckoning.position import LoanPosition
from carrears.money import Money
from carrears.parties.queries import car_of
from carrears.workbench.queries.cadence import cadence_of
from carrears.workbench.queries.debtor import siblings_of
from carrears.workbench.queries.disputes import disputes_of_case
from carrears.workbench.queries.follow_up import why_then
from carrears.workbench.queries.holds import holds_of_case
from carrears.workbench.queries.outcomes import next_step_of, open_replies_of
from carrears.workbench.queries.owed import loan_rows, owed, position
from carrears.workbench.queries.people import car_of_sight, people_of
from carrears.workbench.queries.score import score
from carrears.workbench.queries.sight import Sight, sight_of
from carrears.workbench.queries.timeline import Shown, timeline
from carrears.workbench.queries.treatment import treatment
from carrears.workbench.queries.unsent import unsent_of
from carrears.workbench.queries.warning import warned_of
from carrears.workbench.view_models.case import (
    Allowed,
    Car,
    LoanTerms,
    OpenHold,
    OpenPromise,
    PartOfPromise,
    Timeline,
)
from carrears.workbench.view_models.case_page import CaseHead, CasePage


def cases_of_loan(user: User, loan_no: str) -> list[Case]:
    """The cases of a loan that ``user`` may see, the newest first.

    Raises:
        Http404: there is none.
        PermissionDenied: he may see no cases at all.
    """
    cases = visible_of(user, loan_no)
    if not cases:
        raise Http404
    return cases


def case_page(user: User, cases: list[Case], *, moment: datetime) -> CasePage:
    """The page of the newest of the cases of one loan."""
    case = cases[0]
    head = _head(user, cases, position(case), moment=moment)
    promise, hold = head["promise"], head["hold"]
    planned = cadence_of(case, hold=hold.reason if hold else "", is_promised=promise is not None)
    decides = not acts_for(user)  # how the lender judges and decides is shown to its own people
    return CasePage(
        **head,
        siblings=siblings_of(user, case),
        loan=_terms(case),
        car=_car(case, sight_of(user, case)),
        score=score(case) if decides else None,
        treatment=treatment(user, case) if decides else None,
        warned=warned_of(case.loan_no) if decides else None,
        cadence=planned if decides else None,
        holds=holds_of_case(user, case),
        disputes=disputes_of_case(user, case.loan_no),
    )


def case_head(user: User, cases: list[Case], *, moment: datetime) -> CaseHead:
    """What of the page a note changes, for a third of the work; the sums owed, no instalments."""
    return CaseHead(**_head(user, cases, None, moment=moment))


def _head(
    user: User, cases: list[Case], stands: LoanPosition | None, *, moment: datetime
) -> dict[str, Any]:
    """The fields of ``CaseHead``."""
    case = cases[0]
    assignee = named_to(user, case.assignee)
    sight, rows, promise = sight_of(user, case), loan_rows(case), open_promise(user, case)
    debtor, others = people_of(case, sight, product_of(case), moment=moment, agency=acts_for(user))
    return {
        "loan_no": case.loan_no,
        "state": case.state,
        "bucket": case.bucket,
        "dpd": case.dpd,
        "as_of": case.as_of,
        "opened_on": case.opened_on,
        "closed_on": case.closed_on,
        "close_reason": case.close_reason,
        "priority": 0 if acts_for(user) else case.priority,
        "assignee": str(assignee) if assignee else "",
        "debtor": debtor,
        "others": others,
        "owed": owed(case, rows, stands),
        "promise": promise,
        "hold": _open_hold(user, case),
        "follow_up_on": case.follow_up_on,
        "follow_up_at": case.follow_up_at,
        "follow_up_why": "" if acts_for(user) else why_then(case),
        "next_step": next_step_of(user, case),
        "replies": open_replies_of(user, case),
        "unsent": unsent_of(user, case),
        "timeline": timeline(user, cases, rows),
        "allowed": allowed(user, case, has_promise=promise is not None),
    }


def timeline_of(
    user: User, cases: list[Case], *, offset: int = 0, shown: Shown | None = None
) -> Timeline:
    """The timeline alone, from ``offset``, of what is to be shown or of all."""
    return timeline(user, cases, loan_rows(cases[0]), offset=offset, shown=shown or Shown())


def allowed(user: User, case: Case, *, has_promise: bool) -> Allowed:
    """What ``user`` may do with a case that he may see."""
    works = user.has_perm("casework.work_case")
    is_open = case.state == CaseState.OPEN
    return Allowed(
        contact=is_open and case.party_id is not None and user.has_perm("outreach.send_message"),
        promise=is_open and works and not has_promise,
        note=works,
        hold=is_open and works,
        told=case.state != CaseState.CLOSED and works,
        bundle=user.has_perm("evidence.make_bundle"),
    )


def open_promise(user: User, case: Case) -> OpenPromise | None:
    """The promise that is open."""
    promise = next(iter(_open_promises.find(case=case.pk)), None)
    if promise is None:
        return None
    promise.case = case
    return OpenPromise(
        amount=Money(promise.amount, case.currency),
        paid=Money(promise.paid_since, case.currency),
        due_on=promise.due_on,
        made_by=str(made_by) if (made_by := named_to(user, promise.made_by)) else "",
        parts=_parts_of(promise),
        pk=promise.pk,
        may_withdraw=may_withdraw(user, promise, today=business_time(case)[0]),
    )


@prepared
def _open_promises(case: Blank) -> QuerySet[Promise]:
    return Promise.objects.filter(case=case, state="open").select_related("made_by")


def _parts_of(promise: Promise) -> tuple[PartOfPromise, ...]:
    parts = list(promise.parts.all())
    if len(parts) < 2:  # noqa: PLR2004  one part is the promise
        return ()
    money = promise.currency
    return tuple(
        PartOfPromise(Money(one.amount, money), one.due_on, one.state, Money(one.met, money))
        for one in parts
    )


def live_hold(case: Case) -> Hold | None:
    """The hold that stops collection now; the night that brings the book there may be to come."""
    return standing_hold(case, on=business_time(case)[0])


def _open_hold(user: User, case: Case) -> OpenHold | None:
    hold = live_hold(case)
    if hold is None:
        return None
    return OpenHold(
        reason=hold_reason_for(user, hold),
        from_on=hold.from_on,
        until_on=hold.until_on,
        may_lift=may_lift(user, hold),
    )


def _terms(case: Case) -> LoanTerms:
    loan, money = case.loan, case.currency
    rate, lent = loan.get("annual_rate"), loan.get("originated_on")
    return LoanTerms(
        product=case.product,
        principal=Money(loan.get("principal") or 0, money),
        balance=Money(case.principal_outstanding, money),
        annual_rate=float(Decimal(str(rate))) if rate is not None else None,
        term_months=loan.get("term_months"),
        instalment=Money(loan["instalment"], money) if loan.get("instalment") else None,
        originated_on=datetime.fromisoformat(lent).date() if lent else None,
        dealer=loan.get("dealer") or "",
        channel=loan.get("channel") or "",
    )


def _car(case: Case, sight: Sight) -> Car | None:
    loan, value = case.loan, case.loan.get("vehicle_value")
    plate, vin = car_of_sight(car_of(case.loan_no), sight)
    if not (loan.get("make") or loan.get("model") or plate.text or vin.text):
        return None
    return Car(
        make=loan.get("make") or "",
        model=loan.get("model") or "",
        year=loan.get("model_year"),
        condition=loan.get("vehicle_condition") or "",
        plate=plate if plate.text else None,
        vin=vin if vin.text else None,
        value=Money(value, case.currency) if value else None,
        loan_to_value=case.principal_outstanding / value if value else None,
    )
