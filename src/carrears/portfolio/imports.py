"""Bring a lender's files into the book: all of a file or nothing of it, and each file once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import transaction

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import Record, record_many, sequence
from carrears.exchange.errors import TapeError
from carrears.exchange.faults_kept import kept_fault
from carrears.exchange.mapping import Mapping
from carrears.exchange.models import ImportState, RejectedRow, TapeImport
from carrears.exchange.tape import Batch, Progress, Reject, read_tape
from carrears.parties.services import seal_for_house, store_people
from carrears.portfolio.rejects import resolve_rejects
from carrears.portfolio.services import book_lock, fresh_folder, part_folder

# The day a row speaks of, by table: from these a file's own days are known.
_DAYS = {"payments": "paid_on", "reports": "period_end", "events": "happened_on"}


# Numbers on a lender's tape are those that the contract gave (CN-15 asks for every source).
_CONTACT_SOURCE = "contract"


@dataclass(slots=True)
class _Taken:
    """What one file brought so far."""

    read: int = 0
    rejected: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None


def import_tape(
    path: Path,
    *,
    mapping: Mapping,
    by: User | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> tuple[TapeImport, bool]:
    """Import one file under one mapping. Tells whether anything changed.

    The same content under the same mapping comes in once. Rows that do not fit are kept
    aside and the rest goes in; a file that breaks (a truncated archive, a wrong encoding) is
    refused whole, and the refusal is kept.

    Raises:
        TapeError: the file is refused; it names file, place and reason.
    """
    key = tape_key(path, mapping)
    with book_lock():
        tape, is_new = _begin(key, path, mapping, by)
        if not is_new:
            return tape, False
        try:
            with transaction.atomic():
                taken = _take(tape, path, mapping, progress)
                _finish(tape, taken)
                resolve_rejects(tape, path)
        except TapeError as error:
            _refuse(tape, error)
            raise
    sequence()
    return tape, True


def tape_key(path: Path, mapping: Mapping) -> str:
    """What makes an import the same import: the file's content and the mapping's."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(f"{content}\n{mapping.model_dump_json()}".encode()).hexdigest()


def _begin(key: str, path: Path, mapping: Mapping, by: User | None) -> tuple[TapeImport, bool]:
    known = TapeImport.objects.filter(key=key).first()
    if known is not None and known.state == ImportState.DONE and part_folder(known).is_dir():
        return known, False
    tape, _ = TapeImport.objects.update_or_create(
        key=key,
        defaults={
            "file_name": path.name,
            "path": str(path.resolve()),
            "size_bytes": path.stat().st_size,
            "mapping": mapping.name,
            "state": ImportState.RUNNING,
            "error": "",
            "imported_by": by,
            "started_at": now(),
            "finished_at": None,
        },
    )
    return tape, True


def _take(
    tape: TapeImport, path: Path, mapping: Mapping, progress: Callable[[Progress], None]
) -> _Taken:
    tape.rejects.all().delete()
    taken = _Taken()
    writers: dict[str, pq.ParquetWriter] = {}
    with fresh_folder(part_folder(tape), replace=True) as folder:
        try:
            for batch in read_tape(path, mapping, progress=progress):
                _keep(batch, folder, writers, taken)
                _keep_rejects(tape, batch.rejects)
                taken.read += batch.rows
                taken.rejected += len(batch.rejects)
        finally:
            for writer in writers.values():
                writer.close()
    return taken


def _keep(
    batch: Batch,
    folder: Path,
    writers: dict[str, pq.ParquetWriter],
    taken: _Taken,
) -> None:
    for name, table in batch.tables.items():
        if table.num_rows == 0:
            continue
        taken.tables[name] = taken.tables.get(name, 0) + table.num_rows
        if name == "people":
            store_people(table, source=_CONTACT_SOURCE)  # never written to a file in clear
            continue
        if name not in writers:
            writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
        writers[name].write_table(table)
        if name in _DAYS:
            _widen(taken, table.column(_DAYS[name]))


def _widen(taken: _Taken, days: pa.ChunkedArray) -> None:
    span = pc.min_max(days).as_py()
    if span["min"] is not None:
        taken.first = min(taken.first or span["min"], span["min"])
        taken.last = max(taken.last or span["max"], span["max"])


def _keep_rejects(tape: TapeImport, rejects: Sequence[Reject]) -> None:
    RejectedRow.objects.bulk_create(
        RejectedRow(
            tape=tape,
            table=reject.table,
            row_no=reject.row,
            line_no=reject.line,
            errors=[kept_fault(one) for one in reject.errors],
            raw_sealed=seal_for_house(
                RejectedRow.SEALED_AS, json.dumps(reject.raw, ensure_ascii=False, default=str)
            ),
        )
        for reject in rejects
    )


def _finish(tape: TapeImport, taken: _Taken) -> None:
    tape.state = ImportState.DONE
    tape.rows_read = taken.read
    tape.rows_rejected = taken.rejected
    tape.rows_accepted = taken.read - taken.rejected
    tape.tables = taken.tables
    tape.as_of_from, tape.as_of_to = taken.first, taken.last
    tape.finished_at = now()
    tape.save()
    _record(tape, "book.imported")


def _refuse(tape: TapeImport, error: TapeError) -> None:
    with transaction.atomic():
        tape.state = ImportState.REFUSED
        tape.error = str(error)
        tape.finished_at = now()
        tape.save()
        _record(tape, "book.refused")


def _record(tape: TapeImport, kind: str) -> None:
    payload: dict[str, Any] = {
        "file": tape.file_name,
        "key": tape.key,
        "mapping": tape.mapping,
        "tables": tape.tables,
        "rejected": tape.rows_rejected,
        "error": tape.error,
    }
    record_many(
        [
            Record(
                kind=kind,
                subject=tape.key,
                key=f"import:{tape.key}:{tape.started_at.isoformat()}",
                actor=tape.imported_by.get_username() if tape.imported_by else "",
                occurred_at=now(),
                payload=payload,
            )
        ]
    )


def days_of(tapes: Iterable[TapeImport]) -> list[date]:
    """The days that imports ask a snapshot for.

    A file of monthly reports speaks of the end of its period; the other files together, which
    are one tape, of the last day that any of them tells of.
    """
    days = [(tape.as_of_to, "reports" in tape.tables) for tape in tapes]
    reported = {day for day, is_report in days if day is not None and is_report}
    others = [day for day, is_report in days if day is not None and not is_report]
    return sorted(reported | set(sorted(others)[-1:]))
