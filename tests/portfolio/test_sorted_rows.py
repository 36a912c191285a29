"""Streams of sorted rows: cut between loans, laid into each other, written."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.portfolio.sorted_rows import (
    SortedWriter,
    interleaved,
    loan_ids,
    whole_loans,
    without_loans,
)

SCHEMA = pa.schema([("loan_id", pa.int64()), ("payment_no", pa.string())])
ids = st.lists(st.integers(1, 9), max_size=40).map(sorted)
size = st.integers(1, 7)


def table(loans: list[int], *, of: str = "") -> pa.Table:
    numbers = [f"{of}{place}" for place in range(len(loans))]
    return pa.table({"loan_id": loans, "payment_no": numbers}, schema=SCHEMA)


def pieces(rows: pa.Table, size: int) -> list[pa.Table]:
    return [rows.slice(start, size) for start in range(0, rows.num_rows, size)]


@settings(deadline=None)
@given(ids, size, size)
def test_a_stream_is_cut_between_loans_and_loses_nothing(
    loans: list[int], batch: int, rows: int
) -> None:
    whole = table(loans)
    cut = list(whole_loans(whole.to_batches(max_chunksize=batch), rows=rows))

    assert pa.concat_tables([SCHEMA.empty_table(), *cut]).to_pylist() == whole.to_pylist()
    assert all(one["loan_id"][-1] != other["loan_id"][0] for one, other in pairwise(cut))


@settings(deadline=None)
@given(ids, ids, size, size)
def test_two_streams_become_one(kept: list[int], new: list[int], one: int, other: int) -> None:
    kept = [loan for loan in kept if loan not in new]
    old, fresh = table(kept, of="old"), table(new, of="new")

    laid = interleaved(pieces(old, one), whole_loans(fresh.to_batches(max_chunksize=other), rows=1))

    expected = pa.concat_tables([old, fresh]).to_pylist()
    expected.sort(key=lambda row: row["loan_id"])
    assert pa.concat_tables([SCHEMA.empty_table(), *laid]).to_pylist() == expected


@settings(deadline=None)
@given(ids, st.sets(st.integers(0, 10)), size, size)
def test_a_file_is_the_same_however_its_rows_came_and_gives_all_but_some_loans(
    loans: list[int], out: set[int], one: int, row_group: int
) -> None:
    rows = table(loans)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("at once", "by pieces")]
        for path, stream in zip(paths, ([rows], pieces(rows, one)), strict=True):
            with SortedWriter(path, SCHEMA, row_group=row_group) as writer:
                for piece in stream:
                    writer.add(piece)
            assert writer.rows == len(loans)
        assert paths[0].read_bytes() == paths[1].read_bytes()
        footer = pq.read_metadata(paths[0])
        groups = [footer.row_group(n).num_rows for n in range(footer.num_row_groups)]
        whole, rest = divmod(len(loans), row_group)
        assert groups == [row_group] * whole + [rest] * (rest > 0)

        left = without_loans(paths[0], loan_ids(table(sorted(out))))
        kept = [row for row in rows.to_pylist() if row["loan_id"] not in out]
        assert pa.concat_tables([SCHEMA.empty_table(), *left]).to_pylist() == kept
