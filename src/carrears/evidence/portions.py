"""Check a large log a portion a night: what is new since the last check, and a part of the old.

A log that is read within minutes is read whole. Of a larger one each night reads the entries that
were sealed since the last good check, and one thirtieth of the rest, so that after thirty nights
every entry was hashed again. A portion is held against the newest signed root: its entries must
give the hashes of their tiles, and each tile must lie in the tree by an inclusion proof from the
tiles above it. The newest log must be a continuation of the one that was found good the last time.

What was found amiss stays so, whosever turn it is: the entry that was named is looked at again
each night, and once it is sound all is read before the log is called so.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date

from carrears.evidence import checkpoint as checkpoints
from carrears.evidence import tiles
from carrears.evidence.checkpoint import Checkpoint, CheckpointError
from carrears.evidence.log_key import log_signer
from carrears.evidence.merkle import (
    ProofError,
    inclusion_spans,
    verify_consistency,
    verify_inclusion,
)
from carrears.evidence.models import StoredCheckpoint, VerificationRun
from carrears.evidence.nights import NIGHTS, share_of
from carrears.evidence.note import NoteError
from carrears.evidence.queries import last_verification
from carrears.evidence.record import Leaf
from carrears.evidence.sequencer import read_tile, tiles_for
from carrears.evidence.tiles import TileError
from carrears.evidence.verification import (
    BLOCK,
    Finding,
    Verification,
    check_outside,
    sealed_rows,
    tile_hashes,
    verify_log,
)

# Read again and hashed within some two minutes.
WHOLE_AT_MOST = 5_000_000


def verify_tonight(day: date, *, whole_at_most: int = WHOLE_AT_MOST) -> Verification:
    """Check the log whole, or what this night is to check of a larger one."""
    stored = StoredCheckpoint.objects.order_by("size").last()
    if stored is None or stored.size <= whole_at_most:
        return verify_log()
    try:
        newest = _signed(stored)
        finding = (
            _grown(newest) or _still_amiss(newest) or _check_spans(newest, day) or check_outside()
        )
    except (NoteError, CheckpointError, ProofError, TileError) as error:
        return Verification(ok=False, size=stored.size, root=bytes(stored.root), reason=str(error))
    return Verification(
        ok=finding is None,
        size=newest.size,
        root=newest.root,
        first_altered=finding.index if finding else None,
        reason=finding.reason if finding else "",
    )


def portion_of(day: date, size: int) -> tuple[int, int]:
    """Which entries of a log of ``size`` a night reads again, by whole tiles."""
    nth = share_of(day).nth
    first, end = (size * part // NIGHTS // tiles.WIDTH * tiles.WIDTH for part in (nth, nth + 1))
    return first, size if nth == NIGHTS - 1 else end


def _signed(stored: StoredCheckpoint) -> Checkpoint:
    """The checkpoint, if it is ours.

    Raises:
        NoteError, CheckpointError: it is not, or its columns are not what was signed.
    """
    signer = log_signer()
    found = checkpoints.verify(stored.note, origin=signer.name, vkeys=[str(signer.verifier())])
    if (found.size, found.root) != (stored.size, bytes(stored.root)):
        raise CheckpointError(f"checkpoint {stored.size}: its columns are not what was signed")
    return found


def _last_good() -> VerificationRun | None:
    return VerificationRun.objects.filter(ok=True).order_by("finished_at").last()


def _grown(newest: Checkpoint) -> Finding | None:
    """Whether the log continues the one that was found good, each checkpoint since being ours."""
    good = _last_good()
    if good is None or good.size == 0:
        return None
    if newest.size < good.size:
        return Finding(newest.size, f"the log had {good.size} entries when it was last checked")
    for stored in StoredCheckpoint.objects.filter(size__gt=good.size).iterator(chunk_size=2_000):
        _signed(stored)
    read = functools.cache(read_tile)
    verify_consistency(
        old_size=good.size,
        new_size=newest.size,
        old_root=bytes(good.root),
        new_root=newest.root,
        proof=(
            [] if good.size == newest.size
            else tiles.consistency_proof(good.size, newest.size, read)
        ),
    )  # fmt: skip
    return None


def _still_amiss(newest: Checkpoint) -> Finding | None:
    """What the last check found, if it still is, or else what all of the log shows after it."""
    last = last_verification()
    if last is None or last.ok:
        return None
    named = last.first_altered
    if named is not None and named < newest.size:
        first = named - named % tiles.WIDTH
        if finding := _check_block(first, min(first + tiles.WIDTH, newest.size), newest):
            return finding
    whole = verify_log()
    return None if whole.ok else Finding(whole.first_altered, whole.reason)


def _check_spans(newest: Checkpoint, day: date) -> Finding | None:
    good = _last_good()
    since = min(good.size, newest.size) if good else 0
    for start, end in ((since, newest.size), portion_of(day, since)):
        for first, last in _blocks(start, end):
            if finding := _check_block(first, last, newest):
                return finding
    return None


def _blocks(start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start - start % tiles.WIDTH
    while at < end:
        yield at, min(at + BLOCK, end)
        at += BLOCK


def _check_block(start: int, end: int, newest: Checkpoint) -> Finding | None:
    sealed, leaves = tile_hashes(start, end), []
    for index, row in enumerate(sealed_rows(start, end), start):
        at, key, kind, subject, actor, occurred_at, payload, stored = row
        if at != index or key is None:
            break
        leaf = Leaf(key, kind, subject, actor, occurred_at, payload).hash()
        if leaf != sealed[index - start] or leaf != bytes(stored):
            return Finding(index, f"entry {index} ({kind}, key {key}) was altered")
        leaves.append(leaf)
    if len(leaves) < end - start:
        return Finding(start + len(leaves), f"entry {start + len(leaves)} is missing")
    return _check_tiles(start, leaves, newest)


def _check_tiles(start: int, leaves: list[bytes], newest: Checkpoint) -> Finding | None:
    """Prove the first leaf of each tile: what lies beside it in the tile is part of the proof."""
    firsts = list(range(start, start + len(leaves), tiles.WIDTH))
    spans = [span for index in firsts for span in inclusion_spans(index, newest.size)]
    proofs = tiles.inclusion_proofs(firsts, newest.size, tiles_for(spans))
    for index, proof in zip(firsts, proofs, strict=True):
        try:
            verify_inclusion(
                leaf_hash=leaves[index - start],
                index=index,
                tree_size=newest.size,
                proof=proof,
                root=newest.root,
            )
        except ProofError:
            return Finding(index, f"entries from {index} on are not those of the signed root")
    return None
