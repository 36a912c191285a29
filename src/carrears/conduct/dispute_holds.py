"""An open dispute (争议) of a loan stops collection of a case of it that is opened later, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from carrears.casework.models import Case, CaseState, HoldReason
from carrears.conduct.dispute_models import DisputedLoan
from carrears.conduct.matters import Stop, hold_for


def hold_disputed(loan_nos: Sequence[str], *, from_on: date, at: datetime) -> int:
    """Hold the cases of these loans that were just opened while a dispute of theirs is open.

    The dispute's answer lifts it again. Returns how many loans it found disputed.
    """
    opened = DisputedLoan.objects.filter(dispute__closed_at=None)
    # From the side of the disputes, for of loans a night opens a hundred thousand.
    disputed = set(opened.values_list("loan_no", flat=True)).intersection(loan_nos)
    if not disputed:
        return 0
    cases = {
        case.loan_no: case
        for case in Case.objects.filter(loan_no__in=disputed)
        .exclude(state=CaseState.CLOSED)
        .order_by("pk")
    }
    stops = [Stop(case=one, hold_from=from_on, at=at, by=None) for one in cases.values()]
    holds = hold_for(stops, HoldReason.DISPUTE)
    for loan_no, case in cases.items():
        opened.filter(loan_no=loan_no).update(case=case, hold=holds[case.pk])
    return len(cases)
