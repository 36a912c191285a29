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

from collections.abc import Sequence

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
    return roll_cells(_cohort(before, after), by=("currency",))


def cure_rates(before: ir.Table, after: ir.Table) -> ir.Table:
    """What became of the loans behind, a row for each currency.

    Columns: ``currency``; ``behind, cured, left`` (loans); ``behind_balance,
    cured_balance`` (principal outstanding at the earlier day, minor units); ``cure_rate,
    cure_rate_balance`` (float64). A book with no loan behind gives no row.
    """
    return cure_cells(_cohort(before, after), by=("currency",))


def roll_cells(cohort: ir.Table, *, by: Sequence[str]) -> ir.Table:
    """The cells of ``roll_rates`` for each group of the columns ``by``.

    ``cohort`` has a row for each loan of the earlier day: ``from_bucket``; ``to_bucket``, null
    where it left; ``balance_before, balance_after`` (minor units); and the columns ``by``.
    """
    cells = cohort.group_by(*by, "from_bucket", "to_bucket").agg(
        loans=cohort.count(),
        balance_before=whole(cohort.balance_before.sum()),
        balance_after=whole(cohort.balance_after.sum()),
    )
    row = ibis.window(group_by=[*by, "from_bucket"])
    rated = cells.mutate(
        loan_rate=cells.loans / cells.loans.sum().over(row),
        balance_rate=cells.balance_after / cells.balance_before.sum().over(row).nullif(0),
    )
    return rated.order_by(*by, "from_bucket", ibis.asc("to_bucket", nulls_first=False))


def flow_cells(cohort: ir.Table, *, by: Sequence[str], worst: int) -> ir.Table:
    """Flow rates M0→M1, M1→M2 …: what of each bucket went one bucket on.

    The rows of ``cohort`` are those of ``roll_cells``, with ``is_lost`` where the loan left as
    a loss. Columns: ``by``, ``from_bucket``; ``loans, flowed, worse, better, lost, left``
    (loans; ``worse`` holds the flowed and the lost, ``left`` all that left); ``balance_before,
    balance_flowed`` (minor units, what flowed with its later balance); ``flow_rate,
    flow_rate_balance`` (float64). Out of the bucket ``worst``, which has no next one, flows
    what was lost, with the balance it left with.
    """
    is_lost = cohort.is_lost.fill_null(False)
    has_next = cohort.from_bucket < worst
    on = (cohort.to_bucket == cohort.from_bucket + 1).fill_null(False)
    flowed = ibis.ifelse(has_next, on, is_lost)
    carried = ibis.ifelse(has_next, cohort.balance_after, cohort.balance_before)
    worse = (cohort.to_bucket > cohort.from_bucket).fill_null(False) | is_lost
    cells = cohort.group_by(*by, "from_bucket").agg(
        loans=cohort.count(),
        flowed=cohort.count(where=flowed),
        worse=cohort.count(where=worse),
        better=cohort.count(where=(cohort.to_bucket < cohort.from_bucket).fill_null(False)),
        lost=cohort.count(where=is_lost),
        left=cohort.count(where=cohort.to_bucket.isnull()),
        balance_before=whole(cohort.balance_before.sum()),
        balance_flowed=whole(carried.sum(where=flowed)).fill_null(0),
    )
    return cells.mutate(
        flow_rate=cells.flowed / cells.loans,
        flow_rate_balance=cells.balance_flowed / cells.balance_before.nullif(0),
    ).order_by(*by, "from_bucket")


def cure_cells(cohort: ir.Table, *, by: Sequence[str]) -> ir.Table:
    """The rows of ``cure_rates`` for each group of the columns ``by``."""
    behind = cohort.filter(cohort.from_bucket > 0)
    is_cured = (behind.to_bucket == 0).fill_null(False)
    sums = behind.group_by(*by).agg(
        behind=behind.count(),
        cured=behind.count(where=is_cured),
        left=behind.count(where=behind.to_bucket.isnull()),
        behind_balance=whole(behind.balance_before.sum()),
        cured_balance=whole(behind.balance_before.sum(where=is_cured)).fill_null(0),
    )
    return sums.mutate(
        cure_rate=sums.cured / sums.behind,
        cure_rate_balance=sums.cured_balance / sums.behind_balance.nullif(0),
    ).order_by(*by)


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


def whole(total: ir.IntegerScalar) -> ir.IntegerScalar:
    """A book's sum as int64 (DuckDB sums into 128 bits and Ibis drops a plain cast)."""
    return total.cast("decimal(18, 0)").cast("int64")
