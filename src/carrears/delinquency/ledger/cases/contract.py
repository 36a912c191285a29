"""The contract schedule of a case: from its terms and payouts, before charges and payments.

Where the terms give the schedule it is taken; else it is worked out. A later payout is spread
over the instalments still to come; a down payment falls due on the payout day. Zero interest and
flat interest part the principal equally, declining interest takes the level payment of a
twelfth of the year's rate, rounded to ``installment_multiple_of``. The last instalment takes
what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from carrears.delinquency.ledger.cases.reading import (
    Case,
    CaseError,
    Event,
    parse_day,
    parse_number,
)
from carrears.delinquency.ledger.daycount import DayCount, year_fraction
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.schedule import due_dates, level_payment

NO_START = date(2001, 1, 1)  # where a case is about months only, any start will do

DAY_COUNTS = {
    "actual/actual": DayCount.ACT_ACT,
    "actual/actual (each day over the length of its own year)": DayCount.ACT_ACT,
    "actual/365": DayCount.ACT_365,
    "actual/364": DayCount.ACT_364,
    "actual/360": DayCount.ACT_360,
    "30/360": DayCount.THIRTY_360,
    "month = year/12": DayCount.MONTH_12,
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a contract schedule, in minor units."""

    starts_on: date
    due_on: date
    principal: int = 0
    interest: int = 0
    is_down_payment: bool = False


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What the terms say of interest and rounding."""

    rate: Fraction
    is_flat: bool
    is_equal_principal: bool
    is_daily: bool
    day_count: DayCount
    rounding: Rounding
    unit: int
    grace_principal: int
    months: Fraction


def build_contract(case: Case) -> list[Line]:
    """The schedule before any reschedule. Raises ``CaseError`` where the terms do not tell."""
    payouts = live_payouts(case.events)
    start = payouts[0].day if payouts else _submitted(case)
    if case.terms.get("schedule"):
        return _written(case, start)
    every, unit = case.terms.get("every") or (1, "months")
    number = int(case.terms.get("installments") or 0)
    if number < 1:
        raise CaseError("terms: no number of instalments")
    due = due_dates(start, number=number, every=int(every), unit=str(unit))
    if case.terms.get("first_due_date"):
        due = _from_first(case, number, int(every), str(unit))
    plan = _plan(case, every=int(every), unit=str(unit))
    lines: list[Line] = []
    if not payouts:
        principal = case.money(case.terms.get("principal") or 0, "terms: principal")
        return _split(plan, start=start, due=due, principal=principal)
    for payout in payouts:
        lines = _pay_out(case, plan, lines, payout, due)
    return lines


def live_payouts(events: Sequence[Event]) -> list[Event]:
    """The payouts that were not undone."""
    payouts: list[Event] = []
    for event in events:
        if event.type == "disburse":
            payouts.append(event)
        elif event.type == "undo_disburse_last" and payouts:
            payouts.pop()
        elif event.type == "undo_disburse_all":
            payouts.clear()
    return sorted(payouts, key=lambda event: event.day)


def _submitted(case: Case) -> date:
    if case.terms.get("submitted_on"):
        return parse_day(case.terms["submitted_on"], "terms: submitted_on")
    return NO_START if case.as_of == date.max else case.as_of


def _written(case: Case, start: date) -> list[Line]:
    lines = []
    for row in case.terms["schedule"]:
        due = parse_day(row.get("due_date"), "terms: schedule: due_date")
        is_down = bool(row.get("down_payment"))
        lines.append(
            Line(
                starts_on=due if is_down else start,
                due_on=due,
                principal=case.money(row.get("principal") or 0, "terms: schedule: principal"),
                interest=case.money(row.get("interest") or 0, "terms: schedule: interest"),
                is_down_payment=is_down,
            )
        )
        start = start if is_down else due
    return lines


def _from_first(case: Case, number: int, every: int, unit: str) -> list[date]:
    """Due dates counted from a first one; the last day of a month stays the last day."""
    first = parse_day(case.terms["first_due_date"], "terms: first_due_date")
    return [first, *due_dates(first, number=number - 1, every=every, unit=unit)]


def _plan(case: Case, *, every: int, unit: str) -> _Plan:
    rate = parse_number(case.terms.get("annual_rate_pct") or 0, "terms: annual_rate_pct") / 100
    rounding = str(case.terms.get("rounding") or "")
    name = str(case.terms.get("day_count") or "month = year/12")
    if name not in DAY_COUNTS:
        raise CaseError(f"terms: day_count: not known: {name}")
    months = {"months": Fraction(every), "years": Fraction(12 * every)}.get(
        unit, Fraction(every * (7 if unit == "weeks" else 1) * 12, 365)
    )
    return _Plan(
        rate=rate,
        is_flat=case.terms.get("interest_method") == "flat",
        is_equal_principal=case.terms.get("amortization") == "equal_principal",
        is_daily=_counts_days(case, name),
        day_count=DAY_COUNTS[name],
        rounding=Rounding.HALF_UP if "half_up" in rounding else Rounding.HALF_EVEN,
        unit=case.unit,
        grace_principal=int(case.terms.get("grace_principal") or 0),
        months=months,
    )


def _counts_days(case: Case, name: str) -> bool:
    """Whether interest goes by days: said by ``interest_period``, else by the day count."""
    period = case.terms.get("interest_period")
    if period is not None:
        return bool(period == "daily")
    return name != "month = year/12"


def _pay_out(
    case: Case, plan: _Plan, lines: list[Line], payout: Event, due: Sequence[date]
) -> list[Line]:
    """Add a payout to the schedule so far: its down payment, and the rest over what is to come."""
    down = 0
    if case.terms.get("down_payment_pct"):
        share = parse_number(case.terms["down_payment_pct"], "terms: down_payment_pct") / 100
        down = round_to(payout.amount * share, rounding=Rounding.HALF_UP, unit=plan.unit)
    past = [line for line in lines if line.is_down_payment or line.due_on <= payout.day]
    coming = [line for line in lines if not (line.is_down_payment or line.due_on <= payout.day)]
    ahead = [day for day in due if day > payout.day]
    if not ahead:
        raise CaseError(f"event {payout.id}: a payout after the last due date")
    start = coming[0].starts_on if coming else payout.day
    principal = sum(line.principal for line in coming) + payout.amount - down
    rest = _split(plan, start=start, due=ahead, principal=principal, already=len(due) - len(ahead))
    if lines and plan.rate and coming:
        rest[0] = _two_stage(plan, rest[0], coming, payout)
    if down:
        past.append(
            Line(starts_on=payout.day, due_on=payout.day, principal=down, is_down_payment=True)
        )
    return sorted([*past, *rest], key=lambda line: (line.due_on, not line.is_down_payment))


def _two_stage(plan: _Plan, first: Line, coming: Sequence[Line], payout: Event) -> Line:
    """The running instalment bears interest on the old balance until the payout, then on all."""
    old = sum(line.principal for line in coming)
    before = old * plan.rate * _part(plan, first.starts_on, payout.day)
    whole = old + payout.amount
    after = whole * plan.rate * _part(plan, payout.day, first.due_on)
    interest = round_to(before + after, rounding=plan.rounding)
    total = first.principal + first.interest
    return replace(first, interest=interest, principal=total - interest)


def _split(
    plan: _Plan, *, start: date, due: Sequence[date], principal: int, already: int = 0
) -> list[Line]:
    """Part a principal over due dates."""
    if plan.is_flat or not plan.rate:
        return _equal_parts(plan, start=start, due=due, principal=principal)
    starts = [start, *due[:-1]]
    free = max(0, plan.grace_principal - already)
    level = _level(plan, starts=starts, due=due, principal=principal, free=free)
    balance, lines = principal, []
    for index, (begin, end) in enumerate(zip(starts, due, strict=True)):
        interest = round_to(balance * plan.rate * _part(plan, begin, end), rounding=plan.rounding)
        part = 0 if index < free else level - (0 if plan.is_equal_principal else interest)
        if index == len(due) - 1:
            part = balance
        part = min(balance, max(0, part))
        balance -= part
        lines.append(Line(starts_on=begin, due_on=end, principal=part, interest=interest))
    return lines


def _level(
    plan: _Plan, *, starts: Sequence[date], due: Sequence[date], principal: int, free: int
) -> int:
    number = len(due) - free
    if plan.is_equal_principal:
        return round_to(Fraction(principal, number), rounding=plan.rounding, unit=plan.unit)
    if plan.is_daily and plan.unit == 1:
        rates = [plan.rate * _part(plan, a, b) for a, b in zip(starts, due, strict=True)][free:]
    else:
        rates = [plan.rate * plan.months / 12] * number
    return round_to(level_payment(principal, rates), rounding=plan.rounding, unit=plan.unit)


def _part(plan: _Plan, start: date, end: date) -> Fraction:
    """The part of a year a period bears interest for."""
    if not plan.is_daily:
        return plan.months / 12
    if plan.day_count is DayCount.ACT_ACT and start.year != end.year and plan.unit > 1:
        # Level payments in whole units go with the year of the period's start.
        return (end - start).days * year_fraction(
            date(start.year, 1, 1), date(start.year, 1, 2), day_count=DayCount.ACT_ACT
        )
    return year_fraction(start, end, day_count=plan.day_count)


def _equal_parts(plan: _Plan, *, start: date, due: Sequence[date], principal: int) -> list[Line]:
    """Equal principal with the same interest each time, the whole rounded to the unit."""
    number = len(due)
    whole = principal * plan.rate * plan.months * number / 12
    interest = round_to(whole / number, rounding=plan.rounding)
    total = round_to(whole, rounding=plan.rounding)
    level = round_to(
        Fraction(principal, number) + whole / number, rounding=plan.rounding, unit=plan.unit
    )
    lines, balance = [], principal
    for index, (begin, end) in enumerate(zip([start, *due[:-1]], due, strict=True)):
        is_last = index == number - 1
        part = balance if is_last else min(balance, level - interest)
        share = total - interest * (number - 1) if is_last else interest
        balance -= part
        lines.append(Line(starts_on=begin, due_on=end, principal=part, interest=share))
    return lines
