"""What the scorecard looks at, in one table: the contract, the state, the payment pattern."""

from __future__ import annotations

import ibis.expr.types as ir

FROM_PATTERN = (
    "paid_share_3m",
    "paid_share_6m",
    "months_since_payment",
    "late_of_last_12",
    "returned_debits_12m",
    "deferrals_12m",
)


def scoring_features(loans: ir.Table, state: ir.Table, pattern: ir.Table) -> ir.Table:
    """One row for each loan of ``state``.

    ``loans`` has the columns of the layout, ``state`` is of ``delinquency`` and ``pattern`` of
    ``payment_pattern``. Columns: ``loan_id``; ``loan_to_value``, amount financed over the
    vehicle's value at origination; ``payment_to_income``; ``bureau_score``; ``dpd``; and those
    of the pattern. Null is unknown.
    """
    contract = loans.select(
        *("loan_id", "principal", "vehicle_value", "bureau_score"),
        payment_to_income=loans.payment_to_income.cast("float64"),
    )
    joined = state.select("loan_id", "dpd").left_join(contract, "loan_id", rname="loan_{name}")
    joined = joined.left_join(pattern, "loan_id", rname="pattern_{name}")
    value = joined.vehicle_value.nullif(0).cast("float64")
    return joined.select(
        "loan_id",
        "payment_to_income",
        "bureau_score",
        "dpd",
        *FROM_PATTERN,
        loan_to_value=joined.principal.cast("float64") / value,
    )
