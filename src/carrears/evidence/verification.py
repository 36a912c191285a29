"""Check the whole log against what it signed, and name the first entry that was altered.

Every entry is read and hashed again. As long as the roots over these hashes are the signed
ones, the entries are what they were; stored hashes and tiles that differ were then altered
themselves. At the first checkpoint whose root differs, the tiles tell which entry it was; if
they were altered along with it, the first entry after the last good checkpoint is named.

What this cannot see, because nothing in the database can: a log that was rolled back as a
whole, and a history signed anew with a stolen key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from carrears.evidence import checkpoint as checkpoints
from carrears.evidence import tiles
from carrears.evidence.checkpoint import Checkpoint, CheckpointError
from carrears.evidence.log_key import log_signer
from carrears.evidence.merkle import EMPTY_ROOT, HASH_BYTES
from carrears.evidence.models import StoredCheckpoint
from carrears.evidence.note import NoteError
from carrears.evidence.record import Leaf
from carrears.evidence.tiles import Edge

Progress = Callable[[int, int], None]

BLOCK = 32 * tiles.WIDTH
# The columns of ``record.Leaf``; the moment in the form that ``canonical_moment`` gives it.
_LEAF = (
    "e.key, e.kind, e.subject, e.actor,"
    " to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), e.payload"
)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the log is what it signed; if not, the first altered entry and what is wrong.

    ``size`` and ``root`` are those of the newest checkpoint with a true signature;
    ``first_altered`` is None when no single entry can be named, as for a false checkpoint.
    """

    ok: bool
    size: int
    root: bytes
    first_altered: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and at which entry, where that can be said."""

    index: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Suspect:
    """The first entry that is not what its stored hash or its tile says."""

    index: int
    reason: str


@dataclass(slots=True)
class _Walk:
    """How far the entries were read, and up to where a signed root vouches for them."""

    edge: Edge
    good: Edge
    suspect: _Suspect | None
    upper: dict[tuple[int, int], bytes]


def verify_log(progress: Progress | None = None) -> Verification:
    """Read the whole log again; ``progress(done, total)`` is called now and then.

    It may run while others write: it checks up to the checkpoint that is newest when it
    begins, and that nothing lies outside the queue and the signed log.
    """
    signed, false_checkpoint = _signed_checkpoints()
    newest = signed[-1] if signed else Checkpoint("", 0, EMPTY_ROOT)
    finding = _check_entries(signed, progress) or false_checkpoint or check_outside()
    return Verification(
        ok=finding is None,
        size=newest.size,
        root=newest.root,
        first_altered=finding.index if finding else None,
        reason=finding.reason if finding else "",
    )


def _signed_checkpoints() -> tuple[list[Checkpoint], Finding | None]:
    """The checkpoints with a true signature, by size, and the first one without."""
    signer = log_signer()
    vkeys = [str(signer.verifier())]
    signed: list[Checkpoint] = []
    problem: Finding | None = None
    for stored in StoredCheckpoint.objects.order_by("size").iterator(chunk_size=2_000):
        try:
            found = checkpoints.verify(stored.note, origin=signer.name, vkeys=vkeys)
        except (NoteError, CheckpointError) as error:
            problem = problem or Finding(None, f"checkpoint {stored.size}: {error}")
            continue
        if (found.size, found.root) != (stored.size, bytes(stored.root)):
            text = f"checkpoint {stored.size}: its columns are not what was signed"
            problem = problem or Finding(None, text)
        signed.append(found)
    return sorted(signed, key=lambda one: one.size), problem


def _check_entries(signed: list[Checkpoint], progress: Progress | None) -> Finding | None:
    if not signed:
        return None
    walk = _Walk(Edge(), Edge(), None, {})
    due = iter(signed)
    next_due = next(due, None)
    total = signed[-1].size
    for start in range(0, total, BLOCK):
        end = min(start + BLOCK, total)
        leaves, gap = _read_block(walk, start, end)
        taken = 0
        while next_due is not None and next_due.size <= start + len(leaves):
            upto = next_due.size - start
            _advance(walk, leaves[taken:upto])
            taken = max(taken, upto)
            if finding := _judge(walk, next_due):
                return finding
            next_due = next(due, None)
        _advance(walk, leaves[taken:])
        if gap is not None:
            return Finding(walk.suspect.index, walk.suspect.reason) if walk.suspect else gap
        if progress:
            progress(end, total)
    return _check_upper_tiles(walk.upper)


def _advance(walk: _Walk, leaves: list[bytes]) -> None:
    walk.edge, changed = tiles.append(walk.edge, leaves)
    walk.upper.update({(one.level, one.index): one.hashes for one in changed if one.level})


def _judge(walk: _Walk, checkpoint: Checkpoint) -> Finding | None:
    """Compare the root over the entries with the signed one."""
    suspect = walk.suspect if walk.suspect and walk.suspect.index < checkpoint.size else None
    if walk.edge.root() == checkpoint.root:
        walk.good = walk.edge
        if suspect is None:
            return None
        return Finding(
            suspect.index,
            f"entry {suspect.index} is as it was signed, but its stored hash or tile was altered",
        )
    if suspect and _tiles_root(walk.good, checkpoint.size) == checkpoint.root:
        return Finding(suspect.index, suspect.reason)
    return Finding(
        walk.good.size,
        f"entries {walk.good.size} to {checkpoint.size - 1} do not give the signed root, and"
        " their tiles were altered too; the first that may be altered is named",
    )


def _tiles_root(good: Edge, size: int) -> bytes:
    """The root that the stored tiles claim, upon the part of the log that is vouched for."""
    edge = good
    while edge.size < size:
        end = min(edge.size - edge.size % BLOCK + BLOCK, size)
        edge, _ = tiles.append(edge, tile_hashes(edge.size, end))
    return edge.root()


def _read_block(walk: _Walk, start: int, end: int) -> tuple[list[bytes], Finding | None]:
    """The recomputed leaf hashes from ``start``, up to ``end`` or the first missing entry."""
    leaves: list[bytes] = []
    sealed = tile_hashes(start, end)
    for index, row in enumerate(sealed_rows(start, end), start):
        at, key, kind, subject, actor, occurred_at, payload, stored = row
        if at != index or key is None:
            break
        leaf = Leaf(key, kind, subject, actor, occurred_at, payload).hash()
        leaves.append(leaf)
        is_sealed = index - start < len(sealed) and sealed[index - start] == leaf
        if walk.suspect is None and not (is_sealed and bytes(stored) == leaf):
            walk.suspect = _Suspect(index, f"entry {index} ({kind}, key {key}) was altered")
    reached = start + len(leaves)
    return leaves, None if reached == end else Finding(reached, f"entry {reached} is missing")


def sealed_rows(start: int, end: int) -> Iterator[tuple[Any, ...]]:
    """Place, columns of a leaf and stored hash of the entries from ``start`` up to ``end``."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select p.index, {_LEAF}, e.leaf_hash"  # noqa: S608  a constant
            " from evidence_position p left join evidence_entry e on e.id = p.entry_id"
            " where p.index >= %s and p.index < %s order by p.index",
            [start, end],
        )
        yield from cursor.fetchall()


def tile_hashes(start: int, end: int) -> list[bytes]:
    """The leaf hashes that the stored tiles hold from ``start``; fewer when tiles are short."""
    first = start // tiles.WIDTH
    stored = _stored_tiles(0, first, (end - 1) // tiles.WIDTH)
    hashes: list[bytes] = []
    for index in range(first, (end - 1) // tiles.WIDTH + 1):
        run = stored.get(index, b"")
        # A short tile shifts nothing: what it lacks is a hash that matches no entry.
        padded = run[: tiles.TILE_BYTES].ljust(tiles.TILE_BYTES, b"\0")
        hashes += [padded[at : at + HASH_BYTES] for at in range(0, tiles.TILE_BYTES, HASH_BYTES)]
    offset = start - first * tiles.WIDTH
    return hashes[offset : offset + end - start]


def _stored_tiles(level: int, first: int, last: int) -> dict[int, bytes]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select index, hashes from evidence_storedtile"
            " where level = %s and index between %s and %s",
            [level, first, last],
        )
        return {index: bytes(hashes) for index, hashes in cursor.fetchall()}


def _check_upper_tiles(expected: dict[tuple[int, int], bytes]) -> Finding | None:
    for (level, index), hashes in sorted(expected.items()):
        stored = _stored_tiles(level, index, index).get(index, b"")
        if not stored.startswith(hashes):
            first = index * tiles.WIDTH ** (level + 1)
            return Finding(first, f"tile {level}/{index} was altered; it begins at entry {first}")
    return None


def check_outside() -> Finding | None:
    """Nothing may lie beyond the newest checkpoint, and nothing outside log and queue."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select min(index) from evidence_position"
            " where index >= (select coalesce(max(size), 0) from evidence_storedcheckpoint)"
        )
        if (beyond := cursor.fetchone()[0]) is not None:
            return Finding(beyond, f"entry {beyond} lies beyond the newest checkpoint")
        cursor.execute(
            "select e.key from evidence_entry e"
            " where not exists (select from evidence_position p where p.entry_id = e.id)"
            " and not exists (select from evidence_queuedentry q where q.entry_id = e.id)"
            " order by e.id limit 1"
        )
        if (lost := cursor.fetchone()) is not None:
            return Finding(None, f"the entry with key {lost[0]} is neither queued nor in the log")
    return _check_queue()


def _check_queue() -> Finding | None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {_LEAF}, e.leaf_hash"  # noqa: S608  a constant
            " from evidence_queuedentry q left join evidence_entry e on e.id = q.entry_id"
            " order by q.entry_id"
        )
        for *columns, stored in cursor.fetchall():
            if stored is None:
                return Finding(None, "a queued entry is missing")
            if Leaf(*columns).hash() != bytes(stored):
                return Finding(None, f"the queued entry with key {columns[0]} was altered")
    return None
