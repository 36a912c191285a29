"""Concentration (集中度): how much of the book hangs on a few regions, dealers, models."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from carrears.delinquency.roll import whole


def concentration(
    moves: ir.Table, *, segment: str, late_from: int = 2, top: int | None = None
) -> ir.Table:
    """How each month-end's book is spread over ``segment``, the largest first.

    Columns: ``month, currency``, ``segment`` (its value), ``rank`` (by balance, from 1),
    ``loans``, ``balance``, ``late_balance`` (minor units; in bucket ``late_from`` or later),
    ``loan_share, balance_share`` of the whole, ``cumulative_share`` (of balance, down to this
    rank), ``late_rate`` (late balance over balance), ``hhi_loans, hhi_balance``. All rates are
    float64. ``top`` keeps the first ranks; shares and indices stay those of the whole book.

    The index is Herfindahl's and Hirschman's, Σ share², between 1/n and 1
    (https://www.justice.gov/atr/herfindahl-hirschman-index, which counts it in 10,000ths).
    """
    stood = moves.filter(moves.to_bucket.notnull()).mutate(segment=moves[segment])
    is_late = stood.to_bucket >= late_from
    sums = stood.group_by("month", "currency", "segment").agg(
        loans=stood.count(),
        balance=whole(stood.balance_after.sum()),
        late_balance=whole(stood.balance_after.sum(where=is_late)).fill_null(0),
    )
    book = ibis.window(group_by=["month", "currency"])
    shares = sums.mutate(
        loan_share=sums.loans / sums.loans.sum().over(book),
        balance_share=sums.balance / sums.balance.sum().over(book).nullif(0),
        late_rate=sums.late_balance / sums.balance.nullif(0),
    )
    ranked = ibis.window(group_by=["month", "currency"], order_by=[ibis.desc("balance"), "segment"])
    down = ibis.cumulative_window(
        group_by=["month", "currency"], order_by=[ibis.desc("balance"), "segment"]
    )
    squares = shares.loan_share * shares.loan_share, shares.balance_share * shares.balance_share
    rows = shares.mutate(
        rank=(ibis.row_number().over(ranked) + 1).cast("int32"),
        cumulative_share=shares.balance_share.sum().over(down),
        hhi_loans=squares[0].sum().over(book),
        hhi_balance=squares[1].sum().over(book),
    )
    if top is not None:
        rows = rows.filter(rows["rank"] <= top)
    return rows.order_by("month", "currency", "rank")
