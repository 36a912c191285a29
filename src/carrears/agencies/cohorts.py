"""What became of those whom an agency got in a month: recovered, cured, contacted, promised.

A cohort is of the debtors of batches by agency, month of their first day and currency. What counts
lies within each debtor's stay with the agency; a payment counts as it does for commission.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from carrears.access.models import Organisation
from carrears.access.organisations import access_day
from carrears.agencies.models import PlacingLine
from carrears.agencies.statements import statement
from carrears.casework.models import Case, CaseState, CloseReason, Promise, PromiseState
from carrears.conduct.models import Complaint
from carrears.outreach.models import Attempt, AttemptState, Breach, ContactOutcome

_MADE = (AttemptState.BOOKED, AttemptState.SENT, AttemptState.MADE)
_CURED = (CloseReason.CURED, CloseReason.PAID_OFF)
_SETTLED = (PromiseState.KEPT, PromiseState.PARTLY, PromiseState.BROKEN)


@dataclass(slots=True, kw_only=True)
class Cohort:
    """Those placed with an agency in a month; amounts in minor units of one currency.

    ``days`` is the sum over the ``contacted`` debtors of the days to their first contact.
    """

    agency: str
    month: date
    currency: str
    placed: int = 0
    arrears: int = 0
    recovered: int = 0
    cured: int = 0
    contacted: int = 0
    reached: int = 0
    days: int = 0
    promises: int = 0
    kept: int = 0
    breaches: int = 0
    complaints: int = 0

    @property
    def recovery_rate(self) -> float | None:
        """Payments that count for commission over the arrears when placed."""
        return self.recovered / self.arrears if self.arrears else None

    @property
    def cure_rate(self) -> float | None:
        """Debtors without an open case whose last one ended cured or paid off."""
        return self.cured / self.placed if self.placed else None

    @property
    def contact_rate(self) -> float | None:
        """Debtors about whom the agency made a contact."""
        return self.contacted / self.placed if self.placed else None

    @property
    def reach_rate(self) -> float | None:
        """Debtors of whom the agency spoke to the right party."""
        return self.reached / self.placed if self.placed else None

    @property
    def days_to_contact(self) -> float | None:
        """Days from the first day to the first contact, on average of those contacted."""
        return self.days / self.contacted if self.contacted else None

    @property
    def keep_rate(self) -> float | None:
        """Promises made meanwhile and kept, of those settled."""
        return self.kept / self.promises if self.promises else None


@dataclass(slots=True)
class _Stay:
    """A debtor's days with the agency, and into which cohort he counts."""

    cohort: Cohort
    from_on: date
    until_on: date | None
    contacts: list[date] = field(default_factory=list)
    is_reached: bool = False

    def has(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


def cohorts(*, first: date, last: date) -> list[Cohort]:
    """The cohorts of debtors whose first day with an agency lies on these days, both included."""
    lines = PlacingLine.objects.filter(placement__from_on__range=(first, last)).select_related(
        "placement__agency", "batch"
    )
    by_agency: dict[Organisation, list[PlacingLine]] = defaultdict(list)
    for line in lines.order_by("pk"):
        assert line.placement is not None  # noqa: S101  asked for
        by_agency[line.placement.agency].append(line)
    found = [one for agency, mine in by_agency.items() for one in _of_agency(agency, mine)]
    return sorted(found, key=lambda one: (one.agency, one.month, one.currency))


def _of_agency(agency: Organisation, lines: Sequence[PlacingLine]) -> Iterable[Cohort]:
    known: dict[tuple[date, str], Cohort] = {}
    stays: dict[str, list[_Stay]] = defaultdict(list)
    batches: dict[int, date] = {}
    for line in lines:
        placement = line.placement
        assert placement is not None  # noqa: S101  asked for
        month = placement.from_on.replace(day=1)
        cohort = known.setdefault(
            (month, line.currency), Cohort(agency=agency.key, month=month, currency=line.currency)
        )
        cohort.placed += 1
        cohort.arrears += line.arrears
        until = placement.until_on
        if placement.recalled_at is not None:
            until = access_day(placement.recalled_at)
        stays[line.obligor_no].append(_Stay(cohort, placement.from_on, until))
        if line.batch_id is not None:
            batches[line.batch_id] = month
    _recovered(agency, known, batches)
    _cured(stays)
    _contacted(agency.key, stays)
    _promised(stays)
    _complained(agency.key, stays)
    return known.values()


def _recovered(
    agency: Organisation, known: dict[tuple[date, str], Cohort], batches: dict[int, date]
) -> None:
    for line in statement(agency, first=min(batches.values()), last=date.max):
        month = batches.get(line.batch)
        if month is not None and (cohort := known.get((month, line.currency))) is not None:
            cohort.recovered += line.amount


def _cured(stays: dict[str, list[_Stay]]) -> None:
    cases = Case.objects.filter(obligor_no__in=stays).order_by("opened_on", "pk")
    by_debtor: dict[str, list[Case]] = defaultdict(list)
    for case in cases.only("obligor_no", "state", "close_reason", "closed_on"):
        by_debtor[case.obligor_no].append(case)
    for number, mine in by_debtor.items():
        if any(one.state == CaseState.OPEN for one in mine):
            continue
        newest = max(mine, key=lambda one: one.closed_on or date.min)
        for stay in stays[number]:
            closed = newest.closed_on
            if newest.close_reason in _CURED and closed is not None and closed >= stay.from_on:
                stay.cohort.cured += 1


def _contacted(agency: str, stays: dict[str, list[_Stay]]) -> None:
    about: dict[str, Any] = {"agency": agency, "case__obligor_no__in": stays}
    attempts = Attempt.objects.filter(**about, state__in=_MADE).order_by()
    for number, at in attempts.values_list("case__obligor_no", "at"):
        for stay in _during(stays, number, at):
            stay.contacts.append(access_day(at))
    reached = ContactOutcome.objects.filter(**about, right_party=True).order_by()
    for number, at in reached.values_list("case__obligor_no", "at"):
        for stay in _during(stays, number, at):
            stay.is_reached = True
    breaches = Breach.objects.filter(
        attempt__agency=agency, attempt__case__obligor_no__in=stays
    ).order_by()
    for number, at in breaches.values_list("attempt__case__obligor_no", "attempt__at"):
        for stay in _during(stays, number, at):
            stay.cohort.breaches += 1
    for stay in (one for each in stays.values() for one in each):
        stay.cohort.reached += stay.is_reached
        if stay.contacts:
            stay.cohort.contacted += 1
            stay.cohort.days += (min(stay.contacts) - stay.from_on).days


def _promised(stays: dict[str, list[_Stay]]) -> None:
    made = Promise.objects.filter(case__obligor_no__in=stays, state__in=_SETTLED).order_by()
    for number, day, state in made.values_list("case__obligor_no", "made_on", "state"):
        for stay in (one for one in stays[number] if one.has(day)):
            stay.cohort.promises += 1
            stay.cohort.kept += state == PromiseState.KEPT


def _complained(agency: str, stays: dict[str, list[_Stay]]) -> None:
    loans = dict(
        Case.objects.filter(obligor_no__in=stays).order_by().values_list("loan_no", "obligor_no")
    )
    told = Complaint.objects.filter(agency=agency, loan_no__in=loans).order_by()
    for loan_no, at in told.values_list("loan_no", "received_at"):
        for stay in _during(stays, loans[loan_no], at):
            stay.cohort.complaints += 1


def _during(stays: dict[str, list[_Stay]], number: str, at: datetime) -> Iterable[_Stay]:
    return (one for one in stays[number] if one.has(access_day(at)))
