"""Run the expressions on DuckDB: over a whole book, or for one loan when something happens."""

# ruff: noqa: S608  names are the layout's own, paths are quoted, no value of a tape gets in

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeAlias

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from carrears import layout
from carrears.delinquency.buckets import Buckets
from carrears.delinquency.screen import delinquency
from carrears.portfolio.compact import quoted, table_query

ROW_GROUP = 122_880
Source: TypeAlias = Path | pa.Table


def open_duckdb(
    scratch: Path | None = None, *, memory: str = "1GB", threads: int = 2
) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills into ``scratch`` when ``memory`` does not suffice."""
    config: dict[str, Any] = {
        "memory_limit": memory,
        "threads": threads,
        "preserve_insertion_order": False,
    }
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        config["temp_directory"] = str(scratch)
    engine = duckdb.connect(config=config)
    engine.execute("set parquet_metadata_cache = true")
    return engine


def register_tables(
    engine: duckdb.DuckDBPyConnection, sources: Mapping[str, Source]
) -> dict[str, ir.Table]:
    """Make Parquet files and Arrow tables known by name; the same as Ibis tables."""
    for name, source in sources.items():
        if isinstance(source, Path):
            relation = f"select * from read_parquet({quoted(source)})"
            engine.execute(f'create or replace temp view "{name}" as {relation}')
        else:
            engine.register(name, source)
    return {name: ibis_table(name, schema_of(source)) for name, source in sources.items()}


def schema_of(source: Source) -> pa.Schema:
    """The columns of a Parquet file or an Arrow table."""
    return pq.read_schema(source) if isinstance(source, Path) else source.schema


def ibis_table(name: str, schema: pa.Schema) -> ir.Table:
    """A table by its name and columns; which engine has it is settled when it runs."""
    return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)


def snapshot_sources(folder: Path) -> dict[str, Source]:
    """The Parquet files of a snapshot, by table."""
    return {name: folder / f"{name}.parquet" for name in layout.TABLES}


def compile_sql(expression: ir.Table) -> str:
    """The expression as DuckDB's SQL."""
    return str(ibis.to_sql(expression, dialect="duckdb"))


def fetch(engine: duckdb.DuckDBPyConnection, expression: ir.Table) -> pa.Table:
    """The expression's rows."""
    return engine.sql(compile_sql(expression)).to_arrow_table()


def write_parquet(
    engine: duckdb.DuckDBPyConnection, expression: ir.Table, out: Path, *, order_by: str = "loan_id"
) -> int:
    """Write the expression's rows in order, whole or not at all; return how many."""
    fresh = out.with_name(out.name + ".part")
    rows = engine.execute(
        f"copy (from ({compile_sql(expression)}) order by {order_by}) to {quoted(fresh)}"
        f" (format parquet, row_group_size {ROW_GROUP})"
    ).fetchone()
    fresh.replace(out)
    return int(rows[0]) if rows else 0


@ibis.udf.scalar.builtin(name="getvariable")  # type: ignore[untyped-decorator]
def _asked_day(variable: str) -> date:  # type: ignore[empty-body]
    """The day asked for, which the session's variable gives at run time."""


class LoanScreen:
    """The state of one loan at a time, out of a snapshot and what was paid since.

    Compiled once, run for each question: the very expression of the night, over views that
    let through one loan only. Snapshots are sorted by loan, so a question reads one row
    group of each table. May be shared by threads; they take turns.
    """

    def __init__(self, snapshot: Path, terms: pa.Table, *, buckets: Buckets | None = None) -> None:
        self._turn = threading.Lock()
        # One row group is no work for two threads; one answers sooner.
        self._engine = open_duckdb(memory="512MB", threads=1)
        self._engine.register("given_terms", terms)
        self._engine.execute("create temp table terms as from given_terms")
        self._engine.unregister("given_terms")
        self._engine.register("no_payments", layout.PAYMENTS.empty_table())
        self._engine.execute("create temp table later_payments as from no_payments")
        for name in ("loans", "instalments", "payments"):
            self._view(name, snapshot / f"{name}.parquet")
        schemas = {**layout.TABLES, "terms": terms.schema}
        tables = [ibis_table(n, schemas[n]) for n in ("loans", "instalments", "payments", "terms")]
        day = _asked_day("as_of")
        self._sql = compile_sql(delinquency(*tables, as_of=day, buckets=buckets))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._engine.close()

    def state(
        self, loan_id: int, *, as_of: date, later_payments: pa.Table | None = None
    ) -> dict[str, Any] | None:
        """The loan's row of ``delinquency``, or None when it is not open on ``as_of``.

        ``later_payments`` (columns of PAYMENTS) are those the snapshot does not have; rows of
        other loans are left out.
        """
        with self._turn:
            self._engine.execute(f"set variable loan_id = {int(loan_id)}")
            self._engine.execute(f"set variable as_of = date '{as_of.isoformat()}'")
            if later_payments is None or not later_payments.num_rows:
                return self._ask()
            self._engine.register("given_payments", later_payments)
            self._engine.execute("insert into later_payments by name from given_payments")
            try:
                return self._ask()
            finally:
                self._engine.execute("truncate later_payments")
                self._engine.unregister("given_payments")

    def _ask(self) -> dict[str, Any] | None:
        answer = self._engine.execute(self._sql)
        row = answer.fetchone()
        if row is None:
            return None
        return dict(zip((column[0] for column in answer.description), row, strict=True))

    def _view(self, name: str, path: Path) -> None:
        rows = table_query(name, path)
        if name == "payments":
            rows = f"select * from ({rows} union all by name from later_payments)"
        self._engine.execute(
            f"create temp view {name} as {rows} where loan_id = getvariable('loan_id')"
        )
