"""RFC 6962 Merkle trees: hashes, proofs, and their verification.

Trees are SHA-256 with the two domain prefixes of RFC 6962, section 2.1. Proofs are made and
verified as in RFC 9162, section 2.1.3 and 2.1.4; a consistency proof from an empty tree says
nothing and is an error, which that algorithm alone does not say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256


class ProofError(ValueError):
    """A proof does not prove what it is given for; the message says where it fails."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node over its two children."""
    return _sha256(b"\x01" + left + right).digest()


def node_hashes(run: bytes) -> bytes:
    """The hashes of the inner nodes over ``run``, pair after pair; a last one alone is left out.

    Hashes stand end to end, as in a tile: a proof hashes hundreds, and most of the time goes here.
    """
    pairs = range(0, len(run) - 2 * HASH_BYTES + 1, 2 * HASH_BYTES)
    return b"".join([_sha256(b"\x01" + run[at : at + 2 * HASH_BYTES]).digest() for at in pairs])


def root_hash(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over leaf hashes in order; the hash of nothing for an empty tree."""
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaf_hashes):
        node, filled = leaf, size
        while filled & 1:
            node = node_hash(peaks.pop(), node)
            filled >>= 1
        peaks.append(node)
    return fold_peaks(peaks)


def fold_peaks(peaks: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees of falling size, from left to right."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that the leaf at ``index`` (from 0) is in the tree over ``leaf_hashes``.

    Raises:
        ProofError: the tree has no such leaf.
    """
    spans = inclusion_spans(index, len(leaf_hashes))
    return [root_hash(leaf_hashes[start:end]) for start, end in spans]


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """The proof that the tree over ``leaf_hashes`` continues the one over its first leaves.

    Raises:
        ProofError: ``old_size`` is 0 or more than the tree has.
    """
    spans = consistency_spans(old_size, len(leaf_hashes))
    return [root_hash(leaf_hashes[start:end]) for start, end in spans]


def inclusion_spans(index: int, tree_size: int) -> list[tuple[int, int]]:
    """Which spans of leaves (start, end) an inclusion proof gives the roots of, in order.

    Raises:
        ProofError: the tree has no such leaf.
    """
    _expect_leaf(index, tree_size)
    return list(_sibling_spans(index, 0, tree_size))[::-1]


def consistency_spans(old_size: int, new_size: int) -> list[tuple[int, int]]:
    """Which spans of leaves (start, end) a consistency proof gives the roots of, in order.

    Raises:
        ProofError: not 0 < old size <= new size.
    """
    _expect_growth(old_size, new_size)
    if old_size == new_size:
        return []
    start, end = 0, new_size
    spans: list[tuple[int, int]] = []
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    if start:  # else the old root, which the verifier has, is the first node
        spans.append((start, end))
    return spans[::-1]


def verify_inclusion(
    *, leaf_hash: bytes, index: int, tree_size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Accept that the leaf is at ``index`` of the tree with this size and root.

    Raises:
        ProofError: it is not proven.
    """
    _expect_leaf(index, tree_size)
    _expect_hashes([leaf_hash, *proof])
    place, last, node = index, tree_size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long")
        if place & 1 or place == last:
            node = node_hash(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the inclusion proof is too short")
    if node != root:
        raise ProofError("the inclusion proof leads to another root")


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Accept that the new tree only appended to the old one.

    Raises:
        ProofError: it is not proven; always so for an old size of 0.
    """
    _expect_growth(old_size, new_size)
    if old_size == new_size:
        if proof or old_root != new_root:
            raise ProofError("trees of one size are consistent by equal roots and no proof")
        return
    _expect_hashes(proof)
    if old_size & (old_size - 1) == 0:
        proof = [old_root, *proof]  # a perfect old tree is a node of the new one
    if not proof:
        raise ProofError("the consistency proof is empty")
    old, new = _replay_growth(proof, old_size, new_size)
    if old != old_root:
        raise ProofError("the consistency proof leads to another old root")
    if new != new_root:
        raise ProofError("the consistency proof leads to another new root")


def _replay_growth(path: Sequence[bytes], old_size: int, new_size: int) -> tuple[bytes, bytes]:
    """The old and the new root that ``path`` leads to (RFC 9162, section 2.1.4.2)."""
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long")
        if place & 1 or place == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, node)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the consistency proof is too short")
    return old, new


def _sibling_spans(index: int, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield start, middle
            start = middle


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _expect_leaf(index: int, tree_size: int) -> None:
    if not 0 <= index < tree_size:
        raise ProofError(f"a tree of size {tree_size} has no leaf {index}")


def _expect_growth(old_size: int, new_size: int) -> None:
    if not 0 < old_size <= new_size:
        raise ProofError(f"no tree of size {new_size} can continue one of size {old_size}")


def _expect_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError(f"a hash is not {HASH_BYTES} bytes long")
