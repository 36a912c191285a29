"""Bring tapes into the book and cut snapshots out of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from carrears import layout
from carrears.clock import now
from carrears.evidence.services import Record, record_many
from carrears.exchange.models import ImportState, TapeImport
from carrears.portfolio.compact import cut_snapshot, merge_parts, open_engine, ranked
from carrears.portfolio.loan_rows import read_loan_numbers
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment, Snapshot
from carrears.portfolio.received import Cut, cut_received, events_until, payments_until

_BOOK_LOCK = 0x626F_6F6B  # "book"


class BookError(RuntimeError):
    """The book cannot give what was asked; the message says why."""


@contextmanager
def book_lock() -> Iterator[None]:
    """Only one process at a time changes the book's files."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_BOOK_LOCK])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_BOOK_LOCK])


def part_folder(tape: TapeImport) -> Path:
    """Where an import's tables lie."""
    return Path(settings.BOOK_DIR) / "parts" / tape.key


def ensure_snapshot(as_of: date, *, progress: Callable[[str], None] = lambda _: None) -> Snapshot:
    """The newest snapshot of ``as_of``; made unless one of the same inputs exists.

    Raises:
        BookError: no tape has been imported.
    """
    with book_lock():
        cut = cut_received()
        digest = _digest(_inputs(as_of, cut))
        known = Snapshot.objects.filter(as_of=as_of, inputs_hash=digest).first()
        if known is not None and Path(known.folder).is_dir():
            return known
        progress("merging the book")
        book = _ensure_merged(cut)
        progress(f"cutting the snapshot of {as_of}")
        return _cut(as_of, book, digest, cut, known)


def snapshot_hash(as_of: date) -> str:
    """The ``inputs_hash`` that a snapshot of ``as_of`` would have if it were cut now.

    Raises:
        BookError: no tape has been imported.
    """
    return _digest(_inputs(as_of, cut_received()))


def newest_book() -> Path:
    """The folder of the book as it stands, whatever days it speaks of.

    Raises:
        BookError: no tape has been imported.
    """
    with book_lock():
        cut = cut_received()
        _inputs(date.max, cut)
        return _ensure_merged(cut)


def _inputs(as_of: date, cut: Cut) -> dict[str, Any]:
    """What a snapshot is made of: the parts, and what was told to us of its days."""
    parts = list(
        TapeImport.objects.filter(state=ImportState.DONE)
        .order_by("pk")
        .values_list("key", flat=True)
    )
    if not parts:
        raise BookError("the book is empty: import a tape first (carrears book import PATH)")
    payments = ReceivedPayment.objects.filter(pk__lte=cut.payments, paid_on__lte=as_of)
    events = ReceivedEvent.objects.filter(pk__lte=cut.events, happened_on__lte=as_of)
    told = {"received": payments, "received_events": events}
    last = {name: rows.aggregate(last=Max("pk"))["last"] or 0 for name, rows in told.items()}
    # A book to which no event was told has the snapshots that it had before there were any.
    return {"layout": layout.VERSION, "parts": parts} | {
        name: pk for name, pk in last.items() if pk or name == "received"
    }


def _digest(inputs: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def _ensure_merged(cut: Cut) -> Path:
    """The folder of the merged book of all parts and of what was told to us."""
    root = Path(settings.BOOK_DIR)
    parts = list(
        TapeImport.objects.filter(state=ImportState.DONE)
        .order_by("pk")
        .values_list("key", "as_of_to", "pk")
    )
    told = [cut.payments, *([cut.events] if cut.events else [])]
    inputs = json.dumps([layout.VERSION, [p[0] for p in parts], *told])
    name = hashlib.sha256(inputs.encode()).hexdigest()[:32]
    out = root / "merged" / name
    if out.is_dir():
        return out
    with fresh_folder(out) as folder:
        engine = open_engine(root / "scratch")
        counts = merge_parts(
            engine,
            ranked((root / "parts" / key, as_of_to, pk) for key, as_of_to, pk in parts),
            registry=root / "registry.parquet",
            received=payments_until(cut),
            received_events=events_until(cut),
            out=folder,
        )
        engine.close()
        (folder / "counts.json").write_text(json.dumps(counts))
    read_loan_numbers(root / "registry.parquet")  # so that no event has to wait for the index
    _forget_older_merges(keep=out)
    return out


def _forget_older_merges(*, keep: Path) -> None:
    """Snapshots hold hard links to what they need, so older merges can go."""
    for folder in keep.parent.iterdir():
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)


def _cut(as_of: date, book: Path, digest: str, cut: Cut, known: Snapshot | None) -> Snapshot:
    last = Snapshot.objects.filter(as_of=as_of).aggregate(last=Max("revision"))["last"] or 0
    revision = known.revision if known else last + 1
    out = Path(settings.BOOK_DIR) / "snapshots" / as_of.isoformat() / f"{revision:04}"
    with fresh_folder(out, replace=True) as folder:
        engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
        rows = cut_snapshot(engine, book, as_of=as_of, out=folder)
        engine.close()
        manifest = {
            "as_of": as_of.isoformat(),
            "revision": revision,
            "rows": rows,
            "sha256": {name: _sha256(folder / f"{name}.parquet") for name in layout.TABLES},
            "notes": json.loads((book / "counts.json").read_text()),
            "received_up_to": cut.payments,
            "events_up_to": cut.events,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=1))
    if known is not None:
        return known
    with transaction.atomic():
        snapshot = Snapshot.objects.create(
            as_of=as_of, revision=revision, inputs_hash=digest, folder=str(out), manifest=manifest
        )
        record_many(
            [
                Record(
                    kind="book.snapshot",
                    subject=as_of.isoformat(),
                    key=f"snapshot:{as_of}:{revision}",
                    actor="",
                    occurred_at=now(),
                    payload=manifest,
                )
            ]
        )
    return snapshot


@contextmanager
def fresh_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder that becomes ``target`` only once it is complete.

    ``replace`` puts it in the place of one that a crash left without its registration.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=".making-"))
    try:
        yield folder
        if replace and target.is_dir():
            shutil.rmtree(target)
        folder.rename(target)
    finally:
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
