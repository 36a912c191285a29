"""The real tapes, from the file to the days past due."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from carrears import layout
from carrears.delinquency.engine import compile_sql, fetch, register_tables
from carrears.delinquency.reconcile import reconcile, states_at_reports
from carrears.delinquency.screen import delinquency
from carrears.exchange import canonical
from carrears.exchange.discover import collect_files, detect_mapping
from carrears.exchange.tape import read_tape
from carrears.portfolio.monthly import derive_instalments
from carrears.portfolio.products import load_products

pytestmark = pytest.mark.tapes


def _read(paths: list[Path]) -> dict[str, pa.Table]:
    parts: dict[str, list[pa.Table]] = {name: [] for name in canonical.TABLES}
    for path in collect_files(paths):
        for batch in read_tape(path, detect_mapping(path)):
            assert batch.rejects == []
            for name, table in batch.tables.items():
                parts[name].append(table)
    return {name: pa.concat_tables(tables) for name, tables in parts.items() if tables}


def _book(engine: Any, paths: list[Path], home: Path) -> dict[str, ir.Table]:
    """The tapes as the tables of the book, the last file's word on each loan."""
    read = _read(paths)
    loans = read["loans"].append_column("place", pa.array(range(read["loans"].num_rows)))
    engine.register("tape_loans", loans)
    engine.execute(
        "create table numbered as select *, row_number() over (order by loan_no) as loan_id"
        " from tape_loans qualify row_number() over (partition by loan_no order by place desc) = 1"
    )
    tables = {"loans": _select(engine, "numbered", layout.LOANS)}
    for name in ("reports", "payments"):
        engine.register(f"tape_{name}", read[name])
        engine.execute(
            f"create view joined_{name} as"  # noqa: S608
            f" select n.loan_id, t.* from tape_{name} t join numbered n using (loan_no)"
        )
        tables[name] = _select(engine, f"joined_{name}", layout.TABLES[name])
    products = tables["loans"]["product"].unique().to_pylist()
    book = register_tables(engine, tables | {"terms": load_products(home).terms(products)})
    derived = fetch(engine, derive_instalments(book["reports"], book["loans"]))
    return book | register_tables(engine, {"derived": derived})


def _select(engine: Any, source: str, schema: pa.Schema) -> pa.Table:
    names = ", ".join(schema.names)
    return engine.sql(f"select {names} from {source}").to_arrow_table().cast(schema)  # noqa: S608


def test_bucket_agrees_with_the_servicer(shared: Path, tmp_path: Path) -> None:
    """24 loans of two AmeriCredit trusts, each month that GM Financial reports a status."""
    engine = duckdb.connect()
    book = _book(engine, [shared / "tapes" / "abs-ee"], tmp_path)
    states = fetch(
        engine,
        states_at_reports(
            book["loans"], book["derived"], book["payments"], book["terms"], book["reports"]
        ),
    )
    computed = register_tables(engine, {"states": states})["states"]
    found = reconcile(engine, computed, book["reports"])
    assert found.comparable == 594
    assert found.bucket_share >= 0.97
    assert found.dpd_share >= 0.97
    assert len(found.differences) == found.comparable - found.bucket_agree
    assert "unknown" not in found.causes


def test_ally_at_the_end_of_november_2019(shared: Path, tmp_path: Path) -> None:
    """About 2,030 of 3,513 loans are open, about one in five behind by half an instalment."""
    engine = duckdb.connect()
    folder = shared / "tapes"
    paths = [folder / "ally-2017-3-new.csv.gz", folder / "ally-2017-3-used.csv.gz"]
    book = _book(engine, paths, tmp_path)
    state = delinquency(
        book["loans"], book["derived"], book["payments"], book["terms"], as_of=date(2019, 11, 30)
    )
    engine.execute(f"create table state as {compile_sql(state)}")
    open_loans, behind, principal = engine.execute(
        "select count(*), count(*) filter (arrears * 2 > instalment), sum(principal_outstanding)"
        " from state join loans using (loan_id)"
    ).fetchone()
    balance = engine.execute(
        "select sum(balance) from reports where period_end = date '2019-11-30'"
    ).fetchone()[0]
    assert open_loans == 2_028
    assert 0.18 <= behind / open_loans <= 0.22
    assert abs(principal / balance - 1) < 0.02
    assert engine.execute("select count(*) from loans").fetchone()[0] == 3_513
