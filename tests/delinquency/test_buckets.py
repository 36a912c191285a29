from __future__ import annotations

from pathlib import Path

import duckdb
import ibis
import pytest

from carrears.delinquency.buckets import BucketError, load_buckets
from carrears.delinquency.engine import compile_sql


def test_column_and_single_number_agree() -> None:
    buckets = load_buckets()
    table = ibis.table({"dpd": "int32"}, name="days")
    sql = compile_sql(table.select("dpd", number=buckets.number_expression(table.dpd)))
    with duckdb.connect() as engine:
        engine.execute("create table days as select range::int as dpd from range(0, 400)")
        rows = engine.execute(sql).fetchall()

    assert rows == [(dpd, buckets.number_of(dpd)) for dpd in range(400)]


def test_names_as_the_trade_has_them() -> None:
    assert load_buckets().names == ("M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+")


@pytest.mark.parametrize("starts", [[0, 31], [1, 2], [0, 1, 31, 31], [0, 1, 61, 31]])
def test_bounds_that_do_not_rise_are_refused(tmp_path: Path, starts: list[int]) -> None:
    rows = "".join(f"  - {{name: B{n}, from_dpd: {n}, label: {{}}}}\n" for n in starts)
    path = tmp_path / "buckets.yaml"
    path.write_text(f"sources: [x]\nbuckets:\n{rows}", encoding="utf-8")

    with pytest.raises(BucketError, match="must begin at 0, 1 and then rise"):
        load_buckets(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BucketError, match=r"none\.yaml"):
        load_buckets(tmp_path / "none.yaml")
