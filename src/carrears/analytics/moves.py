"""A month of the book: where each loan stood at its beginning and at its end.

Every figure by month is a sum over these rows, so that the work of laying two month-ends side
by side, and of cutting the book into segments, is done once a month and not once a question.
"""

from __future__ import annotations

import ibis.expr.types as ir

from carrears.analytics.segments import SEGMENTS
from carrears.delinquency.screen import AsOf, date_expression

# Leaving for one of these reasons is a loss, not the end of a loan that was paid.
LOSSES = ("charged_off", "repossessed")


def month_moves(before: ir.Table, after: ir.Table, lent: ir.Table, *, month_end: AsOf) -> ir.Table:
    """The rows of the month that ends on ``month_end``: loans open at its beginning or its end.

    ``before`` and ``after`` are tables of ``delinquency`` at the month-end before and at
    ``month_end``; ``lent`` has the rows of ``segmented``.

    Columns: ``month`` (date, ``month_end``), ``loan_id``; the names of ``SEGMENTS``;
    ``originated_on``, ``principal`` (as lent); ``from_bucket``, null for a loan that is new;
    ``to_bucket``, null for one that left; ``balance_before, balance_after, arrears_before,
    arrears_after`` (minor units, 0 where there is no bucket); ``months_on_book`` at
    ``month_end``; ``is_lost``, whether it left by one of ``LOSSES``.
    """
    day = date_expression(month_end)
    rows = _laid_beside(before, after, lent)
    # By the loan's own dates, so that loans which left count their months too.
    months = (day.year() - rows.originated_on.year()) * 12 + (
        day.month() - rows.originated_on.month()
    )
    return rows.select(
        "loan_id",
        *SEGMENTS,
        *("originated_on", "principal", "from_bucket", "to_bucket"),
        *("balance_before", "balance_after", "arrears_before", "arrears_after"),
        month=day,
        months_on_book=months.cast("int32"),
        is_lost=(rows.to_bucket.isnull() & rows.closed_reason.isin(LOSSES)).fill_null(False),
    )


def _laid_beside(before: ir.Table, after: ir.Table, loans: ir.Table) -> ir.Table:
    names = ("loan_id", "bucket", "principal_outstanding", "arrears")
    rows = loans.left_join(before.select(*names), "loan_id", rname="earlier_{name}")
    rows = rows.left_join(after.select(*names), "loan_id", rname="later_{name}")
    rows = rows.filter(rows.bucket.notnull() | rows.later_bucket.notnull())
    return rows.select(
        *loans.columns,
        from_bucket=rows.bucket,
        to_bucket=rows.later_bucket,
        balance_before=rows.principal_outstanding.fill_null(0),
        balance_after=rows.later_principal_outstanding.fill_null(0),
        arrears_before=rows.arrears.fill_null(0),
        arrears_after=rows.later_arrears.fill_null(0),
    )
