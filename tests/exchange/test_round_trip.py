"""A tape that is written and read again is the same tape, in every format."""

from __future__ import annotations

import string
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carrears.exchange import canonical
from carrears.exchange.keys import SeenKeys
from carrears.exchange.mapping import Mapping
from carrears.exchange.tape import Progress, read_tape
from carrears.money import to_major

TEXT = st.text(string.ascii_letters + string.digits + "贷款 ,;\"'\n-", min_size=1, max_size=12)
TEXT = TEXT.map(str.strip).filter(bool)
DAYS = st.dates(date(1990, 1, 1), date(2060, 1, 1))
MINOR = st.integers(-(10**14), 10**14)
LOANS = st.lists(
    st.fixed_dictionaries(
        {
            "loan_no": TEXT,
            "product": TEXT,
            "currency": st.sampled_from(["CNY", "USD"]),
            "obligor_no": TEXT,
            "originated_on": st.just(date(1990, 1, 1)),
            "first_due_on": st.none() | DAYS,
            "term_months": st.none() | st.integers(1, 1200),
            "annual_rate": st.none() | st.decimals(0, "0.999999", places=6),
            "principal": st.integers(1, 10**14),
            "region": st.none() | TEXT,
            "vehicle_value": st.none() | st.integers(0, 10**14),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda loan: loan["loan_no"],
)
PAYMENTS = st.lists(
    st.fixed_dictionaries({"loan_no": TEXT, "payment_no": TEXT, "paid_on": DAYS, "amount": MINOR}),
    min_size=1,
    max_size=8,
    unique_by=lambda payment: (payment["loan_no"], payment["payment_no"]),
)


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    names = list(rows[0])
    schema = pa.schema(
        [canonical.TABLES[name].field(column).with_nullable(True) for column in names]
    )
    return pa.Table.from_pylist(rows, schema)


def _write(table: pa.Table, folder: Path, name: str, how: str) -> Path:
    for place, part in enumerate(table.schema):
        if part.type == pa.int64() and how == "minor":
            table = table.rename_columns(
                [f"{n}_minor" if n == part.name else n for n in table.column_names]
            )
        elif part.type == pa.int64():
            major = [
                None if m is None else to_major(m, "CNY") for m in table[part.name].to_pylist()
            ]
            table = table.set_column(place, part.name, pa.array(major, pa.decimal128(18, 2)))
    path = folder / f"{name}.{'csv' if how == 'csv' else 'parquet'}"
    if how == "csv":
        pa_csv.write_csv(table, path)
    else:
        pq.write_table(table, path)
    return path


def _check(path: Path, name: str, rows: list[dict[str, Any]], own: Mapping, read_all: Any) -> None:
    tables, rejects = read_all(path, own)
    assert rejects == []
    found = tables[name].select(list(rows[0])).to_pylist()
    assert found == rows


@pytest.mark.parametrize("how", ["csv", "decimal", "minor"])
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(rows=LOANS)
def test_loans(
    tmp_path: Path, own: Mapping, read_all: Any, how: str, rows: list[dict[str, Any]]
) -> None:
    path = _write(_table("loans", rows), tmp_path, "loans", how)
    _check(path, "loans", rows, own, read_all)


@pytest.mark.parametrize("how", ["csv", "decimal", "minor"])
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(rows=PAYMENTS)
def test_payments(
    tmp_path: Path, own: Mapping, read_all: Any, how: str, rows: list[dict[str, Any]]
) -> None:
    path = _write(_table("payments", rows), tmp_path, "payments", how)
    _check(path, "payments", rows, own, read_all)


@given(keys=st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=8))
@settings(max_examples=40, deadline=None)
def test_repeats_are_those_a_set_would_find(keys: list[list[int]]) -> None:
    seen, known = SeenKeys(duckdb.connect()), set[int]()
    for chunk in keys:
        expected = []
        for place, key in enumerate(chunk):
            if key in known:
                expected.append(place)
            known.add(key)
        assert seen.find_repeats([pa.array(chunk, pa.int64())]).tolist() == expected


def test_progress_reaches_the_end(tmp_path: Path, own: Mapping) -> None:
    path = tmp_path / "payments.csv"
    lines = "".join(f"L{n},P,2024-01-01,1\n" for n in range(100))
    path.write_text("loan_no,payment_no,paid_on,amount\n" + lines)
    told: list[Progress] = []
    list(read_tape(path, own, progress=told.append))
    size = path.stat().st_size
    assert told[-1] == Progress(100, size, size)
