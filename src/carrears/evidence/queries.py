"""Read the evidence log: pages, timelines of a subject, places, proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from carrears.evidence import tiles
from carrears.evidence.log_key import log_signer
from carrears.evidence.merkle import consistency_spans, inclusion_spans
from carrears.evidence.models import Entry, QueuedEntry, StoredCheckpoint, VerificationRun
from carrears.evidence.sequencer import tiles_for


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """An entry as a screen shows it; ``number`` is its place from 0, None while queued."""

    number: int | None
    key: str
    kind: str
    subject: str
    actor: str
    occurred_at: datetime
    payload: str
    leaf_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """What the log last signed, and how many entries wait for the next checkpoint."""

    origin: str
    size: int
    root: bytes
    note: str
    signed_at: datetime | None
    queued: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """That an entry is in the log, to be checked by ``merkle.verify_inclusion``.

    ``leaf_hash`` is what the log holds at that place; the entry itself hashes to it, or is another.
    """

    index: int
    leaf_hash: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str


def log_state() -> LogState:
    """The state of the log for the evidence screen."""
    newest = StoredCheckpoint.objects.order_by("-size").first()
    return LogState(
        origin=settings.EVIDENCE_ORIGIN,
        size=newest.size if newest else 0,
        root=bytes(newest.root) if newest else b"",
        note=newest.note if newest else "",
        signed_at=newest.signed_at if newest else None,
        queued=QueuedEntry.objects.count(),
    )


def last_verification() -> VerificationRun | None:
    """The newest kept outcome of ``verify_log``."""
    return VerificationRun.objects.order_by("-finished_at", "-id").first()


def latest_entries(*, below: int | None = None, limit: int = 50) -> list[LogEntry]:
    """Sequenced entries, newest first; ``below`` a number gives the page after it."""
    found = Entry.objects.filter(position__isnull=False).order_by("-position__index")
    if below is not None:
        found = found.filter(position__index__lt=below)
    return _entries(found[:limit])


def entry_at(number: int) -> LogEntry | None:
    """The entry at a place in the log."""
    found = _entries(Entry.objects.filter(position__index=number))
    return found[0] if found else None


def entry_under(key: str) -> LogEntry | None:
    """The entry that was recorded under a key."""
    found = _entries(Entry.objects.filter(key=key))
    return found[0] if found else None


def entries_of(subjects: str | Sequence[str], *, limit: int = 500) -> list[LogEntry]:
    """The newest entries about one subject or several, queued ones too, in order of writing."""
    wanted = [subjects] if isinstance(subjects, str) else list(subjects)
    found = Entry.objects.filter(subject__in=wanted).order_by("-id")[:limit]
    return _entries(found)[::-1]


def numbers_of(keys: Sequence[str]) -> dict[str, int]:
    """The places of the entries recorded under ``keys``, as far as they are sequenced."""
    found = Entry.objects.filter(key__in=keys, position__isnull=False)
    return dict(found.values_list("key", "position__index"))


def prove_inclusion(number: int) -> InclusionProof:
    """The proof of one entry under the newest checkpoint.

    Raises:
        ProofError: the log has no such entry.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select size, note from evidence_storedcheckpoint order by size desc limit 1"
        )
        size, note = cursor.fetchone() or (0, "")
    spans = inclusion_spans(number, size)
    read = tiles_for([*spans, (number, number + 1)])
    return InclusionProof(
        index=number,
        leaf_hash=tiles.leaf_at(number, read),
        hashes=tuple(tiles.inclusion_proof(number, size, read)),
        checkpoint=note,
    )


def prove_growth(old_size: int, new_size: int) -> list[bytes]:
    """The consistency proof between two sizes of the log.

    Raises:
        ProofError: not 0 < old size <= new size.
        TileError: the log is not that large.
    """
    spans = consistency_spans(old_size, new_size)
    return tiles.consistency_proof(old_size, new_size, tiles_for(spans))


def log_vkey() -> str:
    """The verifier key by which anybody checks the log's checkpoints."""
    return str(log_signer().verifier())


def _entries(found: QuerySet[Entry]) -> list[LogEntry]:
    return [
        LogEntry(
            number=_number_of(entry),
            key=entry.key,
            kind=entry.kind,
            subject=entry.subject,
            actor=entry.actor,
            occurred_at=entry.occurred_at,
            payload=entry.payload,
            leaf_hash=bytes(entry.leaf_hash),
        )
        for entry in found.select_related("position")
    ]


def _number_of(entry: Entry) -> int | None:
    return entry.position.index if hasattr(entry, "position") else None
