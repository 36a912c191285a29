"""An open complaint (投诉) of a person stops collection of a case that is opened later, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.casework.holds import HoldWanted, place_holds
from carrears.casework.models import Case, CaseState, Hold, HoldReason
from carrears.conduct.complaint_models import Complaint, ComplaintState
from carrears.conduct.matters import let_go, lock_cases, standing_holds


def hold_opened(loan_nos: Sequence[str], *, from_on: date, at: datetime) -> int:
    """Hold the cases of these loans that were just opened while a complaint of theirs is open.

    One about the loan, or of the borrower about another of his loans. Returns how many were held.
    """
    opened = Complaint.objects.exclude(state=ComplaintState.CLOSED)
    loans = set(opened.exclude(loan_no="").values_list("loan_no", flat=True))
    people = opened.exclude(party=None).values("party")
    theirs = Case.objects.filter(party__in=people).values_list("loan_no", flat=True)
    # From the side of the complaints, for of loans a night opens a hundred thousand.
    complained = (loans | set(theirs)).intersection(loan_nos)
    if not complained:
        return 0
    cases = (
        Case.objects.filter(loan_no__in=complained).exclude(state=CaseState.CLOSED).order_by("pk")
    )
    held = set(
        standing_holds(HoldReason.COMPLAINT)
        .filter(case__in=cases, from_on__lte=from_on)
        .values_list("case_id", flat=True)
    )
    wanted = [
        HoldWanted(
            case=case, reason=HoldReason.COMPLAINT, from_on=from_on, until_on=None, by=None, at=at
        )
        for case in cases
        if case.pk not in held
    ]
    return len(place_holds(wanted)) if wanted else 0


def _placed_at_opening(complaint: Complaint) -> QuerySet[Hold]:
    return standing_holds(HoldReason.COMPLAINT).filter(
        placed_by=None, case__party=complaint.party_id
    )


def lock_held(complaint: Complaint) -> None:
    """Have all cases alone that the complaint's end may let go, before it is asked which."""
    cases = [complaint.case_id]
    if complaint.party_id is not None:
        cases += _placed_at_opening(complaint).values_list("case", flat=True)
    lock_cases(cases)


def lift_held(complaint: Complaint, *, by: User, moment: datetime) -> None:
    """Let collection go on of cases that were held when they opened, for a complaint now closed.

    Not of one that another open complaint is about, or of which the borrower has another open one.
    """
    if complaint.party_id is None:
        return
    theirs = _placed_at_opening(complaint)
    if complaint.hold_id is not None:  # which is looked at by itself
        theirs = theirs.exclude(pk=complaint.hold_id)
    others = Complaint.objects.exclude(state=ComplaintState.CLOSED).exclude(pk=complaint.pk)
    if others.filter(party=complaint.party_id).exists():
        return
    for hold in theirs.select_related("case").order_by("pk"):
        case = hold.case
        if case and not others.filter(Q(hold=hold) | Q(loan_no=case.loan_no)).exists():
            let_go(hold, by=by, moment=moment)
