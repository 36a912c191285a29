"""A small book that stands on a finished day run, without the commands that lead there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from delinquency.books import Book

from carrears import layout
from carrears.dayrun.models import DayRun, RunState
from carrears.portfolio.models import Snapshot
from carrears.strategy.services import published_strategy


def write_snapshot(book: Book, folder: Path) -> dict[str, pa.Table]:
    """The book's tables as files of a snapshot, and as they are in them."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        name: pa.Table.from_pylist(getattr(book, name, []), schema=schema).sort_by(
            [(key, "ascending") for key in layout.SORT_KEYS[name]]
        )
        for name, schema in layout.TABLES.items()
    }
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return tables


def register(book: Book, root: Path, as_of: date, *, revision: int = 1) -> Snapshot:
    """A snapshot of the book, under the book's folder ``root``."""
    folder = root / "snapshots" / as_of.isoformat() / f"{revision:04}"
    tables = write_snapshot(book, folder)
    pq.write_table(tables["loans"].select(["loan_no", "loan_id"]), root / "registry.parquet")
    return Snapshot.objects.create(
        as_of=as_of,
        revision=revision,
        inputs_hash=f"{as_of} {revision}",
        folder=str(folder),
        manifest={"received_up_to": 0, "events_up_to": 0},
    )


def stand(book: Book, root: Path, as_of: date) -> DayRun:
    """The same, with a finished run of that day under the shipped strategy."""
    return DayRun.objects.create(
        as_of=as_of,
        inputs_hash=f"{as_of}",
        state=RunState.DONE,
        snapshot=register(book, root, as_of),
        strategy=published_strategy(),
        folder=str(root / "days" / as_of.isoformat()),
    )
