"""RFC 6962 trees: published vectors, and laws that hold for every tree."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.evidence import merkle, tiles

SIZES = st.integers(1, 700)


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(count)]


LEAVES = leaves(2400)


def load(shared: Path, name: str) -> Any:
    path = shared / "vectors" / "merkle" / name
    if not path.exists():
        pytest.skip(f"no vectors {name}")
    return json.loads(path.read_text())


def decode(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def proves(prove: Any, **proof: Any) -> bool:
    try:
        prove(**proof)
    except merkle.ProofError:
        return False
    return True


def test_roots_of_the_reference_tree(shared: Path) -> None:
    vectors = load(shared, "rfc6962-roots.json")
    hashes = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in vectors["leaf_inputs_hex"]]

    roots = [merkle.root_hash(hashes[:size]).hex() for size in range(len(hashes) + 1)]

    assert roots[: len(vectors["roots_by_size_hex"])] == vectors["roots_by_size_hex"]


def test_root_of_the_empty_tree_and_of_one_leaf() -> None:
    # RFC 6962, 2.1: MTH({}) = SHA-256(), MTH({d0}) = SHA-256(0x00 || d0)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    one = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"

    assert merkle.root_hash([]).hex() == empty
    assert merkle.root_hash([merkle.leaf_hash(b"")]).hex() == one


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40))
def test_nodes_hashed_together_are_those_hashed_one_by_one(hashes: list[bytes]) -> None:
    one_by_one = [merkle.node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes) - 1, 2)]

    assert merkle.node_hashes(b"".join(hashes)) == b"".join(one_by_one)


def test_inclusion_vectors(shared: Path) -> None:
    vectors = load(shared, "transparency-dev-inclusion.json")
    wrong = [
        one["source"]
        for one in vectors
        if proves(
            merkle.verify_inclusion,
            leaf_hash=decode(one["vector"]["leafHash"]),
            index=one["vector"]["leafIdx"],
            tree_size=one["vector"]["treeSize"],
            proof=[decode(node) for node in one["vector"]["proof"] or []],
            root=decode(one["vector"]["root"]),
        )
        == one["vector"]["wantErr"]
    ]

    assert wrong == []


def test_inclusion_in_subtrees_vectors(shared: Path) -> None:
    vectors = load(shared, "transparency-dev-subtreeinclusion.json")
    wrong = [
        one["source"]
        for one in vectors
        if proves(
            merkle.verify_inclusion,
            leaf_hash=decode(one["vector"]["leafHash"]),
            index=one["vector"]["leafIdx"] - one["vector"]["start"],
            tree_size=one["vector"]["end"] - one["vector"]["start"],
            proof=[decode(node) for node in one["vector"]["proof"] or []],
            root=decode(one["vector"]["root"]),
        )
        == one["vector"]["wantErr"]
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("transparency-dev-consistency.json", "size1", "size2"),
        ("transparency-dev-subtreeconsistency.json", "end", "size"),
    ],
)
def test_consistency_vectors(shared: Path, name: str, old: str, new: str) -> None:
    # A subtree that begins at leaf 0 is an earlier tree; others are no consistency proofs.
    vectors = [one for one in load(shared, name) if not one["vector"].get("start")]
    wrong = [
        one["source"]
        for one in vectors
        if proves(
            merkle.verify_consistency,
            old_size=one["vector"][old],
            new_size=one["vector"][new],
            old_root=decode(one["vector"]["root1"]),
            new_root=decode(one["vector"]["root2"]),
            proof=[decode(node) for node in one["vector"]["proof"] or []],
        )
        == one["vector"]["wantErr"]
    ]

    assert len(vectors) >= 20
    assert wrong == []


def test_real_rekor_entries_are_included(shared: Path) -> None:
    for one in load(shared, "rekor-inclusion.json"):
        merkle.verify_inclusion(
            leaf_hash=merkle.leaf_hash(decode(one["leaf_b64"])),
            index=one["index"],
            tree_size=one["size"],
            proof=[decode(node) for node in one["hashes_b64"]],
            root=decode(one["root_b64"]),
        )


@settings(deadline=None)
@given(st.data())
def test_every_inclusion_proof_verifies_and_no_flipped_bit_does(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    index = data.draw(st.integers(0, size - 1))
    hashes = LEAVES[:size]
    root, proof = merkle.root_hash(hashes), merkle.inclusion_proof(hashes, index)

    merkle.verify_inclusion(
        leaf_hash=hashes[index], index=index, tree_size=size, proof=proof, root=root
    )

    parts = [hashes[index], root, *proof]
    leaf, flipped_root, *flipped_proof = flip_one_bit(data, parts)
    assert not proves(
        merkle.verify_inclusion,
        leaf_hash=leaf,
        index=index,
        tree_size=size,
        proof=flipped_proof,
        root=flipped_root,
    )


@settings(deadline=None)
@given(st.data())
def test_an_inclusion_proof_holds_for_one_place_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 700))
    index, other = data.draw(
        st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True)
    )
    hashes = LEAVES[:size]

    assert not proves(
        merkle.verify_inclusion,
        leaf_hash=hashes[index],
        index=other,
        tree_size=size,
        proof=merkle.inclusion_proof(hashes, index),
        root=merkle.root_hash(hashes),
    )


@settings(deadline=None)
@given(st.data())
def test_every_consistency_proof_verifies_and_no_flipped_bit_does(data: st.DataObject) -> None:
    size = data.draw(SIZES)
    old_size = data.draw(st.integers(1, size))
    old_root, root = merkle.root_hash(LEAVES[:old_size]), merkle.root_hash(LEAVES[:size])
    proof = merkle.consistency_proof(LEAVES[:size], old_size)

    merkle.verify_consistency(
        old_size=old_size, new_size=size, old_root=old_root, new_root=root, proof=proof
    )

    flipped_old, flipped_new, *flipped_proof = flip_one_bit(data, [old_root, root, *proof])
    assert not proves(
        merkle.verify_consistency,
        old_size=old_size,
        new_size=size,
        old_root=flipped_old,
        new_root=flipped_new,
        proof=flipped_proof,
    )


@pytest.mark.parametrize("new_size", [0, 1, 8])
def test_nothing_is_consistent_with_the_empty_tree(new_size: int) -> None:
    root = merkle.root_hash(LEAVES[:new_size])
    with pytest.raises(merkle.ProofError, match="no tree of size"):
        merkle.verify_consistency(
            old_size=0, new_size=new_size, old_root=merkle.EMPTY_ROOT, new_root=root, proof=[]
        )


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 600), max_size=4))
def test_tiles_do_not_depend_on_how_leaves_were_batched(batches: list[int]) -> None:
    total = sum(batches)
    hashes = LEAVES[:total]
    stored: dict[tuple[int, int], bytes] = {}
    edge, at = tiles.Edge(), 0
    for count in batches:
        edge, changed = tiles.append(edge, hashes[at : at + count])
        stored |= {(tile.level, tile.index): tile.hashes for tile in changed}
        at += count

    assert edge.root() == merkle.root_hash(hashes)
    assert edge == tiles.read_edge(total, lambda level, index: stored[level, index])
    assert stored == in_one_go(hashes)


def in_one_go(hashes: list[bytes]) -> dict[tuple[int, int], bytes]:
    _, changed = tiles.append(tiles.Edge(), hashes)
    return {(tile.level, tile.index): tile.hashes for tile in changed}


def test_tile_shapes_of_seventy_thousand_leaves() -> None:
    # The worked example of C2SP tlog-tiles, "Partial Tiles".
    stored = in_one_go(leaves(70_000))
    widths = {place: len(hashes) // 32 for place, hashes in stored.items()}

    assert sum(1 for (level, _), width in widths.items() if level == 0 and width == 256) == 273
    assert widths[0, 273] == 112
    assert (widths[1, 0], widths[1, 1], widths[2, 0]) == (256, 17, 1)
    assert len(stored) == 273 + 4


BIG = leaves(66_000)
BIG_TILES = in_one_go(BIG)


@settings(deadline=None)
@given(st.data())
def test_proofs_from_tiles_are_those_of_the_leaves(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([1, 2, 255, 256, 257, 513, 5000, 65_535, 65_536, 66_000]))
    index = data.draw(st.integers(0, size - 1))
    old_size = data.draw(st.integers(1, size))
    root = tiles.read_edge(size, read_big).root()

    merkle.verify_inclusion(
        leaf_hash=BIG[index],
        index=index,
        tree_size=size,
        proof=tiles.inclusion_proof(index, size, read_big),
        root=root,
    )
    merkle.verify_consistency(
        old_size=old_size,
        new_size=size,
        old_root=tiles.read_edge(old_size, read_big).root(),
        new_root=root,
        proof=tiles.consistency_proof(old_size, size, read_big),
    )


@settings(deadline=None)
@given(st.data())
def test_proofs_made_together_are_those_made_one_by_one(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([257, 5000, 65_537, 66_000]))
    wanted = data.draw(st.lists(st.integers(0, size - 1), max_size=20))

    together = tiles.inclusion_proofs(wanted, size, read_big)

    assert together == [tiles.inclusion_proof(index, size, read_big) for index in wanted]


@settings(deadline=None)
@given(st.data())
def test_the_tiles_of_a_proof_are_known_beforehand(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([1, 257, 5000, 65_537, 66_000]))
    index = data.draw(st.integers(0, size - 1))
    read: set[tuple[int, int]] = set()

    def note(level: int, place: int) -> bytes:
        read.add((level, place))
        return read_big(level, place)

    tiles.inclusion_proof(index, size, note)

    assert tiles.places_of(merkle.inclusion_spans(index, size)) == read


def read_big(level: int, index: int) -> bytes:
    return BIG_TILES[level, index]


def test_a_tile_that_lost_hashes_is_noticed() -> None:
    with pytest.raises(tiles.TileError, match="fewer than 112"):
        tiles.read_edge(70_000, lambda _level, _index: b"\0" * 32 * 16)


def flip_one_bit(data: st.DataObject, parts: list[bytes]) -> list[bytes]:
    which = data.draw(st.integers(0, len(parts) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = bytearray(parts[which])
    flipped[bit // 8] ^= 1 << bit % 8
    return [*parts[:which], bytes(flipped), *parts[which + 1 :]]
