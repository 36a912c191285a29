"""What changes the schedule of a case: reschedule, re-age, re-amortise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from carrears.delinquency.ledger.cases.plan import Line
from carrears.delinquency.ledger.cases.reading import (
    Case,
    CaseError,
    Event,
    parse_number,
    parse_whole,
)
from carrears.delinquency.ledger.cases.state import Instalment, Loan
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.schedule import due_dates
from carrears.delinquency.ledger.waterfall import Component


def reschedule(lines: Sequence[Line], case: Case, event: Event) -> list[Line]:
    """Move an instalment and those after it, give principal-free ones, change a flat rate.

    Raises ``CaseError`` where no instalment is due from then on.
    """
    begin = event.day_of("from_due_date")
    kept = [line for line in lines if line.due_on < begin or line.is_down_payment]
    moved = [line for line in lines if line.due_on >= begin and not line.is_down_payment]
    if not moved:
        raise CaseError(f"event {event.id}: from_due_date: no instalment is due then or later")
    every, unit = case.terms.get("every") or (1, "months")
    free = parse_whole(event.fields.get("grace_principal"), f"event {event.id}: grace_principal")
    extra = parse_whole(
        event.fields.get("extra_installments"), f"event {event.id}: extra_installments"
    )
    parts = [line.principal for line in moved]
    if extra:
        parts = equal_parts(sum(parts), len(parts) + extra, case.unit)
    parts = [0] * free + parts
    new = event.fields.get("new_due_date")
    start = event.day_of("new_due_date") if new else moved[0].due_on
    days = [start, *due_dates(start, number=len(parts) - 1, every=int(every), unit=str(unit))]
    interest = [line.interest for line in moved]
    interest += [interest[-1]] * (len(parts) - len(interest))
    factor = _new_rate(case, event)
    starts = [moved[0].starts_on, *days[:-1]]
    return kept + [
        Line(
            starts_on=a,
            due_on=b,
            principal=part,
            interest=round_to(share * factor, rounding=Rounding.HALF_EVEN),
        )
        for a, b, part, share in zip(starts, days, parts, interest, strict=True)
    ]


def _new_rate(case: Case, event: Event) -> Fraction:
    """What interest is multiplied by."""
    if event.fields.get("new_annual_rate_pct") is None:
        return Fraction(1)
    old = parse_number(case.terms.get("annual_rate_pct") or 0, "terms: annual_rate_pct")
    new = parse_number(event.fields["new_annual_rate_pct"], f"event {event.id}: new rate")
    if not old or case.terms.get("interest_method") != "flat":
        raise CaseError(f"event {event.id}: a new rate is understood for flat interest only")
    return new / old


def equal_parts(total: int, number: int, unit: int) -> list[int]:
    """A total in equal parts rounded to the unit; the last takes the difference."""
    part = round_to(Fraction(total, number), rounding=Rounding.HALF_EVEN, unit=unit)
    return [part] * (number - 1) + [total - part * (number - 1)]


def reage(loan: Loan, case: Case, event: Event) -> int:
    """Give all outstanding principal new instalments; how much was moved."""
    number = parse_whole(event.fields.get("installments"), f"event {event.id}: installments")
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
