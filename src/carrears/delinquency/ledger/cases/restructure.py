"""What changes the schedule of a case: reschedule, re-age, re-amortise."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from carrears.delinquency.ledger.cases.reading import Case, CaseError, Event, parse_number
from carrears.delinquency.ledger.cases.state import Instalment, Loan
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.schedule import due_dates
from carrears.delinquency.ledger.waterfall import Component


def reschedule(loan: Loan, case: Case, event: Event) -> None:
    """Move an instalment and those after it, give principal-free ones, change a flat rate."""
    begin = event.day_of("from_due_date")
    first = next((i for i, row in enumerate(loan.rows) if row.due_on >= begin), None)
    if first is None:
        raise CaseError(f"event {event.id}: from_due_date: no instalment is due then or later")
    every, unit = case.terms.get("every") or (1, "months")
    free = int(event.fields.get("grace_principal") or 0)
    extra = int(event.fields.get("extra_installments") or 0)
    _insert(loan, first, free + extra)
    if extra:
        _respread(loan, first + free, case.unit)
    new = event.fields.get("new_due_date")
    start = event.day_of("new_due_date") if new else loan.rows[first].due_on
    number = len(loan.rows) - first - 1
    days = [start, *due_dates(start, number=number, every=int(every), unit=str(unit))]
    for row, due in zip(loan.rows[first:], days, strict=True):
        row.due_on = due
    for before, row in zip(loan.rows[first:], loan.rows[first + 1 :], strict=False):
        row.starts_on = before.due_on
    if event.fields.get("new_annual_rate_pct") is not None:
        _new_rate(loan, first, case, event)


def _insert(loan: Loan, first: int, number: int) -> None:
    for _ in range(number):
        before = loan.rows[first]
        loan.rows.insert(first, Instalment(starts_on=before.starts_on, due_on=before.due_on))


def _respread(loan: Loan, first: int, unit: int) -> None:
    rows = loan.rows[first:]
    total = sum(row.owed[Component.PRINCIPAL] for row in rows)
    for row, part in zip(rows, equal_parts(total, len(rows), unit), strict=True):
        row.owed[Component.PRINCIPAL] = part


def _new_rate(loan: Loan, first: int, case: Case, event: Event) -> None:
    old = parse_number(case.terms.get("annual_rate_pct") or 0, "terms: annual_rate_pct")
    new = parse_number(event.fields["new_annual_rate_pct"], f"event {event.id}: new rate")
    if not old or case.terms.get("interest_method") != "flat":
        raise CaseError(f"event {event.id}: a new rate is understood for flat interest only")
    for row in loan.rows[first:]:
        exact = row.owed[Component.INTEREST] * Fraction(new, 1) / old
        row.owed[Component.INTEREST] = round_to(exact, rounding=Rounding.HALF_EVEN)


def equal_parts(total: int, number: int, unit: int) -> list[int]:
    """A total in equal parts rounded to the unit; the last takes the difference."""
    part = round_to(Fraction(total, number), rounding=Rounding.HALF_EVEN, unit=unit)
    return [part] * (number - 1) + [total - part * (number - 1)]


def reage(loan: Loan, case: Case, event: Event) -> int:
    """Give all outstanding principal new instalments; how much was moved."""
    number = int(event.fields.get("installments") or 0)
    every, unit = event.fields.get("every") or (1, "months")
    if number < 1:
        raise CaseError(f"event {event.id}: no number of instalments")
    moved = sum(_take(row, event.day) for row in loan.rows)
    start = event.day_of("start")
    days = [start, *due_dates(start, number=number - 1, every=int(every), unit=str(unit))]
    kept = [row for row in loan.rows if row.due_on <= start or any(row.owed)]
    begin = kept[-1].due_on if kept else start
    for due, part in zip(days, equal_parts(moved, number, case.unit), strict=True):
        kept.append(Instalment(starts_on=begin, due_on=due, owed=[0, 0, 0, 0, part]))
        begin = due
    place = {id(row): index for index, row in enumerate(kept)}
    for charge in loan.charges:
        charge.row = place[id(loan.rows[charge.row])]
    loan.rows = kept
    return moved


def reamortize(loan: Loan, case: Case, event: Event) -> int:
    """Spread overdue principal over the instalments to come; how much was moved."""
    late = [row for row in loan.rows if row.due_on <= event.day and not row.is_additional]
    coming = [row for row in loan.rows if row.due_on > event.day and not row.is_additional]
    if not coming:
        raise CaseError(f"event {event.id}: no instalment is to come")
    moved = sum(_take(row, event.day) for row in late)
    for row, part in zip(coming, equal_parts(moved, len(coming), case.unit), strict=True):
        row.owed[Component.PRINCIPAL] += part
    return moved


def _take(row: Instalment, day: date) -> int:
    """Take the open principal out of a row."""
    part = row.open_part(Component.PRINCIPAL)
    if part <= 0:
        return 0
    row.owed[Component.PRINCIPAL] -= part
    if row.open_amount == 0:
        row.settled = day
    return part
