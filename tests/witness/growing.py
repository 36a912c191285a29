"""A log in memory, and what it asks a witness."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from carrears.evidence import checkpoint, merkle, note
from carrears.evidence.checkpoint import Checkpoint

LOG = note.generate_signer("lender.example/log")
LEAVES = [merkle.leaf_hash(b"%d" % number) for number in range(40)]
OTHER_LEAVES = [*LEAVES[:3], *(merkle.leaf_hash(b"other %d" % number) for number in range(37))]


def signed(size: int, leaves: Sequence[bytes] = LEAVES, signer: note.Signer = LOG) -> str:
    root = merkle.root_hash(leaves[:size])
    return checkpoint.sign(Checkpoint(signer.name, size, root), [signer])


def asking(old: int, size: int, leaves: Sequence[bytes] = LEAVES) -> str:
    """The request for a checkpoint of ``size``, with the true proof from ``old``."""
    proof = merkle.consistency_proof(leaves[:size], old) if 0 < old <= size else []
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof), ""]
    return "\n".join([*lines, signed(size, leaves)])
