"""What a strategy is told of each loan: its score, its case and its product, in one table.

Knows no database, so that a worker of a cluster can make the same table.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from carrears.portfolio.products import Products


def make_facts(
    engine: duckdb.DuckDBPyConnection, *, question: str, cases: pa.Table, products: Products
) -> None:
    """The table ``facts``: ``scored`` with what the strategy must know of cases and products.

    ``question`` is the compiled one (``questions.Questions.facts``); ``cases`` has its columns
    ``case_given``, a row for each loan with an open case.
    """
    names = [row[0] for row in engine.execute("select distinct product from scored").fetchall()]
    engine.register("case_given", cases)
    engine.register("product_given", product_table(products, names))
    engine.execute(f"create or replace table facts as {question}")
    engine.unregister("case_given")
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
