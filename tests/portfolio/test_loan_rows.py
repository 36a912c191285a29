"""A few loans are found in a snapshot without reading the rest."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.portfolio.loan_rows import KeptGroups, LoanRows, read_loan_numbers

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
    wanted=st.lists(st.integers(-3, 70), max_size=12), most_bytes=st.sampled_from([0, 300, 9999])
)
def test_rows_are_those_of_a_full_scan(snapshot: Path, wanted: list[int], most_bytes: int) -> None:
    whole = pq.read_table(snapshot / "instalments.parquet")
    expected = whole.filter(pc.is_in(whole["loan_id"], pa.array(wanted, pa.int64())))

    rows = LoanRows(snapshot, tables=("instalments", "events"), groups=KeptGroups(most_bytes))
    for _ in range(2):  # from the file, and from memory
        found = rows.of(wanted)
        assert found["instalments"] == expected
        assert found["events"].num_rows == 0


def test_a_file_of_two_snapshots_is_read_once(snapshot: Path, tmp_path: Path) -> None:
    for name in ("instalments", "events"):
        os.link(snapshot / f"{name}.parquet", tmp_path / f"{name}.parquet")
    groups = KeptGroups(9999)
    one, two = (
        LoanRows(folder, tables=("instalments",), groups=groups) for folder in (snapshot, tmp_path)
    )
    expected = one.of(LOANS)
    read = len(groups)
    assert two.of(LOANS) == expected
    assert len(groups) == read > 1


def test_the_group_wanted_longest_ago_is_forgotten() -> None:
    rows = pa.table({"n": pa.array([1, 2], pa.int64())})
    groups = KeptGroups(2 * rows.nbytes)
    first, second, third = ((1, 1, 1, n) for n in range(3))
    groups.keep(first, rows)
    groups.keep(second, rows)
    assert groups.get(first) is rows
    groups.keep(third, rows)
    assert [groups.get(one) is not None for one in (first, second, third)] == [True, False, True]


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
