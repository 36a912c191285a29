"""Witnesses' signatures and the policy of how many are needed."""

from __future__ import annotations

import base64
import struct
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.evidence import checkpoint, note, policy
from carrears.evidence.checkpoint import Checkpoint, CheckpointError
from carrears.evidence.note import KeyKind, NoteError
from carrears.evidence.policy import PolicyError, QuorumError

AT = 1_679_315_147
LOG = note.generate_signer("lender.example/log")
HEAD = Checkpoint(LOG.name, 20_852_163, bytes(range(32)), ("extension",))
SIGNED = checkpoint.sign(HEAD, [LOG])
COSIGNING = [KeyKind.COSIGNATURE, KeyKind.ML_DSA_44]
SIGNERS = {kind: note.generate_signer("witness.example/w1", kind) for kind in COSIGNING}
COSIGNED = SIGNED + "".join(checkpoint.cosign(SIGNED, SIGNERS.values(), at=AT))
VKEYS = [str(one.verifier()) for one in SIGNERS.values()]


def test_ed25519_signs_what_the_specification_says() -> None:
    signer = SIGNERS[KeyKind.COSIGNATURE]
    line = checkpoint.cosign(SIGNED, [signer], at=AT)[0]
    raw = base64.b64decode(line.split(" ")[2])
    root = base64.b64encode(HEAD.root).decode()

    assert line.startswith("— witness.example/w1 ")
    assert raw[4:12] == struct.pack(">Q", AT)
    Ed25519PublicKey.from_public_bytes(signer.verifier().public).verify(
        raw[12:],
        f"cosignature/v1\ntime {AT}\n{LOG.name}\n20852163\n{root}\nextension\n".encode(),
    )


def test_ml_dsa_signs_what_the_specification_says() -> None:
    signer = SIGNERS[KeyKind.ML_DSA_44]
    line = checkpoint.cosign(SIGNED, [signer], at=AT)[0]
    raw = base64.b64decode(line.split(" ")[2])
    message = (
        b"subtree/v1\n\x00"
        b"\x12witness.example/w1"
        + AT.to_bytes(8, "big")
        + b"\x12lender.example/log"
        + bytes(8)
        + (20_852_163).to_bytes(8, "big")
        + HEAD.root
    )

    assert len(raw) == 4 + 8 + 2420
    assert raw[4:12] == struct.pack(">Q", AT)
    MLDSA44PublicKey.from_public_bytes(signer.verifier().public).verify(raw[12:], message)


@pytest.mark.parametrize("kind", COSIGNING)
def test_keys_of_each_kind_survive_their_text_form(kind: KeyKind) -> None:
    signer = SIGNERS[kind]

    assert note.parse_signer(signer.encode()) == signer
    assert note.parse_verifier(str(signer.verifier())) == signer.verifier()


def test_one_seed_is_another_key_by_each_kind() -> None:
    seed = SIGNERS[KeyKind.COSIGNATURE].private
    ids = {note.Signer("w", seed, kind).verifier().key_id for kind in KeyKind}
    assert len(ids) == 3


def test_cosignatures_are_read_with_their_time_and_verify_as_notes() -> None:
    found = checkpoint.cosignatures(COSIGNED, vkeys=VKEYS)

    assert [one.kind for one in found] == COSIGNING
    assert {one.at and one.at.timestamp() for one in found} == {AT}
    assert "".join(one.line for one in found) == COSIGNED.removeprefix(SIGNED)
    assert note.verify(COSIGNED, [*VKEYS, str(LOG.verifier())]) == [
        LOG.name,
        "witness.example/w1",
        "witness.example/w1",
    ]
    assert checkpoint.verify(COSIGNED, origin=LOG.name, vkeys=[str(LOG.verifier())]) == HEAD
    assert checkpoint.cosignatures(SIGNED, vkeys=VKEYS) == []


def test_a_cosignature_holds_for_its_own_checkpoint_only() -> None:
    other = checkpoint.sign(Checkpoint(LOG.name, 20_852_164, HEAD.root, HEAD.extensions), [LOG])
    for signer in SIGNERS.values():
        line = checkpoint.cosign(SIGNED, [signer], at=AT)[0]
        with pytest.raises(NoteError, match="is false"):
            checkpoint.cosignatures(other + line, vkeys=VKEYS)


@settings(deadline=None)
@given(st.sampled_from(COSIGNING), st.data())
def test_no_flipped_bit_of_a_cosignature_passes(kind: KeyKind, data: st.DataObject) -> None:
    signer = SIGNERS[kind]
    body, _ = note.split(SIGNED)
    signature = bytearray(signer.sign(body, at=AT))
    place = data.draw(st.integers(0, len(signature) * 8 - 1))
    signature[place // 8] ^= 1 << place % 8

    assert signer.verifier().accepts(body, signer.sign(body, at=AT))
    assert not signer.verifier().accepts(body, bytes(signature))


def test_ml_dsa_signs_checkpoints_only() -> None:
    with pytest.raises(CheckpointError, match="checkpoints only"):
        note.sign("any text\n", [SIGNERS[KeyKind.ML_DSA_44]])
    assert not SIGNERS[KeyKind.ML_DSA_44].verifier().accepts("any text\n", bytes(2428))
    assert not SIGNERS[KeyKind.COSIGNATURE].verifier().accepts("any text\n", b"")


# The example of https://c2sp.org/tlog-policy, with keys.
X = [note.generate_signer(f"x{n}.example", KeyKind.COSIGNATURE) for n in range(3)]
Y = [note.generate_signer(f"y{n}.example", KeyKind.COSIGNATURE) for n in range(3)]
TEXT = "\n".join(
    [
        "  # two levels",
        f"log {LOG.verifier()}",
        *(f"witness\tX{n} {one.verifier()} https://x{n}.example/" for n, one in enumerate(X)),
        "group X-witnesses 2 X0 X1 X2",
        "",
        *(f"witness Y{n} {one.verifier()}" for n, one in enumerate(Y)),
        "group Y-witnesses any Y0 Y1 Y2",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
        "",
    ]
)


def test_the_quorum_is_met_as_the_groups_say() -> None:
    read = policy.parse_policy(TEXT)
    names = [one.name for one in read.witnesses]
    assert [one.url for one in read.witnesses][2:4] == ["https://x2.example/", ""]

    for count in range(7):
        for some in combinations(names, count):
            wanted = sum(n[0] == "X" for n in some) >= 2 and any(n[0] == "Y" for n in some)
            assert read.is_met_by(some) == wanted, some


def test_a_checkpoint_is_accepted_with_its_quorum_only() -> None:
    read = policy.parse_policy(TEXT)
    few = SIGNED + "".join(checkpoint.cosign(SIGNED, [*X[:1], *Y], at=AT))
    enough = note.add_lines(few, checkpoint.cosign(SIGNED, X[1:2], at=AT))

    with pytest.raises(QuorumError, match=r"x0\.example, y0\.example.*not the quorum X-and-Y"):
        policy.verify(few, read)
    head, cosigned = policy.verify(enough, read)
    assert (head, len(cosigned)) == (HEAD, 5)
    strange = note.generate_signer(LOG.name)
    with pytest.raises(NoteError, match="none of the trusted"):
        policy.verify(enough.replace(SIGNED, checkpoint.sign(HEAD, [strange])), read)


def test_no_quorum_asks_for_no_witness() -> None:
    read = policy.parse_policy(f"log {LOG.verifier()}\nquorum none\n")
    assert policy.verify(SIGNED, read) == (HEAD, [])


ONE = f"witness A {X[0].verifier()}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no quorum line"),
        ("quorum A", "line 1: A is not defined above"),
        (f"{ONE}\nquorum A\nquorum A", "line 3: a second quorum"),
        (f"{ONE}\n{ONE}\nquorum A", "line 2: the name A is taken"),
        (f"{ONE}\n{ONE.replace(' A ', ' B ')}\nquorum A", "line 2: the key of .* is there twice"),
        (f"{ONE}\ngroup G 2 A\nquorum G", "line 2: 2 of 1 members"),
        (f"{ONE}\ngroup G 0 A\nquorum G", "line 2: 0 of 1 members"),
        (f"{ONE}\ngroup G all\nquorum G", "line 2: not a line"),
        (f"{ONE}\ngroup G all A A\nquorum G", "line 2: A is a member twice"),
        (f"{ONE}\ngroup G any A\ngroup H any A\nquorum G", "line 3: A is a member twice"),
        (f"{ONE}\ngroup none any A\nquorum G", "the name none is taken"),
        (f"log {LOG.verifier()}\nlog {LOG.verifier()}\nquorum none", "line 2: the key"),
        (f"witness A {LOG.verifier()}\nquorum A", "line 1: .* does not cosign"),
        ("witness A x+1+y\nquorum A", "line 1: the key id"),
        ("watch A", "line 1: not a line"),
    ],
    ids=range(15),
)
def test_a_false_policy_is_refused(text: str, why: str) -> None:
    with pytest.raises(PolicyError, match=why):
        policy.parse_policy(text)
