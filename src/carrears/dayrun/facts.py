"""What a strategy is told of each loan: its score, its case and its product, in one table.

Knows no database, so that a worker of a cluster can make the same table.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from carrears.portfolio.products import Products

# The loans of a debtor seen together; one that is alone behind speaks for himself.
DEBTOR_TOTALS = """
select obligor_no, currency, cast(count(*) as integer) as loans_behind,
       cast(sum(arrears) as bigint) as arrears, max(dpd) as worst_dpd
from {source} where dpd > 0 group by obligor_no, currency having count(*) > 1
"""


def debtor_totals(engine: duckdb.DuckDBPyConnection, source: str) -> pa.Table:
    """What the debtors with several loans behind owe in all: the columns of ``debtor_given``."""
    return engine.sql(DEBTOR_TOTALS.format(source=source)).to_arrow_table()


def make_facts(
    engine: duckdb.DuckDBPyConnection,
    *,
    question: str,
    cases: pa.Table,
    debtors: pa.Table,
    products: Products,
) -> None:
    """The table ``facts``: ``scored`` with what the strategy must know beside.

    ``question`` is the compiled one (``questions.Questions.facts``); ``cases`` has its columns
    ``case_given``, a row for each loan with an open case; ``debtors`` are ``debtor_totals``.
    """
    names = [row[0] for row in engine.execute("select distinct product from scored").fetchall()]
    engine.register("case_given", cases)
    engine.register("debtor_given", debtors)
    engine.register("product_given", product_table(products, names))
    engine.execute(f"create or replace table facts as {question}")
    engine.unregister("case_given")
    engine.unregister("debtor_given")
    engine.unregister("product_given")


def product_table(products: Products, names: Sequence[str]) -> pa.Table:
    """What the strategy must know of these products."""
    return pa.table(
        {
            "product": pa.array(names, pa.string()),
            "jurisdiction": pa.array([products[n].jurisdiction for n in names], pa.string()),
            "language": pa.array([products[n].locale for n in names], pa.string()),
        }
    )
