"""First-payment default (首期违约, FPD): loans that go wrong with their first instalments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from carrears.delinquency.roll import whole
from carrears.delinquency.screen import instalment_money, is_material

FIRST_INSTALMENTS = 3


def early_payments(
    loans: ir.Table,
    instalments: ir.Table,
    payments: ir.Table,
    terms: ir.Table,
    *,
    days: int,
) -> ir.Table:
    """How each of a loan's first three instalments stood ``days`` days after it was due.

    The tables have the columns of ``carrears.layout``; ``terms`` those of
    ``portfolio.products.TERMS``.

    Columns: ``loan_id``, ``ordinal`` (1, 2, 3; of the instalments that are above zero),
    ``due_on``, ``judged_on`` (``due_on`` plus ``days``), ``is_default``. An instalment is in
    default when it is the oldest unpaid one at the end of ``judged_on``: the second counts
    only where the first is paid by then. Unpaid is what the screen calls so, by the money paid
    until then and the product's materiality; of a moved instalment the date counts that was in
    force on its day of judgement. A loan paid off by then is no default.
    """
    rows = _first_rows(instalments, days=days)
    about = loans.select("loan_id", "product", "closed_on", "closed_reason")
    rows = rows.inner_join(about, "loan_id").left_join(terms, "product", rname="terms_{name}")
    money = _money_by(rows.select("loan_id", "ordinal", "judged_on"), payments)
    asked = rows.select(
        *("loan_id", "ordinal", "due_on", "judged_on", "closed_on", "closed_reason")
    ).left_join(money, ["loan_id", "ordinal"], rname="money_{name}")
    asked = asked.select(
        "loan_id", "ordinal", "due_on", "judged_on", "closed_on", "closed_reason",
        money=ibis.greatest(asked.money.fill_null(0), 0),
    )  # fmt: skip
    older = rows.select(
        "loan_id", "amount", "up_to", "materiality_minor", "materiality_share", place="ordinal"
    )
    pairs = asked.inner_join(older, "loan_id", rname="older_{name}")
    pairs = pairs.filter(pairs.place <= pairs.ordinal)
    unpaid = is_material(pairs, ibis.greatest(pairs.up_to - pairs.money, 0))
    settled = (pairs.closed_reason == "paid_off") & (pairs.closed_on <= pairs.judged_on)
    is_own = pairs.place == pairs.ordinal
    return pairs.group_by("loan_id", "ordinal", "due_on", "judged_on").agg(
        is_default=(unpaid & is_own & ~settled.fill_null(False)).any() & ~(unpaid & ~is_own).any()
    )


def early_defaults(
    early: ir.Table, lent: ir.Table, *, by: Sequence[str] = (), first: date, last: date
) -> ir.Table:
    """First, second and third payment default by origination month.

    ``early`` has the rows of ``early_payments``, ``lent`` those of ``segmented``; only loans
    lent from ``first`` to ``last``, and only instalments judged by ``last``, count.

    Columns: ``currency``, ``by``, ``cohort_month``, ``ordinal``; ``judged, defaulted``
    (loans); ``judged_lent, defaulted_lent`` (principal as lent, minor units); ``loan_rate,
    balance_rate`` (float64).
    """
    groups = ["currency", *(n for n in by if n not in ("currency", "cohort_month"))]
    groups.append("cohort_month")
    start = first.replace(day=1)
    lent = lent.filter(lent.originated_on >= start, lent.originated_on <= last)
    rows = early.filter(early.judged_on <= last)
    rows = rows.inner_join(lent.select("loan_id", "principal", *groups), "loan_id")
    sums = rows.group_by(*groups, "ordinal").agg(
        judged=rows.count(),
        defaulted=rows.count(where=rows.is_default),
        judged_lent=whole(rows.principal.sum()),
        defaulted_lent=whole(rows.principal.sum(where=rows.is_default)).fill_null(0),
    )
    return sums.mutate(
        loan_rate=sums.defaulted / sums.judged,
        balance_rate=sums.defaulted_lent / sums.judged_lent.nullif(0),
    ).order_by(*groups, "ordinal")


def _first_rows(instalments: ir.Table, *, days: int) -> ir.Table:
    """The first three instalments of each loan, with ``up_to``, the sum of those so far."""
    rows = instalments.mutate(amount=instalments.principal + instalments.interest + instalments.fee)
    rows = rows.filter(rows.amount > 0)
    firsts = rows.group_by("loan_id").agg(first_seq=rows.seq.min())
    rows = rows.inner_join(firsts, "loan_id", rname="first_{name}")
    rows = rows.filter(rows.seq < rows.first_seq + FIRST_INSTALMENTS)
    judged = (rows.due_on + ibis.interval(days=days)).cast("date")
    rows = rows.filter(
        (rows.effective_on <= judged).fill_null(True),
        (rows.superseded_on > judged).fill_null(True),
    )
    order = [rows.due_on, rows.seq]
    place = ibis.row_number().over(ibis.window(group_by="loan_id", order_by=order)) + 1
    so_far = ibis.cumulative_window(group_by="loan_id", order_by=order)
    return rows.select(
        "loan_id",
        "due_on",
        "amount",
        ordinal=place.cast("int32"),
        judged_on=judged,
        up_to=whole(rows.amount.sum().over(so_far)),
    )


def _money_by(asked: ir.Table, payments: ir.Table) -> ir.Table:
    """What was paid on each loan until each day of judgement."""
    money = instalment_money(payments, as_of=date.max)
    money = money.select("loan_id", "paid_on", "amount")
    rows = asked.inner_join(money, "loan_id", rname="paid_{name}")
    rows = rows.filter(rows.paid_on <= rows.judged_on)
    return rows.group_by("loan_id", "ordinal").agg(money=whole(rows.amount.sum()))
