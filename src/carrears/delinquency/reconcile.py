"""Hold the computed days past due against those that the lender's own system reports.

A loan-month can be compared when the report tells a status and the loan is open by both
counts at the end of the period. What differs is listed with its likely cause; nothing is
overwritten by either side. The causes, in the order in which they are looked for:

- ``closing``: the loan is charged off, repossessed or repaid in this report or the next one.
- ``deferral``: this report grants an extension or tells a modification, or its days past due
  fell though nothing was paid.
- ``small_shortfall``: by both counts the arrears are less than half an instalment apart, so
  the two differ in what they forgive.
- ``late_posting``: the next report agrees again and money moved in between.
- ``earlier_deferral`` / ``earlier_adjustment``: the same difference follows from an extension
  or modification, or from a balance that rose without a payment being taken back, in an
  earlier report: what was then agreed the tape does not fully say.
- ``unknown``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from datetime import date

import duckdb
import ibis
import ibis.expr.types as ir

from carrears.delinquency.buckets import Buckets, load_buckets
from carrears.delinquency.engine import compile_sql
from carrears.delinquency.screen import delinquency

NEAR_DAYS = 2
"""Days that two counts may differ and still be called the same: months are not equally long."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A loan-month whose bucket differs. Money in minor units."""

    loan_id: int
    period_end: date
    computed_dpd: int
    reported_dpd: int
    computed_bucket: int
    reported_bucket: int
    computed_arrears: int
    reported_arrears: int | None
    cause: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How far the two counts agree, in loan-months."""

    comparable: int
    bucket_agree: int
    dpd_agree: int
    differences: tuple[Difference, ...]

    @property
    def bucket_share(self) -> float:
        """The part of the comparable loan-months whose bucket agrees; 1 where there are none."""
        return self.bucket_agree / self.comparable if self.comparable else 1.0

    @property
    def dpd_share(self) -> float:
        """The part whose days agree within ``NEAR_DAYS``; 1 where there are none."""
        return self.dpd_agree / self.comparable if self.comparable else 1.0

    @property
    def causes(self) -> dict[str, int]:
        """Differences by cause, most first."""
        return dict(Counter(one.cause for one in self.differences).most_common())


def reconcile(
    engine: duckdb.DuckDBPyConnection,
    computed: ir.Table,
    reported: ir.Table,
    *,
    buckets: Buckets | None = None,
) -> Reconciliation:
    """Compare ``computed`` (``loan_id, as_of, arrears, dpd, bucket``) with ``reported``.

    ``reported`` has the columns of ``layout.REPORTS``; all reports of a loan should be given,
    since causes are looked for in the ones before and after. Both are tables of ``engine``.
    """
    rows = compare(computed, reported, buckets=buckets)
    engine.execute(f"create or replace temp table compared as {compile_sql(rows)}")
    totals = engine.execute(
        "select count(*), count(*) filter (cause is null),"
        " count(*) filter (abs(computed_dpd - reported_dpd) <= ?) from compared",
        [NEAR_DAYS],
    ).fetchone()
    listed = ", ".join(one.name for one in fields(Difference))
    query = f"select {listed} from compared where cause is not null"  # noqa: S608  own names
    found = engine.execute(f"{query} order by loan_id, period_end").fetchall()
    engine.execute("drop table compared")
    comparable, bucket_agree, dpd_agree = totals or (0, 0, 0)
    return Reconciliation(
        comparable=comparable,
        bucket_agree=bucket_agree,
        dpd_agree=dpd_agree,
        differences=tuple(Difference(*row) for row in found),
    )


def compare(computed: ir.Table, reported: ir.Table, *, buckets: Buckets | None = None) -> ir.Table:
    """The loan-months that can be compared, in the columns of ``Difference``.

    ``cause`` is null where the buckets agree.
    """
    rows = _compared(computed, _with_neighbours(reported), buckets or load_buckets())
    return rows.select(
        "loan_id",
        "period_end",
        "reported_bucket",
        "reported_arrears",
        computed_dpd=rows.dpd,
        reported_dpd=rows.reported,
        computed_bucket=rows.bucket,
        computed_arrears=rows.arrears,
        cause=ibis.ifelse(rows.agrees, ibis.null("string"), _cause(rows)),
    )


def states_at_reports(
    loans: ir.Table,
    instalments: ir.Table,
    payments: ir.Table,
    terms: ir.Table,
    reports: ir.Table,
    *,
    buckets: Buckets | None = None,
) -> ir.Table:
    """The computed state at the end of each reported period, for ``reconcile``.

    All periods in one expression: each loan-month becomes a loan of its own, with its dates
    moved by as many days as bring the period's end to one common day.
    """
    told = reports.filter(reports.reported_dpd.notnull(), (reports.balance > 0).fill_null(True))
    months = told.select("loan_id", as_of=told.period_end).distinct()
    months = months.mutate(
        month_id=ibis.row_number().over(order_by=["loan_id", "as_of"]).cast("int64")
    )
    loans = loans.select("loan_id", "loan_no", "product", "currency", "originated_on", "closed_on")
    due = _moved(instalments, months, "due_on", "effective_on", "superseded_on")
    money = _moved(payments, months, "paid_on")
    state = delinquency(
        _moved(loans, months, "originated_on", "closed_on"),
        due.filter(due.due_on <= _COMMON_DAY),
        money.filter(money.paid_on <= _COMMON_DAY),
        terms,
        as_of=_COMMON_DAY,
        buckets=buckets,
    )
    state = state.select("arrears", "dpd", "bucket", month_id=state.loan_id)
    return months.inner_join(state, "month_id").select(
        "loan_id", "as_of", "arrears", "dpd", "bucket"
    )


_COMMON_DAY = date(2000, 1, 1)


def _moved(table: ir.Table, months: ir.Table, *dates: str) -> ir.Table:
    """The table for each loan-month, its dates counted from the common day."""
    rows = table.inner_join(months, "loan_id")
    day = ibis.date(_COMMON_DAY)
    # DuckDB makes a timestamp of a date and an interval, and Ibis calls it a date already.
    moved = {
        name: (day + rows[name].delta(rows.as_of, unit="day").as_interval("D"))
        .cast("timestamp")
        .cast("date")
        for name in dates
    }
    return rows.mutate(**moved, loan_id=rows.month_id).drop("month_id", "as_of")


def _with_neighbours(reported: ir.Table) -> ir.Table:
    """Each report with what the one before and the one after say."""
    order = ibis.window(group_by="loan_id", order_by="period_end")
    before = ibis.window(group_by="loan_id", order_by="period_end", preceding=(None, 1))
    is_agreed = (reported.extended_months.fill_null(0) > 0) | reported.modified.fill_null(False)
    took_back = reported.paid.fill_null(0) < 0
    has_risen = (reported.balance > reported.opening_balance).fill_null(False) & ~took_back
    rows = reported.mutate(is_agreed=is_agreed, has_risen=has_risen)
    return rows.mutate(
        last_dpd=rows.reported_dpd.lag().over(order),
        next_dpd=rows.reported_dpd.lead().over(order),
        next_paid=rows.paid.lead().over(order),
        next_balance=rows.balance.lead().over(order),
        next_end=rows.period_end.lead().over(order),
        was_agreed=rows.is_agreed.any().over(before).fill_null(False),
        has_ever_risen=(rows.has_risen.any().over(before).fill_null(False)) | rows.has_risen,
    )


def _compared(computed: ir.Table, reported: ir.Table, buckets: Buckets) -> ir.Table:
    """The loan-months that can be compared, with both counts."""
    rows = reported.filter(reported.reported_dpd.notnull(), (reported.balance > 0).fill_null(True))
    rows = rows.mutate(
        reported=ibis.greatest(rows.reported_dpd, 0),
        reported_arrears=ibis.greatest(rows.next_due - rows.scheduled, 0),
    )
    rows = rows.inner_join(
        computed,
        (rows.loan_id == computed.loan_id) & (rows.period_end == computed.as_of),
        rname="computed_{name}",
    )
    later = computed.select("loan_id", next_end=computed.as_of, next_bucket=computed.bucket)
    rows = rows.left_join(later, ["loan_id", "next_end"], rname="later_{name}")
    rows = rows.mutate(reported_bucket=buckets.number_expression(rows.reported))
    next_reported = ibis.greatest(rows.next_dpd, 0)
    return rows.mutate(
        agrees=rows.reported_bucket == rows.bucket,
        agrees_next=(rows.next_bucket == buckets.number_expression(next_reported)).fill_null(False),
    )


def _cause(rows: ir.Table) -> ir.StringValue:
    is_closing = (
        (rows.charged_off.fill_null(0) > 0)
        | rows.repossessed.fill_null(False)
        | (rows.next_balance <= 0).fill_null(False)
    )
    fell = (rows.reported_dpd < rows.last_dpd).fill_null(False) & (rows.paid.fill_null(0) == 0)
    apart = (rows.arrears - rows.reported_arrears).abs()
    moved = (rows.paid.fill_null(0) != 0) | (rows.next_paid.fill_null(0) != 0)
    return ibis.cases(
        (is_closing, "closing"),
        (rows.is_agreed | fell, "deferral"),
        ((apart * 2 < rows.scheduled).fill_null(False), "small_shortfall"),
        (rows.agrees_next & moved, "late_posting"),
        (rows.was_agreed, "earlier_deferral"),
        (rows.has_ever_risen, "earlier_adjustment"),
        else_="unknown",
    )
