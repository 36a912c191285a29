"""Part a principal over due dates by the interest and rounding terms of a case.

Zero interest and flat interest part the principal equally; declining interest takes the level
payment of a twelfth of the year's rate (or of each period's days), rounded to
``installment_multiple_of``. The last instalment takes what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from carrears.delinquency.ledger.cases.reading import (
    Case,
    CaseError,
    Json,
    parse_number,
    parse_whole,
)
from carrears.delinquency.ledger.daycount import DayCount, year_fraction
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.schedule import level_payment

DAY_COUNTS = {
    "actual/actual": DayCount.ACT_ACT,
    "actual/actual (each day over the length of its own year)": DayCount.ACT_ACT,
    "actual/365": DayCount.ACT_365,
    "actual/364": DayCount.ACT_364,
    "actual/360": DayCount.ACT_360,
    "30/360": DayCount.THIRTY_360,
    "30/360 us": DayCount.THIRTY_US_360,
    "30e/360": DayCount.THIRTY_E_360,
    "30e/360 (european)": DayCount.THIRTY_E_360,
    "month = year/12": DayCount.MONTH_12,
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a contract schedule, in minor units.

    ``extra`` is what is paid with it beyond the schedule and part of its principal; ``balance``
    stands only where figures are shown each rounded on its own.
    """

    starts_on: date
    due_on: date
    principal: int = 0
    interest: int = 0
    extra: int = 0
    balance: int | None = None
    is_down_payment: bool = False


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the terms say of interest and rounding."""

    rate: Fraction
    is_flat: bool
    is_equal_principal: bool
    is_daily: bool
    is_exact: bool
    moves_level: bool
    day_count: DayCount
    rounding: Rounding
    unit: int
    grace_principal: int
    months: Fraction
    extras: dict[int, tuple[int, bool]]


def read_plan(case: Case) -> Plan:
    """The plan of a case's terms. Raises ``CaseError``."""
    rate = parse_number(case.terms.get("annual_rate_pct") or 0, "terms: annual_rate_pct") / 100
    rounding = str(case.terms.get("rounding") or "")
    name = str(case.terms.get("day_count") or "month = year/12").lower()
    if name not in DAY_COUNTS:
        raise CaseError(f"terms: day_count: not known: {name}")
    every, unit = case.terms.get("every") or (1, "months")
    months = {"months": Fraction(every), "years": Fraction(12 * every)}.get(
        unit, Fraction(every * (7 if unit == "weeks" else 1) * 12, 365)
    )
    return Plan(
        rate=rate,
        is_flat=case.terms.get("interest_method") == "flat",
        is_equal_principal=case.terms.get("amortization") == "equal_principal",
        is_daily=_counts_days(case, name),
        is_exact=rounding.startswith("none"),
        moves_level="half_even per row" in rounding,
        day_count=DAY_COUNTS[name],
        rounding=Rounding.HALF_UP if "half_up" in rounding else Rounding.HALF_EVEN,
        unit=case.unit,
        grace_principal=parse_whole(case.terms.get("grace_principal"), "terms: grace_principal"),
        months=months,
        extras=dict(_extra(case, raw) for raw in case.terms.get("extra_payments") or []),
    )


def _counts_days(case: Case, name: str) -> bool:
    """Whether interest goes by days: said by ``interest_period``, else by the day count."""
    period = case.terms.get("interest_period")
    if period is not None:
        return bool(period == "daily")
    return name != "month = year/12"


def _extra(case: Case, raw: Json) -> tuple[int, tuple[int, bool]]:
    """Where an extra payment is made, how much, and whether it lowers the level payment."""
    amount = case.money(raw.get("amount"), "terms: extra_payments: amount")
    return parse_whole(raw.get("with_installment"), "terms: extra_payments: with_installment"), (
        amount,
        raw.get("effect") == "lower_payment",
    )


def split(
    plan: Plan,
    *,
    start: date,
    due: Sequence[date],
    principal: int,
    already: int = 0,
    behind: int = 0,
) -> list[Line]:
    """Part a principal over due dates.

    ``already`` instalments are past, which brought ``behind`` of principal; the parts are then
    shares of both together, and the last instalment takes the difference.
    """
    if plan.is_flat or not plan.rate:
        return _equal_parts(
            plan, start=start, due=due, principal=principal, already=already, behind=behind
        )
    if plan.is_exact:
        return _exact_lines(plan, start=start, due=due, principal=principal)
    free = max(0, plan.grace_principal - already)
    level = _level(plan, start=start, due=due, principal=principal, free=free)
    lines = _declining(plan, start=start, due=due, principal=principal, free=free, level=level)
    return _move_level(plan, lines, level=level, free=free) if plan.moves_level else lines


def _declining(
    plan: Plan, *, start: date, due: Sequence[date], principal: int, free: int, level: int
) -> list[Line]:
    """Interest on the balance, the level payment less it is principal; extras come on top."""
    balance, lines = principal, []
    for index, (begin, end) in enumerate(zip([start, *due[:-1]], due, strict=True)):
        interest = round_to(balance * plan.rate * part_of(plan, begin, end), rounding=plan.rounding)
        part = 0 if index < free else level - (0 if plan.is_equal_principal else interest)
        if index == len(due) - 1:
            part = balance
        part = min(balance, max(0, part))
        extra, lowers = plan.extras.get(index + 1, (0, False))
        extra = min(extra, balance - part)
        balance -= part + extra
        lines.append(
            Line(
                starts_on=begin, due_on=end, principal=part + extra, interest=interest, extra=extra
            )
        )
        if balance == 0:
            break
        if lowers:
            level = _level(plan, start=end, due=due[index + 1 :], principal=balance, free=0)
    return lines


def _move_level(plan: Plan, lines: list[Line], *, level: int, free: int) -> list[Line]:
    """Move the level payment so that the last one comes closest to it.

    A difference of more than half as many units as there are instalments is shared among them,
    where that makes it smaller.
    """
    number = len(lines)
    last = lines[-1].principal + lines[-1].interest
    difference = last - level
    if plan.is_equal_principal or number // 2 == 0 or abs(difference) <= number // 2:
        return lines
    moved = round_to(level + Fraction(difference, number), rounding=plan.rounding)
    principal = sum(line.principal for line in lines)
    due = [line.due_on for line in lines]
    again = _declining(
        plan, start=lines[0].starts_on, due=due, principal=principal, free=free, level=moved
    )
    is_better = abs(again[-1].principal + again[-1].interest - moved) < abs(difference)
    return again if is_better else lines


def _exact_lines(plan: Plan, *, start: date, due: Sequence[date], principal: int) -> list[Line]:
    """Nothing is rounded but what is shown, each figure on its own."""
    starts = [start, *due[:-1]]
    rates = [plan.rate * part_of(plan, a, b) for a, b in zip(starts, due, strict=True)]
    level, balance, lines = level_payment(principal, rates), Fraction(principal), []
    for begin, end, rate in zip(starts, due, rates, strict=True):
        interest = balance * rate
        balance -= level - interest
        lines.append(
            Line(
                starts_on=begin,
                due_on=end,
                principal=round_to(level - interest, rounding=Rounding.HALF_UP),
                interest=round_to(interest, rounding=Rounding.HALF_UP),
                balance=round_to(balance, rounding=Rounding.HALF_UP),
            )
        )
    return lines


def _level(plan: Plan, *, start: date, due: Sequence[date], principal: int, free: int) -> int:
    number = len(due) - free
    if plan.is_equal_principal:
        return round_to(Fraction(principal, number), rounding=plan.rounding, unit=plan.unit)
    if plan.is_daily and plan.unit == 1:
        starts = [start, *due[:-1]]
        rates = [plan.rate * part_of(plan, a, b) for a, b in zip(starts, due, strict=True)][free:]
    else:
        rates = [plan.rate * plan.months / 12] * number
    return round_to(level_payment(principal, rates), rounding=plan.rounding, unit=plan.unit)


def part_of(plan: Plan, start: date, end: date) -> Fraction:
    """The part of a year a period bears interest for."""
    if not plan.is_daily:
        return plan.months / 12
    if plan.day_count is DayCount.ACT_ACT and plan.unit > 1:
        # Level payments in whole units go with the length of the year of the period's start.
        day = year_fraction(
            date(start.year, 1, 1), date(start.year, 1, 2), day_count=DayCount.ACT_ACT
        )
        return (end - start).days * day
    return year_fraction(start, end, day_count=plan.day_count)


def two_stage(
    plan: Plan, lines: list[Line], coming: Sequence[Line], *, day: date, amount: int
) -> list[Line]:
    """The running instalment bears interest on the old balance until a payout, then on all.

    Its period's interest is shared by actual days, each part rounded; the level payment is the
    one that pays back all of it.
    """
    first = lines[0]
    old = sum(line.principal for line in coming)
    whole = old + amount
    period = plan.rate * part_of(plan, first.starts_on, first.due_on)
    days = (first.due_on - first.starts_on).days
    before = old * period * Fraction((day - first.starts_on).days, days)
    after = whole * period * Fraction((first.due_on - day).days, days)
    interest = round_to(before, rounding=plan.rounding) + round_to(after, rounding=plan.rounding)
    rates = [
        Fraction(interest, whole),
        *(plan.rate * part_of(plan, line.starts_on, line.due_on) for line in lines[1:]),
    ]
    level = round_to(level_payment(whole, rates), rounding=plan.rounding, unit=plan.unit)
    if len(lines) == 1:
        return [replace(first, interest=interest, principal=whole)]
    part = min(whole, max(0, level - interest))
    due = [line.due_on for line in lines[1:]]
    tail = _declining(
        plan, start=first.due_on, due=due, principal=whole - part, free=0, level=level
    )
    return [replace(first, interest=interest, principal=part), *tail]


def _equal_parts(
    plan: Plan,
    *,
    start: date,
    due: Sequence[date],
    principal: int,
    already: int,
    behind: int,
) -> list[Line]:
    """Equal principal with the same interest each time, the whole rounded to the unit."""
    number = len(due)
    shares = number + already if behind else number
    free = max(0, plan.grace_principal - already)
    whole = principal * plan.rate * plan.months * number / 12
    interest = round_to(whole / number, rounding=plan.rounding)
    total = round_to(whole, rounding=plan.rounding)
    exact = Fraction(principal + behind, max(1, shares - free)) + whole / number
    level = round_to(exact, rounding=plan.rounding, unit=plan.unit)
    lines, balance = [], principal
    for index, (begin, end) in enumerate(zip([start, *due[:-1]], due, strict=True)):
        is_last = index == number - 1
        part = min(balance, level - interest) if index >= free else 0
        part = balance if is_last else part
        share = total - interest * (number - 1) if is_last else interest
        balance -= part
        lines.append(Line(starts_on=begin, due_on=end, principal=part, interest=share))
    return lines
