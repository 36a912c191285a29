"""What the scorecard looks at, in one table: the contract, the state, the payment pattern."""

from __future__ import annotations

import ibis.expr.types as ir

from carrears.delinquency.pattern import PATTERN
from carrears.delinquency.screen import AsOf, date_expression, whole_months


def scoring_features(loans: ir.Table, state: ir.Table, *, as_of: AsOf) -> ir.Table:
    """One row for each loan of ``state``, which is of ``delinquency.state`` at ``as_of``.

    ``loans`` has the columns of the layout. Columns: ``loan_id``; ``loan_to_value``, amount
    financed over the vehicle's value at origination; ``payment_to_income``; ``bureau_score``;
    ``dpd``; ``months_since_payment``, whole months since the last payment (int32); and those of
    ``delinquency.pattern``. Null is unknown.
    """
    contract = loans.select(
        *("loan_id", "principal", "vehicle_value", "bureau_score"),
        payment_to_income=loans.payment_to_income.cast("float64"),
    )
    paying = state.select("loan_id", "dpd", "last_paid_on", *PATTERN)
    joined = paying.left_join(contract, "loan_id", rname="loan_{name}")
    value = joined.vehicle_value.nullif(0).cast("float64")
    return joined.select(
        "loan_id",
        "payment_to_income",
        "bureau_score",
        "dpd",
        *PATTERN,
        months_since_payment=whole_months(joined.last_paid_on, date_expression(as_of)),
        loan_to_value=joined.principal.cast("float64") / value,
    )
