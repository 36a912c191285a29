"""The ledger over the loans of a book that need it, some ten thousand at a time."""

# ruff: noqa: S608  names come from the layout, ids are numbers

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import duckdb

from carrears import layout
from carrears.dayrun.questions import Questions
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.portfolio.products import Products

# A loan's instalments cost the ledger some ten kilobytes while it is asked.
LOANS_AT_ONCE = 20_000
_READ = {
    "loans": ("loan_id", "product", "annual_rate", "originated_on"),
    **{name: tuple(layout.TABLES[name].names) for name in ("instalments", "payments", "events")},
}


@contextmanager
def stated(
    engine: duckdb.DuckDBPyConnection, *, questions: Questions, products: Products, as_of: date
) -> Iterator[str]:
    """The query of every open loan's state, over the book's tables of ``engine``."""
    engine.execute(f"create temp table screened as {questions.screen}")
    try:
        _reckon_screened(engine, products=products, as_of=as_of)
        yield questions.state
    finally:
        engine.execute("drop table if exists screened; drop table if exists reckoned")


def _reckon_screened(engine: duckdb.DuckDBPyConnection, *, products: Products, as_of: date) -> None:
    """Make the table ``reckoned`` of the loans that ``screened`` says need the ledger.

    The book's tables are read in ranges of loans, which lie together in their files.
    """
    engine.register("reckoned_part", RECKONED.empty_table())
    engine.execute("create temp table reckoned as from reckoned_part")
    for first, last in _ranges(engine):
        from carrears.delinquency.reckoning.reckon import reckon  # noqa: PLC0415  Numba is slow

        within = f"loan_id between {first} and {last}"
        wanted = f"(select loan_id from screened where by_ledger and {within})"
        rows = {
            name: engine.sql(
                f"select {', '.join(columns)} from {name} semi join {wanted} using (loan_id)"
                f" where {within}"
            ).to_arrow_table()
            for name, columns in _READ.items()
        }
        engine.unregister("reckoned_part")
        engine.register("reckoned_part", reckon(rows, products=products, as_of=as_of))
        engine.execute("insert into reckoned from reckoned_part")
    engine.unregister("reckoned_part")


def _ranges(engine: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """The first and last id of each part of the loans that need the ledger."""
    return engine.execute(
        f"""
        select min(loan_id), max(loan_id)
        from (select loan_id, row_number() over (order by loan_id) - 1 as place
              from screened where by_ledger)
        group by place // {LOANS_AT_ONCE} order by 1
        """
    ).fetchall()
