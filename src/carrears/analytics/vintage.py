"""Vintage (账龄): how the loans of each origination cohort go bad as they grow older."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from carrears.delinquency.roll import whole

COHORTS = ("cohort_month", "cohort_quarter", "cohort_year")
# Each curve and the bucket from which on a loan is in it; a loss is in all of them.
CURVES = {"30+": 2, "60+": 3, "90+": 4}
LOST = "lost"


def vintage(
    moves: ir.Table,
    lent: ir.Table,
    *,
    cohort: str = "cohort_month",
    by: Sequence[str] = (),
    first: date,
    last: date,
) -> ir.Table:
    """Ever-30+, 60+, 90+ and lost by months on book, of the loans lent between two months.

    ``lent`` has the rows of ``segmented``; ``moves`` are the months from the one of ``first``
    to ``last`` (a month-end), so that what ever happened to a loan lent since ``first`` is all
    in them. ``cohort`` is one of ``COHORTS``.

    Columns: ``currency``, ``by``, ``cohort``, ``curve`` (of ``CURVES``, or ``lost``), ``mob``;
    ``loans, lent`` of the cohort (loans; minor units as lent); ``bad``, loans that were in the
    curve at the end of month ``mob`` or an earlier one; ``bad_balance``, what they owed at the
    month-end when that was first so, a lost loan what it owed at the one before (minor
    units); ``loan_rate, balance_rate`` over ``loans`` and ``lent`` (float64).

    A cohort's curve ends where its youngest loan's does. It cannot fall. Months on book are
    calendar months, 0 in that of the origination.
    """
    groups = ["currency", *(name for name in by if name != "currency"), "cohort"]
    lent = lent.mutate(cohort=lent[cohort])
    lent = lent.filter(lent.originated_on >= first.replace(day=1), lent.originated_on <= last)
    sizes = lent.group_by(*groups).agg(
        loans=lent.count(),
        lent=whole(lent.principal.sum()),
        youngest=lent.originated_on.max(),
    )
    known = _months(sizes.youngest, last)
    curves = ibis.array([*CURVES, LOST]).unnest()
    grid = sizes.mutate(curve=curves).mutate(mob=ibis.range(0, known + 1).unnest().cast("int32"))
    hits = _hits(moves, groups=groups, cohort=cohort, first=first)
    rows = grid.left_join(hits, [*groups, "curve", "mob"], rname="hit_{name}")
    older = ibis.cumulative_window(group_by=[*groups, "curve"], order_by="mob")
    rows = rows.mutate(
        bad=whole(rows.hit_loans.fill_null(0).sum().over(older)),
        bad_balance=whole(rows.hit_balance.fill_null(0).sum().over(older)),
    )
    return rows.select(
        *groups,
        *("curve", "mob", "loans", "lent", "bad", "bad_balance"),
        loan_rate=rows.bad / rows.loans,
        balance_rate=rows.bad_balance / rows.lent.nullif(0),
    ).order_by(*groups, "curve", "mob")


def _hits(moves: ir.Table, *, groups: Sequence[str], cohort: str, first: date) -> ir.Table:
    """When each loan entered each curve, summed by months on book."""
    rows = moves.filter(moves.originated_on >= first.replace(day=1))
    rows = rows.mutate(cohort=rows[cohort])
    worst = rows.to_bucket.fill_null(0)
    lowest = min(CURVES.values())
    rows = rows.filter((worst >= lowest) | rows.is_lost)
    owed = ibis.ifelse(rows.is_lost, rows.balance_before, rows.balance_after)
    rows = rows.select("loan_id", *groups, "months_on_book", "is_lost", "to_bucket", owed=owed)
    entered = []
    for curve, bucket in (*CURVES.items(), (LOST, None)):
        inside = rows.is_lost
        if bucket is not None:
            inside = inside | (rows.to_bucket >= bucket).fill_null(False)
        one = rows.filter(inside)
        one = one.group_by("loan_id", *groups).agg(
            mob=one.months_on_book.min(), owed=one.owed.argmin(one.months_on_book)
        )
        sums = one.group_by(*groups, "mob").agg(
            hit_loans=one.count(), hit_balance=whole(one.owed.sum())
        )
        entered.append(sums.mutate(curve=ibis.literal(curve)))
    return ibis.union(*entered)


def _months(start: ir.DateValue, end: date) -> ir.IntegerValue:
    return (end.year - start.year()) * 12 + (end.month - start.month())
