"""The state of each loan: what the ledger says of it, with its names, bucket and age."""

from __future__ import annotations

import ibis.expr.types as ir

from carrears.delinquency.buckets import Buckets, load_buckets
from carrears.delinquency.screen import AsOf, date_expression, months_on_book, open_loans


def loan_states(
    loans: ir.Table, reckoned: ir.Table, *, as_of: AsOf, buckets: Buckets | None = None
) -> ir.Table:
    """The state at the end of ``as_of`` of each loan that is open on that day.

    ``reckoned`` has the columns of ``reckoning.schema.RECKONED``; loans that it lacks are left
    out. The columns are those of ``screen.delinquency``, which says the same of products whose
    terms totals can tell, with the arrears of penalty and compound interest (罚息, 复利),
    ``payoff``, what settles the loan on the day, and the habits of paying (``ledger.habits``).
    Money is in minor units of the loan's currency.
    """
    day = date_expression(as_of)
    joined = open_loans(loans, as_of=day).inner_join(reckoned, "loan_id")
    named = ("loan_id", "loan_no", "product", "currency")
    figures = [name for name in reckoned.columns if name != "loan_id"]
    return joined.select(
        *named,
        *figures,
        bucket=(buckets or load_buckets()).number_expression(joined.dpd),
        months_on_book=months_on_book(joined.originated_on, day),
    )
