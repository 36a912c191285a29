"""What an early warning looks at, of every loan that is not behind yet, in one table.

One Ibis expression, for the night over a whole book and for the loan of one event.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from carrears.delinquency.ledger.habits import HABITS
from carrears.delinquency.screen import AsOf, date_expression, whole_months
from carrears.risk.scorecard import Scorecard, score_expression
from carrears.warning.signals import SIGNALS, Signals, live_signals

# What is known of the borrower's other loans: how many of them are behind.
DEBTORS = ibis.schema({"obligor_no": "string", "loans_behind": "int32"})
FROM_STATE = (
    *("loan_id", "loan_no", "product", "currency", "months_on_book", "next_due_on"),
    *("next_due_amount", "paid_ahead", "oldest_due_on", "arrears"),
    *HABITS,
)


def warning_features(
    state: ir.Table, book: Mapping[str, ir.Table], *, as_of: AsOf, signals: Signals
) -> ir.Table:
    """One row for each loan of ``state`` that is not behind (``dpd`` 0).

    ``state`` is of ``delinquency.state``; ``book`` has by name the tables ``loans`` and ``events``
    of the layout, and ``debtors`` with the columns of ``DEBTORS`` for borrowers with a loan behind.
    Columns: those of ``FROM_STATE`` as the state has them, the habits of paying among them, and
    the counts of ``live_signals``; ``obligor_no``;
    ``loan_to_value`` and ``payment_to_income`` (float64); ``bureau_score``, the newest told, else
    the tape's;
    ``bureau_drop``, by how much the newest change still live fell short of the score before it
    (int32, 0 where it did not); ``months_since_payment`` (int32, null before the first payment);
    ``is_ahead`` (int32), 1 where the next instalment is paid; ``debtor_behind`` (int32), other
    loans of the borrower that are behind.
    """
    day = date_expression(as_of)
    calm = state.filter(state.dpd == 0)
    loans, events = book["loans"], book["events"].semi_join(calm, "loan_id")
    told = live_signals(events, as_of=day, signals=signals)
    contract = loans.select(
        *("loan_id", "obligor_no", "principal", "vehicle_value"),
        tape_score=loans.bureau_score,
        payment_to_income=loans.payment_to_income.cast("float64"),
    )
    joined = calm.select(*FROM_STATE, "last_paid_on")
    for name, table in (("loan", contract), ("told", told)):
        joined = joined.left_join(table, "loan_id", rname=f"{name}_{{name}}")
        joined = joined.drop(f"{name}_loan_id")
    joined = joined.left_join(book["debtors"], "obligor_no", rname="debtor_{name}")
    return _columns(joined, day)


def _columns(joined: ir.Table, day: ir.DateValue) -> ir.Table:
    value = joined.vehicle_value.nullif(0).cast("float64")
    drop = joined.score_before.fill_null(joined.tape_score) - joined.score_told
    is_ahead = (joined.paid_ahead >= joined.next_due_amount) & (joined.paid_ahead > 0)
    return joined.select(
        *FROM_STATE,
        *("obligor_no", "payment_to_income"),
        **{name: joined[name].fill_null(0) for name in SIGNALS},
        loan_to_value=joined.principal.cast("float64") / value,
        bureau_score=joined.score_told.fill_null(joined.tape_score),
        bureau_drop=ibis.greatest(drop.fill_null(0), 0).cast("int32"),
        months_since_payment=whole_months(joined.last_paid_on, day),
        is_ahead=is_ahead.fill_null(False).cast("int32"),
        debtor_behind=joined.loans_behind.fill_null(0),
    )


def scored_warnings(features: ir.Table, card: Scorecard) -> ir.Table:
    """``features`` with ``score``, ``band`` and ``reasons`` of the early-warning card."""
    return score_expression(features, card)
