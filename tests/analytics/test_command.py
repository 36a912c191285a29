"""The command in a home with the small tape and one day run."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from homes import Home


@pytest.mark.slow
def test_the_command_takes_up_the_day_run_and_writes_a_file(imported: Home, tmp_path: Path) -> None:
    (state,) = (imported.folder / "book" / "days").rglob("state.parquet")
    table = pq.read_table(state)
    place = table.schema.get_field_index("bucket")
    seven = pa.array([7] * table.num_rows, table.schema.field(place).type)
    pq.write_table(table.set_column(place, table.schema.field(place), seven), state)
    out = tmp_path / "stock.csv"

    imported.run("analytics", "stock", "--from", "2026-05", "--by", "region", "--out", str(out))

    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["month"], row["bucket"], row["loans"]) for row in csv.DictReader(file)]
    assert rows == [
        *(("2026-05-31", bucket, loans) for bucket, loans in zip("0125", "8111", strict=True)),
        ("2026-06-30", "7", "10"),
    ]
