"""What a strategy is told of each loan: its score, its case and its product, in one table.

Knows no database, so that a worker of a cluster can make the same table.
"""

# ruff: noqa: S608  names are those of the layout, values are tables

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from carrears.portfolio.products import Products

_CASE_FACTS = {
    "broken_promises": pa.int32(),
    "open_promise": pa.bool_(),
    "on_hold": pa.bool_(),
    "disputed": pa.bool_(),
    "hardship": pa.bool_(),
}


def make_facts(
    engine: duckdb.DuckDBPyConnection,
    *,
    facts: Mapping[str, Mapping[str, Any]],
    products: Products,
) -> None:
    """The table ``facts``: ``scored`` with what the strategy must know of cases and products."""
    engine.register("case_given", _case_table(facts))
    engine.register("product_given", _product_table(engine, products))
    filled = ", ".join(
        f"coalesce(c.{name}, {'0' if kind == pa.int32() else 'false'}) as {name}"
        for name, kind in _CASE_FACTS.items()
    )
    engine.execute(
        f"""
        create or replace table facts as
        select s.*, {filled}, null::boolean as has_plan,
               p.jurisdiction, p.language,
               cast(s.principal_outstanding / nullif(s.vehicle_value, 0) as decimal(12,6))
                 as loan_to_value,
               cast(s.arrears / nullif(s.instalment, 0) as decimal(12,6)) as arrears_instalments,
               cast(s.next_due_on - s.as_of as integer) as days_to_due
        from scored s left join case_given c using (loan_no)
        left join product_given p using (product)
        """
    )
    engine.unregister("case_given")
    engine.unregister("product_given")


def _case_table(facts: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    columns: dict[str, pa.Array] = {"loan_no": pa.array(list(facts), pa.string())}
    for name, kind in _CASE_FACTS.items():
        columns[name] = pa.array([one[name] for one in facts.values()], kind)
    return pa.table(columns)


def _product_table(engine: duckdb.DuckDBPyConnection, products: Products) -> pa.Table:
    names = [row[0] for row in engine.execute("select distinct product from scored").fetchall()]
    return pa.table(
        {
            "product": pa.array(names, pa.string()),
            "jurisdiction": pa.array([products[n].jurisdiction for n in names], pa.string()),
            "language": pa.array([products[n].locale for n in names], pa.string()),
        }
    )
