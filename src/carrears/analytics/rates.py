"""Figures by month and segment, as sums over the rows of ``month_moves``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from carrears.delinquency.roll import cure_cells, flow_cells, roll_cells, whole

_MONTH = ("month", "currency")


def monthly_rolls(moves: ir.Table, *, by: Sequence[str] = ()) -> ir.Table:
    """The roll-rate matrix (迁徙率) of each month; columns of ``roll_cells``."""
    return roll_cells(_cohort(moves), by=_groups(by))


def average_rolls(moves: ir.Table, *, by: Sequence[str] = ()) -> ir.Table:
    """One matrix for all months together: each month's cohort weighs by its size."""
    groups = [name for name in _groups(by) if name != "month"]
    return roll_cells(_cohort(moves), by=groups)


def monthly_flows(moves: ir.Table, *, by: Sequence[str] = (), worst: int) -> ir.Table:
    """Flow rates M0→M1, M1→M2 … of each month; columns of ``flow_cells``."""
    return flow_cells(_cohort(moves), by=_groups(by), worst=worst)


def monthly_cures(moves: ir.Table, *, by: Sequence[str] = ()) -> ir.Table:
    """Cure rates (回正率) of each month; columns of ``cure_cells``."""
    return cure_cells(_cohort(moves), by=_groups(by))


def monthly_stock(moves: ir.Table, *, by: Sequence[str] = ()) -> ir.Table:
    """What stands in each bucket at each month-end.

    Columns: ``month, currency``, ``by``, ``bucket``, ``loans``, ``balance, arrears`` (minor
    units), ``loan_share, balance_share`` of the group's whole (float64).
    """
    stood = moves.filter(moves.to_bucket.notnull()).mutate(bucket=moves.to_bucket)
    groups = _groups(by)
    cells = stood.group_by(*groups, "bucket").agg(
        loans=stood.count(),
        balance=whole(stood.balance_after.sum()),
        arrears=whole(stood.arrears_after.sum()),
    )
    group = ibis.window(group_by=list(groups))
    return cells.mutate(
        loan_share=cells.loans / cells.loans.sum().over(group),
        balance_share=cells.balance / cells.balance.sum().over(group).nullif(0),
    ).order_by(*groups, "bucket")


def redefaults(moves: ir.Table, *, by: Sequence[str] = (), last: date, within: int = 3) -> ir.Table:
    """Re-default: of the loans cured in a month, who is behind again within k months.

    Columns: ``month`` (of the cure), ``currency``, ``by``, ``k`` (1 … ``within``), ``cured``
    and ``redefaulted`` (loans), ``cured_balance, redefaulted_balance`` (principal outstanding
    at the cure, minor units), ``redefault_rate, redefault_rate_balance`` (float64). A loan
    lost after its cure counts as behind again; one paid off does not. Only months whose k
    following month-ends are all known, ``last`` being the last of them, have a row.
    """
    groups = _groups(by)
    is_cured = (moves.from_bucket > 0) & (moves.to_bucket == 0)
    cured = moves.filter(is_cured.fill_null(False)).select("loan_id", *groups, "balance_after")
    is_bad = (moves.to_bucket > 0).fill_null(False) | moves.is_lost
    bad = moves.filter(is_bad).select(bad_loan="loan_id", bad_month="month")
    pairs = cured.left_join(bad, [cured.loan_id == bad.bad_loan, cured.month < bad.bad_month])
    first = pairs.group_by("loan_id", *groups, "balance_after").agg(bad_month=pairs.bad_month.min())
    first = first.mutate(after=_months_between(first.month, first.bad_month))
    known = _months_between(first.month, ibis.date(last))
    ahead = ibis.range(1, ibis.least(known, within) + 1).unnest()
    rows = first.filter(known >= 1).mutate(k=ahead.cast("int32"))
    is_back = (rows.after <= rows.k).fill_null(False)
    sums = rows.group_by(*groups, "k").agg(
        cured=rows.count(),
        redefaulted=rows.count(where=is_back),
        cured_balance=whole(rows.balance_after.sum()),
        redefaulted_balance=whole(rows.balance_after.sum(where=is_back)).fill_null(0),
    )
    return sums.mutate(
        redefault_rate=sums.redefaulted / sums.cured,
        redefault_rate_balance=sums.redefaulted_balance / sums.cured_balance.nullif(0),
    ).order_by(*groups, "k")


def _groups(by: Sequence[str]) -> list[str]:
    return [*_MONTH, *(name for name in by if name not in _MONTH)]


def _cohort(moves: ir.Table) -> ir.Table:
    return moves.filter(moves.from_bucket.notnull())


def _months_between(start: ir.DateValue, end: ir.DateValue) -> ir.IntegerValue:
    return (end.year() - start.year()) * 12 + (end.month() - start.month())
