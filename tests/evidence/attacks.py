"""What a superuser can do to a log who holds its key: each leaves one that verifies by itself."""

from __future__ import annotations

from typing import Any

from django.db import connection
from evidence.logs import NOW, TABLES

from carrears.evidence import checkpoint, tiles
from carrears.evidence.checkpoint import Checkpoint
from carrears.evidence.log_key import log_signer
from carrears.evidence.models import Entry, StoredCheckpoint, StoredTile
from carrears.evidence.record import Leaf


def as_superuser(sql: str, *values: Any) -> None:
    """What a superuser can do: switch the triggers off, and on again, so that nobody sees it."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"alter table evidence_{table} disable trigger user")
        cursor.execute(sql, values)
        for table in TABLES:
            cursor.execute(f"alter table evidence_{table} enable trigger user")


def cut_to(size: int) -> None:
    """Take all that came after ``size`` entries out of the log, and its traces."""
    as_superuser(
        "delete from evidence_entry where id in"
        " (select entry_id from evidence_position where index >= %s)",
        size,
    )
    as_superuser("delete from evidence_position where index >= %s", size)
    as_superuser("delete from evidence_storedcosignature where checkpoint_id > %s", size)
    as_superuser("delete from evidence_queuedentry")
    as_superuser("delete from evidence_witnessstate")
    sign_anew(size)


def sign_anew(*sizes: int) -> None:
    """Hash what the entries now say, and sign checkpoints of these sizes with the log's key."""
    as_superuser("delete from evidence_storedtile")
    as_superuser("delete from evidence_storedcheckpoint")
    edge = tiles.Edge()
    leaves = []
    for entry in Entry.objects.filter(position__isnull=False).order_by("position__index"):
        at = entry.occurred_at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        leaf = Leaf(entry.key, entry.kind, entry.subject, entry.actor, at, entry.payload).hash()
        as_superuser("update evidence_entry set leaf_hash = %s where id = %s", leaf, entry.pk)
        leaves.append(leaf)
    for size in sizes:
        edge, changed = tiles.append(edge, leaves[edge.size : size])
        for one in changed:
            place = {"level": one.level, "index": one.index}
            StoredTile.objects.update_or_create(**place, defaults={"hashes": one.hashes})
        text = checkpoint.sign(Checkpoint(log_signer().name, size, edge.root()), [log_signer()])
        StoredCheckpoint.objects.create(size=size, root=edge.root(), note=text, signed_at=NOW)
