"""Destroy what the vault need not keep: when loans were last collected is known here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db.models import Max

from carrears.access.models import User
from carrears.casework.models import Case, CaseState, Hold
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.dispute_models import DisputedLoan
from carrears.vault.destruction import Destruction, destroy_expired


def active_days(loan_nos: set[str], on: date) -> Mapping[str, date]:
    """The last day of collection on each loan as far as it is known; ``on`` while it goes on.

    It goes on while a case, a complaint or a dispute is open, or a hold of a case or of its
    borrower is not lifted.
    """
    cases = Case.objects.filter(loan_no__in=loan_nos)
    closed = cases.filter(state=CaseState.CLOSED).values("loan_no").annotate(last=Max("closed_on"))
    active: dict[str, date] = {row["loan_no"]: row["last"] for row in closed}
    holds = Hold.objects.filter(case__in=cases, lifted_on=None)
    people = Hold.objects.filter(case=None, party__in=cases.values("party"), lifted_on=None)
    held = cases.filter(party__in=people.exclude(until_on__lt=on).values("party"))
    complaints = Complaint.objects.filter(loan_no__in=loan_nos, closed_at=None)
    disputed = DisputedLoan.objects.filter(loan_no__in=loan_nos, dispute__closed_at=None)
    going_on = {
        *cases.exclude(state=CaseState.CLOSED).values_list("loan_no", flat=True),
        *holds.exclude(until_on__lt=on).values_list("case__loan_no", flat=True),
        *held.values_list("loan_no", flat=True),
        *complaints.values_list("loan_no", flat=True),
        *disputed.values_list("loan_no", flat=True),
    }
    return active | dict.fromkeys(going_on, on)


def destroy_expired_objects(
    *, at: datetime, by: User | None = None, dry_run: bool = False
) -> Destruction:
    """Destroy all in the vault that is past its time by what is known of its loan."""
    return destroy_expired(at=at, by=by, active_days=active_days, dry_run=dry_run)
