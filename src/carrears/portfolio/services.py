"""Bring tapes into the book and cut snapshots out of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from carrears import layout
from carrears.clock import now
from carrears.evidence.services import Record, record_many
from carrears.exchange.models import ImportState, TapeImport
from carrears.portfolio.compact import Base, merge_parts, open_engine, ranked
from carrears.portfolio.cutting import cut_snapshot
from carrears.portfolio.loan_rows import read_loan_numbers
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment, Snapshot
from carrears.portfolio.received import Cut, cut_received, events_until, payments_until

_BOOK_LOCK = 0x626F_6F6B  # "book"
_STAMP = "merged.json"  # beside the tables of a merged book: what they were made of


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
    keys = [key for key, _, _ in parts]
    told = [cut.payments, *([cut.events] if cut.events else [])]
    inputs = json.dumps([layout.VERSION, keys, *told])
    name = hashlib.sha256(inputs.encode()).hexdigest()[:32]
    out = root / "merged" / name
    if (out / _STAMP).is_file():
        return out
    older = _newest_merge(out.parent, keys, cut)
    with fresh_folder(out, replace=True) as folder:
        engine = open_engine(root / "scratch")
        counts = merge_parts(
            engine,
            ranked((root / "parts" / key, as_of_to, pk) for key, as_of_to, pk in parts),
            registry=root / "registry.parquet",
            received=payments_until(cut),
            received_events=events_until(cut),
            out=folder,
            base=older and _base(root, *older),
        )
        engine.close()
        stamp = {
            "layout": layout.VERSION,
            "parts": keys,
            "payments": cut.payments,
            "events": cut.events,
            "counts": counts,
            "sha256": _hashes(folder, older),
        }
        (folder / _STAMP).write_text(json.dumps(stamp))
    read_loan_numbers(root / "registry.parquet")  # so that no event has to wait for the index
    _forget_older_merges(keep=out)
    return out


def _newest_merge(
    merged: Path, keys: Collection[str], cut: Cut
) -> tuple[Path, dict[str, Any]] | None:
    """A merged book, and its stamp, to which only has to be added what is new."""
    if not (Path(settings.BOOK_DIR) / "registry.parquet").is_file():
        return None  # its ids would be other loans' now
    found = [
        (path.parent, stamp)
        for path in merged.glob(f"*/{_STAMP}")
        if (stamp := json.loads(path.read_text()))["layout"] == layout.VERSION
        and set(stamp["parts"]) <= set(keys)
        and stamp["payments"] <= cut.payments
        and stamp["events"] <= cut.events
    ]
    return max(found, key=lambda one: one[0].stat().st_mtime_ns, default=None)


def _base(root: Path, folder: Path, stamp: dict[str, Any]) -> Base:
    had = Cut(stamp["payments"], stamp["events"])
    return Base(
        folder,
        counts=stamp["counts"],
        parts=[root / "parts" / key for key in stamp["parts"]],
        since={
            "payments": _loans_since(ReceivedPayment.objects.all(), had.payments),
            "events": _loans_since(ReceivedEvent.objects.all(), had.events),
        },
    )


def _loans_since(told: QuerySet[Any], last: int) -> list[str]:
    return list(told.filter(pk__gt=last).values_list("loan_no", flat=True).distinct())


def _hashes(folder: Path, source: tuple[Path, dict[str, Any]] | None) -> dict[str, str]:
    """SHA-256 by table; that of a file linked from ``source`` is known from its stamp."""
    hashes = {}
    for name in layout.TABLES:
        path = folder / f"{name}.parquet"
        is_linked = source and path.samefile(source[0] / path.name)
        hashes[name] = source[1]["sha256"][name] if source and is_linked else _sha256(path)
    return hashes


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
        stamp = json.loads((book / _STAMP).read_text())
        manifest = {
            "as_of": as_of.isoformat(),
            "revision": revision,
            "rows": rows,
            "sha256": _hashes(folder, (book, stamp)),
            "notes": stamp["counts"],
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
