"""A few loans are found in a snapshot without reading the rest."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.portfolio import loan_rows
from carrears.portfolio.loan_rows import LoanRows, _scan, read_loan_numbers

LOANS = range(1, 60)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Loans of none to six rows, in row groups of five: some loans lie in two of them."""
    folder = tmp_path_factory.mktemp("snapshot")
    ids = [loan for loan in LOANS for _ in range(loan % 7)]
    known_on = [date(2026, 7, 1) if n == 7 else None for n in range(len(ids))]
    rows = pa.table(
        {
            "loan_id": pa.array(ids, pa.int64()),
            "seq": list(range(len(ids))),
            "known_on": pa.array(known_on, pa.date32()),
        }
    )
    pq.write_table(rows, folder / "instalments.parquet", row_group_size=5)
    pq.write_table(rows.schema.empty_table(), folder / "events.parquet")
    return folder


@settings(deadline=None)
@given(
    wanted=st.lists(st.integers(-3, 70), max_size=12),
    ahead=st.none() | st.lists(st.integers(-3, 70), max_size=30),
)
def test_rows_are_those_of_a_full_scan(
    snapshot: Path, wanted: list[int], ahead: list[int] | None
) -> None:
    whole = pq.read_table(snapshot / "instalments.parquet")
    expected = whole.filter(pc.is_in(whole["loan_id"], pa.array(wanted, pa.int64())))
    rows = LoanRows(snapshot, tables=("instalments", "events"))
    if ahead is not None:
        rows.read_ahead(ahead)

    found = rows.of(wanted)

    assert found["instalments"] == expected
    assert found["events"].num_rows == 0


def test_a_file_of_two_snapshots_is_read_ahead_once(
    snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.link(snapshot / "instalments.parquet", tmp_path / "instalments.parquet")
    scanned: list[Path] = []

    def scan(path: Path, wanted: Any) -> pa.Table:
        scanned.append(path)
        return _scan(path, wanted)

    monkeypatch.setattr(loan_rows, "_scan", scan)
    one, two = (LoanRows(at, tables=("instalments",)) for at in (snapshot, tmp_path))
    one.read_ahead(range(1, 31))
    two.read_ahead(range(2, 32))  # nearly the same loans
    assert scanned == [snapshot / "instalments.parquet"]
    assert two.of(LOANS) == one.of(LOANS)

    two.read_ahead(range(1, 60))
    assert scanned == [snapshot / "instalments.parquet", tmp_path / "instalments.parquet"]


def test_a_file_of_fewer_rows_than_loans_is_read_ahead_in_its_order(tmp_path: Path) -> None:
    ids = np.repeat(np.arange(0, 60_000, 20), 3)
    whole = pa.table({"loan_id": ids, "seq": np.arange(len(ids))})
    pq.write_table(whole, tmp_path / "events.parquet", row_group_size=1024)
    rows = LoanRows(tmp_path, tables=("events",))

    rows.read_ahead(range(60_000))

    assert rows.of(ids[::5].tolist())["events"] == whole.filter(
        pc.is_in(whole["loan_id"], pa.array(ids[::5]))
    )


def write_registry(path: Path, numbers: list[str]) -> None:
    ids = pa.array(range(1, len(numbers) + 1), pa.int64())
    pq.write_table(pa.table({"loan_no": numbers, "loan_id": ids}), path)


def test_a_loan_number_leads_to_its_id(tmp_path: Path) -> None:
    registry = tmp_path / "registry.parquet"
    write_registry(registry, ["A-1", "浙-2", "c 3"])

    found = read_loan_numbers(registry).candidates(["浙-2", "A-1", "nobody", "a-1"])

    assert found == {"浙-2": [2], "A-1": [1], "nobody": [], "a-1": []}


def test_a_registry_that_grew_is_read_again(tmp_path: Path) -> None:
    registry = tmp_path / "registry.parquet"
    write_registry(registry, ["A-1"])
    assert read_loan_numbers(registry).candidates(["B-2"]) == {"B-2": []}

    write_registry(registry, ["A-1", "B-2"])

    assert read_loan_numbers(registry).candidates(["B-2"]) == {"B-2": [2]}
