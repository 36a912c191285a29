"""What is asked for ``onrecord``, each question put together once."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from carrears.casework.models import Hold
from carrears.conduct.complaint_models import Complaint, ComplaintState
from carrears.conduct.dispute_models import DisputedLoan
from carrears.conduct.models import DoNotContact
from carrears.database.prepared import Blank, prepared
from carrears.outreach.at_the_time import dated
from carrears.parties.models import Consent, LoanParty

_OF_DISPUTE = ("party", "channel", "received_at", "closed_at")


@prepared
def roles(loans: Blank, people: Blank) -> QuerySet[LoanParty, tuple[Any, ...]]:
    """Loan, person and role, of these people on these loans."""
    links = LoanParty.objects.filter(loans.has("loan_no", "text"), people.has("party", "uuid"))
    return links.values_list("loan_no", "party_id", "role")


@prepared
def consents(people: Blank) -> QuerySet[Consent]:
    """What these people agreed to or refused."""
    return Consent.objects.filter(people.has("party", "uuid"))


def _holds_of(cases: Blank, people: Blank) -> QuerySet[Hold]:
    of_person = Q(people.has("party", "uuid"), case=None)
    return Hold.objects.filter(Q(cases.has("case")) | of_person)


@prepared
def holds(cases: Blank, people: Blank) -> QuerySet[Hold]:
    """The holds of these cases, and of these people whatever they owe."""
    return _holds_of(cases, people)


@prepared
def dated_holds(cases: Blank, people: Blank) -> QuerySet[Hold]:
    """The same, with when each was placed and lifted."""
    return dated(_holds_of(cases, people))


def _complaints_of(loans: Blank, people: Blank) -> QuerySet[Complaint]:
    about = Q(loans.has("loan_no", "text")) | Q(people.has("party", "uuid"))
    told = ("pk", "loan_no", "party", "received_at", "closed_at", "state", "hold")
    return Complaint.objects.filter(about).only(*told).order_by("pk")


@prepared
def complaints(loans: Blank, people: Blank) -> QuerySet[Complaint]:
    """Complaints about these loans or of these people."""
    return _complaints_of(loans, people)


@prepared
def open_complaints(loans: Blank, people: Blank) -> QuerySet[Complaint]:
    """Those of them that are not closed."""
    return _complaints_of(loans, people).exclude(state=ComplaintState.CLOSED)


def _disputes_of(loans: Blank) -> QuerySet[DisputedLoan]:
    rows = DisputedLoan.objects.filter(loans.has("loan_no", "text")).select_related("dispute")
    told = ("loan_no", "hold", *(f"dispute__{name}" for name in _OF_DISPUTE))
    return rows.only(*told).order_by("pk")


@prepared
def disputes(loans: Blank) -> QuerySet[DisputedLoan]:
    """Which of these loans were ever disputed, and in which dispute."""
    return _disputes_of(loans)


@prepared
def open_disputes(loans: Blank) -> QuerySet[DisputedLoan]:
    """Those of them that are open."""
    return _disputes_of(loans).filter(dispute__closed_at=None)


def _bars_of(people: Blank, points: Blank) -> QuerySet[DoNotContact]:
    named = Q(people.has("party", "uuid")) | Q(points.has("value_index", "bytea"))
    return DoNotContact.objects.filter(named).order_by("pk")


@prepared
def bars(people: Blank, points: Blank) -> QuerySet[DoNotContact]:
    """Bars, ever set, on these people or on what is found under these indexes."""
    return _bars_of(people, points)


@prepared
def standing_bars(people: Blank, points: Blank) -> QuerySet[DoNotContact]:
    """Those of them that stand."""
    return _bars_of(people, points).filter(lifted_at=None)
