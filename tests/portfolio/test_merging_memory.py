"""Merging spills rather than dying, however large the book."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tape_parts import keyed_by_number, loan, payment, write_part

from carrears import layout
from carrears.portfolio.compact import Part, merge_parts, open_engine


def test_memory_is_bounded_and_the_rest_spills(tmp_path: Path) -> None:
    """Half a million payments in no order, with 48 MB, and one told that is sorted with them."""
    loans, rows = 25_000, 500_000
    at = np.random.default_rng(1).permutation(rows)
    engine = open_engine(tmp_path / "scratch", memory="48MB")
    write_part(tmp_path / "part", {"loans": [loan(str(number)) for number in range(loans)]})
    payments = {
        "loan_no": pa.array(at % loans).cast(pa.string()),
        "payment_no": pa.array(at).cast(pa.string()),
        "paid_on": pa.array((at % 700 + 20_000).astype(np.int32)).cast(pa.date32()),
        "amount": pa.array(at),
        "kind": pa.repeat("payment", rows),
    }
    pq.write_table(
        pa.table(payments), tmp_path / "part" / "payments.parquet", row_group_size=65_536
    )
    counts = merge_parts(
        engine,
        [Part(tmp_path / "part", 0)],
        registry=tmp_path / "registry.parquet",
        received=keyed_by_number("payments", [payment("7", "late", date(2026, 1, 1), 5)]),
        out=tmp_path / "book",
    )
    engine.close()

    merged = pq.read_table(tmp_path / "book" / "payments.parquet")
    assert counts == dict.fromkeys(layout.TABLES, 0) | {"loans": loans, "payments": rows + 1}
    assert merged["payment_no"].value_counts().field("counts").unique().to_pylist() == [1]
    assert merged == merged.sort_by([(key, "ascending") for key in layout.SORT_KEYS["payments"]])
