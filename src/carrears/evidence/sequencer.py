"""Give queued entries their place, write the tiles, and sign a checkpoint for each batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import connection, transaction

from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence import checkpoint as checkpoints
from carrears.evidence import tiles
from carrears.evidence.checkpoint import Checkpoint, CheckpointError
from carrears.evidence.log_key import log_signer
from carrears.evidence.models import StoredCheckpoint, StoredTile
from carrears.evidence.note import NoteError, Signer
from carrears.evidence.tiles import Edge, Tile, TileError

# Bounds the memory of one batch and how far one checkpoint reaches back.
BATCH_SIZE = 10_000
_LOCK = 0x6C6F_675F  # "log_": one sequencer at a time, whatever process it runs in


class LogAlteredError(Exception):
    """The stored log is not the one that was signed; nothing more is signed upon it."""


def sequence(*, batch_size: int = BATCH_SIZE) -> Checkpoint | None:
    """Sequence all that is queued, each batch in a transaction of its own.

    Returns:
        The newest checkpoint, be it old or new; None for an empty log.

    Raises:
        LogAlteredError: the newest checkpoint is not ours or does not fit the tiles.
        LogKeyError: the key belongs to another log.
    """
    signer = log_signer()
    while True:
        with as_house(), transaction.atomic():
            newest, is_drained = _seal_batch(signer, batch_size)
        if is_drained:
            return newest


def seal_some(most: int) -> bool:
    """Sequence up to ``most`` of what waited longest, unless somebody else is at it.

    For who must not be held up: it takes about as long as ``most`` asks, and never waits for
    a sequencer of lower priority.

    Returns:
        Whether more may be waiting that nobody else seals.

    Raises:
        As ``sequence``.
    """
    signer = log_signer()
    with as_house(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return False
        _, is_drained = _seal_batch(signer, most)
        return not is_drained


def _seal_batch(signer: Signer, batch_size: int) -> tuple[Checkpoint | None, bool]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    newest = _newest_checkpoint(signer)
    entry_ids, leaf_hashes = _take_queued(batch_size)
    if not entry_ids:
        return newest, True
    edge, changed = tiles.append(_stored_edge(newest), leaf_hashes)
    _place(edge.size - len(entry_ids), entry_ids)
    _write_tiles(changed)
    sealed = Checkpoint(signer.name, edge.size, edge.root())
    StoredCheckpoint.objects.create(
        size=sealed.size,
        root=sealed.root,
        note=checkpoints.sign(sealed, [signer]),
        signed_at=now(),
    )
    transaction.on_commit(_wake_sender, robust=True)
    return sealed, len(entry_ids) < batch_size


def _wake_sender() -> None:
    """Have the new checkpoint sent to the witnesses; the minute's job does it where this fails."""
    from carrears.evidence.jobs import wake  # noqa: PLC0415  its decorators need Django's apps

    wake()


def _newest_checkpoint(signer: Signer) -> Checkpoint | None:
    stored = StoredCheckpoint.objects.order_by("-size").first()
    if stored is None:
        return None
    try:
        return checkpoints.verify(stored.note, origin=signer.name, vkeys=[str(signer.verifier())])
    except (NoteError, CheckpointError) as error:
        raise LogAlteredError(f"checkpoint {stored.size} is not this log's: {error}") from error


def _stored_edge(newest: Checkpoint | None) -> Edge:
    """The right edge of the tree; refused when it does not lead to the signed root."""
    if newest is None:
        return Edge()
    try:
        edge = tiles.read_edge(newest.size, read_tile)
    except TileError as error:
        raise LogAlteredError(f"below checkpoint {newest.size}: {error}") from error
    if edge.root() != newest.root:
        raise LogAlteredError(f"the tiles do not give the root of checkpoint {newest.size}")
    return edge


def read_tile(level: int, index: int) -> bytes:
    """The hashes of a stored tile; nothing when there is none."""
    found = StoredTile.objects.filter(level=level, index=index).values_list("hashes", flat=True)
    return bytes(found.first() or b"")


def tiles_for(spans: Iterable[tuple[int, int]]) -> Callable[[int, int], bytes]:
    """``read_tile`` for the roots over spans of leaves: what they need is read in one statement."""
    places = tiles.places_of(spans)
    wanted = [[level for level, _ in places], [index for _, index in places]]
    with connection.cursor() as cursor:
        cursor.execute(
            "select level, index, hashes from evidence_storedtile"
            " join unnest(%s::smallint[], %s::bigint[]) as wanted (level, index)"
            " using (level, index)",
            wanted,
        )
        known = {(level, index): bytes(hashes) for level, index, hashes in cursor.fetchall()}
    return lambda level, index: known.get((level, index), b"")


def _take_queued(batch_size: int) -> tuple[list[int], list[bytes]]:
    with connection.cursor() as cursor:
        # Two looks by index: the queue is empty on average, and a join would read the whole log.
        cursor.execute(
            "select entry_id from evidence_queuedentry order by entry_id limit %s", [batch_size]
        )
        queued = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "select id, leaf_hash from evidence_entry where id = any(%s::bigint[]) order by id",
            [queued],
        )
        rows = cursor.fetchall()
    return [row[0] for row in rows], [bytes(row[1]) for row in rows]


def _place(start: int, entry_ids: list[int]) -> None:
    """Write the positions, then empty the queue; a trigger insists on this order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into evidence_position (index, entry_id)"
            " select %s + nth - 1, id from unnest(%s::bigint[]) with ordinality as o (id, nth)",
            [start, entry_ids],
        )
        cursor.execute(
            "delete from evidence_queuedentry where entry_id = any(%s::bigint[])", [entry_ids]
        )


def _write_tiles(changed: list[Tile]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into evidence_storedtile (level, index, hashes) values (%s, %s, %s)"
            " on conflict (level, index) do update set hashes = excluded.hashes",
            [(tile.level, tile.index, tile.hashes) for tile in changed],
        )
