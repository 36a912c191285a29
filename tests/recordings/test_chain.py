"""The chain of a recording, without a database."""

from __future__ import annotations

import hashlib
import uuid

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings.sending import frame

from carrears.parties.vault import AlteredError
from carrears.recordings.chain import (
    LARGEST_FRAME,
    BadFrameError,
    Linked,
    first_link,
    gaps_of,
    next_link,
    read_frame,
)
from carrears.recordings.sealing import open_frame, seal_frame

TOKEN = uuid.UUID("8f1c5a52-6d3e-4a8b-9a57-0d4a5b6c7d8e")
FIRST = first_link(TOKEN, "screen")


def chain_of(bodies: list[bytes]) -> list[Linked]:
    made, link = [], FIRST
    for seq, body in enumerate(bodies):
        digest = hashlib.sha256(body).digest()
        link = next_link(link, seq, digest)
        made.append(Linked(seq, digest, link))
    return made


def test_links_are_those_that_anybody_computes() -> None:
    """By hand, from the definition; the browser's tests hold the same two numbers."""
    begin = hashlib.sha256(
        b"carrears/recording/1\n8f1c5a52-6d3e-4a8b-9a57-0d4a5b6c7d8e\nscreen"
    ).digest()
    body = hashlib.sha256(b"{}\n").digest()
    link = hashlib.sha256(b"carrears/recording/chunk/1\n" + begin + bytes(8) + body).digest()

    assert begin.hex() == "7a5d36d0d2aade7bfc9608967a1c3ff72faae4d335e37cd68fff7846c8a5ebbc"
    assert (FIRST, next_link(FIRST, 0, body)) == (begin, link)
    assert link.hex() == "1eb1dcf3aff417335b06397cdd61faa22d32e94677ed0bc047240292dd8e7f92"


def test_a_whole_chain_has_no_gaps() -> None:
    assert gaps_of(chain_of([b"a", b"b", b"c"]), first=FIRST, count=3) == []
    assert gaps_of([], first=FIRST, count=0) == []


@settings(deadline=None)
@given(
    bodies=st.lists(st.binary(max_size=8), min_size=2, max_size=8, unique=True),
    data=st.data(),
)
def test_whatever_is_done_to_a_chain_is_named(bodies: list[bytes], data: st.DataObject) -> None:
    whole = chain_of(bodies)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, len(whole) - 1).filter(lambda n: n != at))

    left_out = [one for one in whole if one.seq != at]
    altered = list(whole)
    altered[at] = Linked(at, hashlib.sha256(b"something else").digest(), whole[at].link)
    swapped = list(whole)
    swapped[at] = Linked(at, whole[other].sha256, whole[other].link)

    def faults(chain: list[Linked]) -> list[str]:
        return gaps_of(chain, first=FIRST, count=len(whole))

    assert faults(left_out) == [f"chunk {at} is missing"]
    assert faults(altered) == [f"chunk {at} does not follow from the one before"]
    assert f"chunk {at} does not follow from the one before" in faults(swapped)


def test_stretches_that_are_missing_are_named_once() -> None:
    whole = chain_of([bytes([n]) for n in range(8)])
    cut = [whole[0], whole[1], whole[5]]

    assert gaps_of(cut, first=FIRST, count=8) == [
        "chunks 2–4 are missing",
        "chunks 6–7 are missing",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no newline",
        b"[]\nbody",
        b'{"from": 0}\nbody',
        b'{"from": 5, "to": 4}\nbody',
        b'{"from": -1, "to": 4}\nbody',
        b'{"from": true, "to": 4}\nbody',
        b'{"from": 0, "to": 1e3}\nbody',
        b'{"from": 0, "to": 1, "peaks": "not base64"}\nbody',
        b"\xff\xfe\nbody",
        b'{"from": 0, "to": 1}\n' + bytes(LARGEST_FRAME),
    ],
)
def test_a_frame_without_a_header_is_refused(raw: bytes) -> None:
    with pytest.raises(BadFrameError):
        read_frame(raw)


@pytest.mark.parametrize("compress", [False, True])
def test_a_sealed_frame_opens_at_its_own_place_only(*, compress: bool) -> None:
    key, text = bytes(range(32)), frame("x" * 5000)
    sealed = seal_frame(key, text, token=TOKEN, seq=3, previous=FIRST, compress=compress)

    assert open_frame(key, sealed, token=TOKEN, seq=3, previous=FIRST) == text
    assert b"xxxx" not in sealed
    for place in (
        {"token": uuid.uuid4(), "seq": 3, "previous": FIRST},
        {"token": TOKEN, "seq": 4, "previous": FIRST},
        {"token": TOKEN, "seq": 3, "previous": bytes(32)},
    ):
        with pytest.raises(AlteredError):
            open_frame(key, sealed, **place)
    with pytest.raises(AlteredError):
        open_frame(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), token=TOKEN, seq=3, previous=FIRST)
