"""A Merkle tree kept as tiles, 256 hashes wide, as C2SP tlog-tiles lays them out.

A tile at level 0 holds leaf hashes; one at level L + 1 holds the roots of full tiles of
level L. The right edge of the tree, one partial tile for each level, is all that appending
and the root need; a proof reads at most two tiles for each level.
https://c2sp.org/tlog-tiles
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from carrears.evidence.merkle import (
    HASH_BYTES,
    consistency_spans,
    fold_peaks,
    inclusion_spans,
    node_hashes,
)

WIDTH = 256
_HEIGHT = 8
TILE_BYTES = WIDTH * HASH_BYTES


class TileError(ValueError):
    """The tiles do not hold the tree that they should."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile with its place; ``hashes`` is 32 bytes for each, 256 of them in a full tile."""

    level: int
    index: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree of ``size`` leaves: the partial tile of each level, from 0."""

    size: int = 0
    partials: tuple[bytes, ...] = ()

    def root(self) -> bytes:
        """The root of the tree."""
        peaks: list[bytes] = []
        for partial in reversed(self.partials):
            peaks += _peaks(partial)
        return fold_peaks(peaks)


def append(edge: Edge, leaf_hashes: Sequence[bytes]) -> tuple[Edge, list[Tile]]:
    """The edge after appending, and the tiles to write, full ones and the new partial ones."""
    partials = list(edge.partials)
    changed: list[Tile] = []
    added, level, below = list(leaf_hashes), 0, edge.size
    while added:
        if level == len(partials):
            partials.append(b"")
        run = partials[level] + b"".join(added)
        first = below >> _HEIGHT
        full = len(run) // TILE_BYTES
        tiles = [run[at * TILE_BYTES : (at + 1) * TILE_BYTES] for at in range(full)]
        changed += [Tile(level, first + at, tile) for at, tile in enumerate(tiles)]
        partials[level] = run[full * TILE_BYTES :]
        if partials[level]:
            changed.append(Tile(level, first + full, partials[level]))
        added = [tile_root(tile) for tile in tiles]
        below = first
        level += 1
    return Edge(edge.size + len(leaf_hashes), tuple(partials)), changed


def tile_root(hashes: bytes) -> bytes:
    """The root over the hashes of one tile, full or partial."""
    return fold_peaks(_peaks(hashes))


def edge_places(size: int) -> list[tuple[int, int, int]]:
    """Level, index and width of each level's partial tile in a tree of ``size``."""
    places = []
    level = 0
    while size:
        places.append((level, size >> _HEIGHT, size & (WIDTH - 1)))
        size >>= _HEIGHT
        level += 1
    return places


def read_edge(size: int, read_tile: Callable[[int, int], bytes]) -> Edge:
    """The right edge of a stored tree.

    Args:
        size: how many leaves the tree has.
        read_tile: gives the hashes of the tile at (level, index), more than asked for if it
            has grown since.

    Raises:
        TileError: a tile holds fewer hashes than the size demands.
    """
    partials = []
    for level, index, width in edge_places(size):
        hashes = read_tile(level, index) if width else b""
        if len(hashes) < width * HASH_BYTES:
            raise TileError(f"tile {level}/{index} holds fewer than {width} hashes")
        partials.append(hashes[: width * HASH_BYTES])
    return Edge(size, tuple(partials))


def leaf_at(index: int, read_tile: Callable[[int, int], bytes]) -> bytes:
    """The leaf hash at a place of the log.

    Raises:
        TileError: the tile holds too few hashes.
    """
    return _perfect_root(index, 0, read_tile)


def inclusion_proof(
    index: int, tree_size: int, read_tile: Callable[[int, int], bytes]
) -> list[bytes]:
    """An inclusion proof read from tiles.

    Raises:
        ProofError: the tree has no such leaf.
        TileError: a tile holds too few hashes.
    """
    return inclusion_proofs([index], tree_size, read_tile)[0]


def inclusion_proofs(
    indexes: Iterable[int], tree_size: int, read_tile: Callable[[int, int], bytes]
) -> list[list[bytes]]:
    """As many ``inclusion_proof``; what several have in common is read and hashed once."""
    root_of = functools.cache(lambda start, height: _perfect_root(start, height, read_tile))
    return [
        [_span_root(*span, root_of) for span in inclusion_spans(index, tree_size)]
        for index in indexes
    ]


def consistency_proof(
    old_size: int, new_size: int, read_tile: Callable[[int, int], bytes]
) -> list[bytes]:
    """A consistency proof read from tiles.

    Raises:
        ProofError: not 0 < old size <= new size.
        TileError: a tile holds too few hashes.
    """

    def root_of(start: int, height: int) -> bytes:
        return _perfect_root(start, height, read_tile)

    return [_span_root(*span, root_of) for span in consistency_spans(old_size, new_size)]


def places_of(spans: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Level and index of the tiles that the roots over spans of leaves are read from."""
    return {
        _place_of(start, height)[:2] for span in spans for start, height in _perfect_spans(*span)
    }


def _span_root(start: int, end: int, root_of: Callable[[int, int], bytes]) -> bytes:
    """The root over leaves ``start`` to ``end``, a subtree of some tree."""
    return fold_peaks([root_of(*perfect) for perfect in _perfect_spans(start, end)])


def _perfect_spans(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees that leaves ``start`` to ``end`` fill: first leaf and height of each."""
    while start < end:
        height = (end - start).bit_length() - 1
        if start:
            height = min(height, (start & -start).bit_length() - 1)
        yield start, height
        start += 1 << height


def _perfect_root(start: int, height: int, read_tile: Callable[[int, int], bytes]) -> bytes:
    """The root of the perfect subtree of 2**height leaves that begins at ``start``."""
    level, index, offset = _place_of(start, height)
    wanted = HASH_BYTES << (height % _HEIGHT)
    hashes = read_tile(level, index)[offset : offset + wanted]
    if len(hashes) < wanted:
        raise TileError(f"tile {level}/{index} holds too few hashes")
    return _upper_root(hashes) if level else tile_root(hashes)


# Most of a proof is hashing, and two entries of one log have all but their lowest tiles in common.
_upper_root = functools.lru_cache(maxsize=1024)(tile_root)


def _place_of(start: int, height: int) -> tuple[int, int, int]:
    """Level and index of the tile, and where in it, the subtree's hashes stand."""
    level = height // _HEIGHT
    first = start >> (level * _HEIGHT)
    return level, first >> _HEIGHT, (first & (WIDTH - 1)) * HASH_BYTES


def _peaks(hashes: bytes) -> list[bytes]:
    """The roots of the perfect subtrees, of falling size, that ``hashes`` fill."""
    peaks: list[bytes] = []
    while hashes:
        if len(hashes) // HASH_BYTES & 1:
            peaks.append(hashes[-HASH_BYTES:])
        hashes = node_hashes(hashes)
    return peaks[::-1]
