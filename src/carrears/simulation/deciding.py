"""Both strategies over one day's facts, and what is counted of it. Facts are read once."""

# ruff: noqa: S608  names are constants of this module, paths are quoted

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from carrears.portfolio.compact import quoted
from carrears.strategy.batch import layered_query
from carrears.strategy.compile import Compiled
from carrears.strategy.values import quote_name

# What is read of a decision, and its SQL over the strategy's own column.
_READ = {
    "treatment": "coalesce(cast({} as varchar), '')",
    "stage": "coalesce(cast({} as varchar), '')",
    "channel": "coalesce(cast({} as varchar), '')",
    "template": "coalesce(cast({} as varchar), '')",
    "cadence": "greatest(coalesce(cast({} as integer), 1), 1)",
    "named": "coalesce(cast({} as varchar), '')",
    "else_channel": "coalesce(cast({} as varchar), '')",
    "else_template": "coalesce(cast({} as varchar), '')",
}
_COLUMN = {"cadence": "cadence_days", "named": "cadence"}
_ABOUT = (
    *("loan_id", "loan_no", "product", "currency", "jurisdiction", "dpd", "bucket", "arrears"),
    *("oldest_due_on", "next_due_on", "next_due_amount", "paid_ahead"),
    *("on_hold", "disputed", "open_promise"),
)


def decide_both(engine: duckdb.DuckDBPyConnection, contenders: Sequence[Compiled]) -> None:
    """The table ``beside``: each loan of ``facts`` with the two decisions (``treatment0`` …).

    Raises:
        FactsError: a strategy asks for a fact that the book does not have.
    """
    first, second = contenders
    told = [row[0] for row in engine.execute("describe facts").fetchall()]
    facts = ", ".join(f"s{place} as {quote_name(name)}" for place, name in enumerate(told))
    with layered_query(engine, "facts", first) as once:
        engine.execute(f"create view half as select {facts}, {_chosen(first, 0)} from ({once})")
        with layered_query(engine, "half", second) as twice:
            about = ", ".join(f"s{told.index(name)} as {name}" for name in _ABOUT)
            ours = ", ".join(f"s{len(told) + n} as {name}0" for n, name in enumerate(_READ))
            engine.execute(
                f"create temp table beside as select {about},"
                f" coalesce(s{told.index('band')}, '') as band, {ours}, {_chosen(second, 1)}"
                f" from ({twice})"
            )
        engine.execute("drop view half")


def _chosen(compiled: Compiled, place: int) -> str:
    """What is read of a decision, as columns named for the contender."""
    columns = []
    for name, read in _READ.items():
        written = compiled.outputs.get(_COLUMN.get(name, name), "null")
        columns.append(f"{read.format(written)} as {name}{place}")
    return ", ".join(columns)


def count_moves(engine: duckdb.DuckDBPyConnection) -> pa.Table:
    """Loans and arrears by currency, whether behind, and the treatment before and after."""
    return engine.sql(
        """
        select currency, dpd > 0 as behind, treatment0 as before, treatment1 as after,
               count(*) as loans, sum(arrears)::bigint as arrears
        from beside group by 1, 2, 3, 4 order by loans desc, before, after
        """
    ).to_arrow_table()


def count_load(engine: duckdb.DuckDBPyConnection, place: int) -> pa.Table:
    """Loans and actions a day by currency, queue (``stage``) and channel.

    As the day plans them: only loans behind, one action every ``cadence_days`` days, 1 where
    none is given. Actions a day are those of a book that stays as it is.
    """
    return engine.sql(
        f"""
        select currency, stage{place} as queue, channel{place} as channel, count(*) as loans,
               sum(1.0 / cadence{place}) as actions
        from beside where dpd > 0 and channel{place} <> ''
        group by 1, 2, 3 order by 1, 2, 3
        """
    ).to_arrow_table()


def count_exposure(engine: duckdb.DuckDBPyConnection, place: int) -> pa.Table:
    """Arrears of loans behind by currency, bucket, band and treatment."""
    return engine.sql(
        f"""
        select currency, bucket, band, treatment{place} as treatment,
               count(*) as loans, sum(arrears)::bigint as arrears
        from beside where dpd > 0 group by 1, 2, 3, 4
        """
    ).to_arrow_table()


def read_outcomes(
    engine: duckdb.DuckDBPyConnection,
    *,
    as_of: date,
    window_days: int,
    payments: Path,
    treatments: Path | None,
) -> pa.Table:
    """What the loans behind on ``as_of`` paid of their arrears in the window after it.

    Loan by loan, with the treatment that was really decided (null where no day run did). Paid
    is counted up to the arrears of the day, so that a payment of what fell due later is not taken
    for a recovery; ``whole`` says that all of them were paid.
    """
    really = "null::varchar"
    join = ""
    if treatments is not None:
        really = "r.treatment"
        join = (
            "left join (select loan_id, coalesce(cast(treatment as varchar), '') as treatment"
            f" from read_parquet({quoted(treatments)})) r using (loan_id)"
        )
    last = as_of + timedelta(days=window_days)
    return engine.sql(
        f"""
        with paid as (
          select loan_id, sum(amount) as amount from read_parquet({quoted(payments)})
          where paid_on > date '{as_of}' and paid_on <= date '{last}' group by 1
        )
        select b.loan_id, b.currency, b.bucket, b.band, {really} as treatment, b.arrears,
               greatest(least(coalesce(p.amount, 0), b.arrears), 0)::bigint as paid,
               coalesce(p.amount, 0) >= b.arrears as whole
        from beside b left join paid p using (loan_id) {join}
        where b.dpd > 0 and b.arrears > 0
        """
    ).to_arrow_table()
