"""Roll rates (迁徙率) and cure rates between two states of the same book.

Two definitions of a roll rate are in use. This is the cohort one: of the balance that was in
bucket k at the earlier day, the share that the *same loans* carry in bucket j at the later
day, also by count of loans (https://blog.csdn.net/weixin_45545159/article/details/121548746).
The other, one bucket's stock over another's, mixes loans that came with loans that left.

A cure is a loan that was behind at the earlier day and is current at the later one
(https://diversification.com/term/cure-rate). One that left the book in between, paid off or
charged off, is no cure; it stays in the denominator and is counted as ``left``.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def roll_rates(before: ir.Table, after: ir.Table) -> ir.Table:
    """The roll-rate matrix between two tables of ``delinquency``, a row for each cell.

    Columns: ``currency, from_bucket, to_bucket`` (null: left the book), ``loans``,
    ``balance_before, balance_after`` (principal outstanding, minor units), ``loan_rate`` and
    ``balance_rate`` (fractions of the whole from-bucket; float64). Loans that are new in
    ``after`` belong to no cohort and do not appear. ``balance_rate`` is null where the
    from-bucket carries no balance.
    """
    cells = _cohort(before, after)
    cells = cells.group_by("currency", "from_bucket", "to_bucket").agg(
        loans=cells.count(),
        balance_before=_whole(cells.balance_before.sum()),
        balance_after=_whole(cells.balance_after.sum()),
    )
    cohort = ibis.window(group_by=["currency", "from_bucket"])
    rated = cells.mutate(
        loan_rate=cells.loans / cells.loans.sum().over(cohort),
        balance_rate=cells.balance_after / cells.balance_before.sum().over(cohort).nullif(0),
    )
    return rated.order_by("currency", "from_bucket", ibis.asc("to_bucket", nulls_first=False))


def cure_rates(before: ir.Table, after: ir.Table) -> ir.Table:
    """What became of the loans behind, a row for each currency.

    Columns: ``currency``; ``behind, cured, left`` (loans); ``behind_balance,
    cured_balance`` (principal outstanding at the earlier day, minor units); ``cure_rate,
    cure_rate_balance`` (float64). A book with no loan behind gives no row.
    """
    behind = _cohort(before, after)
    behind = behind.filter(behind.from_bucket > 0)
    is_cured = (behind.to_bucket == 0).fill_null(False)
    sums = behind.group_by("currency").agg(
        behind=behind.count(),
        cured=behind.count(where=is_cured),
        left=behind.count(where=behind.to_bucket.isnull()),
        behind_balance=_whole(behind.balance_before.sum()),
        cured_balance=_whole(behind.balance_before.sum(where=is_cured)).fill_null(0),
    )
    return sums.mutate(
        cure_rate=sums.cured / sums.behind,
        cure_rate_balance=sums.cured_balance / sums.behind_balance.nullif(0),
    ).order_by("currency")


def _cohort(before: ir.Table, after: ir.Table) -> ir.Table:
    later = after.select("loan_id", to_bucket="bucket", later_balance="principal_outstanding")
    joined = before.left_join(later, "loan_id", rname="later_{name}")
    return joined.select(
        "currency",
        "to_bucket",
        from_bucket=joined.bucket,
        balance_before=joined.principal_outstanding,
        balance_after=joined.later_balance.fill_null(0),
    )


def _whole(total: ir.IntegerScalar) -> ir.IntegerScalar:
    """A book's sum as int64 (DuckDB sums into 128 bits and Ibis drops a plain cast)."""
    return total.cast("decimal(18, 0)").cast("int64")
