from __future__ import annotations

import io
import os

import pytest
import tink
from hypothesis import given, settings
from hypothesis import strategies as st
from tink import cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2
from vault.streams import EDGES, FIRST, REST, content_of, fetch_from

from carrears.vault.streaming import (
    HEADER_BYTES,
    SEGMENT_BYTES,
    StreamAlteredError,
    open_range,
    seal,
    sealed_size,
)

KEY = bytes(range(32))
PLACE = b"object 1"


def _seal(content: bytes, *, piece: int = 300_000) -> bytes:
    pieces = (content[at : at + piece] for at in range(0, len(content), piece))
    return b"".join(seal(pieces, key=KEY, bound_to=PLACE))


def _open(sealed: bytes, size: int, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(
        open_range(fetch_from(sealed), key=KEY, bound_to=PLACE, size=size, start=start, end=end)
    )


def _tink() -> streaming_aead.StreamingAead:
    """Tink's own AES256_GCM_HKDF_1MB with our key."""
    streaming_aead.register()
    template = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(
        version=0,
        key_value=KEY,
        params=aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=SEGMENT_BYTES,
            derived_key_size=32,
            hkdf_hash_type=common_pb2.SHA256,
        ),
    )
    data = tink_pb2.KeyData(
        type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
        value=template.SerializeToString(),
        key_material_type=tink_pb2.KeyData.SYMMETRIC,
    )
    key = tink_pb2.Keyset.Key(
        key_data=data, status=tink_pb2.ENABLED, key_id=1, output_prefix_type=tink_pb2.RAW
    )
    handle = cleartext_keyset_handle.from_keyset(tink_pb2.Keyset(primary_key_id=1, key=[key]))
    return handle.primitive(streaming_aead.StreamingAead)


@pytest.mark.parametrize("size", EDGES)
def test_tink_opens_what_is_sealed_here(size: int) -> None:
    content = content_of(size)
    with _tink().new_decrypting_stream(io.BytesIO(_seal(content)), PLACE) as opened:
        assert opened.read() == content


@pytest.mark.parametrize("size", EDGES)
def test_what_tink_seals_opens_here(size: int) -> None:
    content, raw = content_of(size), io.BytesIO()
    raw.close = lambda: None  # type: ignore[method-assign]  # it would be lost with its stream
    with _tink().new_encrypting_stream(raw, PLACE) as sealing:
        sealing.write(content)
    sealed = raw.getvalue()
    assert len(sealed) == sealed_size(size)
    assert _open(sealed, size) == content


def test_tink_refuses_another_place() -> None:
    sealed = io.BytesIO(_seal(b"words"))
    with pytest.raises(tink.TinkError), _tink().new_decrypting_stream(sealed, b"object 2") as one:
        one.read()


@given(
    size=st.sampled_from(EDGES) | st.integers(0, 3 * SEGMENT_BYTES),
    piece=st.integers(1_000, 2_000_000),
    ends=st.tuples(st.integers(0, 3 * SEGMENT_BYTES), st.integers(0, 3 * SEGMENT_BYTES)),
)
@settings(deadline=None, max_examples=40)
def test_any_range_of_any_stream_comes_back(size: int, piece: int, ends: tuple[int, int]) -> None:
    content = content_of(size)
    sealed = _seal(content, piece=piece)
    start, end = min(ends), max(ends)
    assert len(sealed) == sealed_size(size)
    assert _open(sealed, size) == content
    assert _open(sealed, size, start, end) == content[start:end]


@pytest.mark.parametrize("start", [0, FIRST - 1, FIRST, FIRST + REST - 1, FIRST + REST])
@pytest.mark.parametrize("length", [0, 1, 2, REST, REST + 1])
def test_ranges_at_the_edges_of_segments(start: int, length: int) -> None:
    content = content_of(FIRST + 2 * REST)
    assert (
        _open(_seal(content), len(content), start, start + length)
        == (content[start : start + length])
    )


def test_only_the_segments_of_a_range_are_fetched() -> None:
    content = content_of(4 * SEGMENT_BYTES)
    sealed, asked = _seal(content), []

    def fetch(start: int, end: int) -> bytes:
        asked.append((start, end))
        return sealed[start:end]

    pieces = open_range(
        fetch, key=KEY, bound_to=PLACE, size=len(content), start=FIRST + 10, end=FIRST + 20
    )
    assert b"".join(pieces) == content[FIRST + 10 : FIRST + 20]
    assert asked == [(0, HEADER_BYTES), (SEGMENT_BYTES, 2 * SEGMENT_BYTES)]


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_no_byte_can_be_altered(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from(EDGES))
    sealed = bytearray(_seal(content_of(size)))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StreamAlteredError):
        _open(bytes(sealed), size)


@pytest.mark.parametrize("cut", [1, 16, SEGMENT_BYTES, SEGMENT_BYTES + 5])
def test_a_cut_stream_does_not_open(cut: int) -> None:
    size = FIRST + 2 * REST
    with pytest.raises(StreamAlteredError):
        _open(_seal(content_of(size))[:-cut], size)


def test_a_stream_cut_between_segments_does_not_pass_for_a_shorter_one() -> None:
    sealed = _seal(content_of(FIRST + 2 * REST))
    with pytest.raises(StreamAlteredError):
        _open(sealed[: 2 * SEGMENT_BYTES], FIRST + REST)


def test_segments_cannot_be_swapped_or_doubled() -> None:
    size = FIRST + 3 * REST
    sealed = _seal(content_of(size))
    a, b, c, d = (sealed[at : at + SEGMENT_BYTES] for at in range(0, len(sealed), SEGMENT_BYTES))
    for order in ((a, c, b, d), (a, b, b, d), (a, b, d, c)):
        with pytest.raises(StreamAlteredError):
            _open(b"".join(order), size)


def test_a_stream_opens_for_nothing_else() -> None:
    content = content_of(1000)
    fetch = fetch_from(_seal(content))
    for key, place in ((KEY, b"object 2"), (os.urandom(32), PLACE)):
        with pytest.raises(StreamAlteredError):
            list(open_range(fetch, key=key, bound_to=place, size=1000))


def test_an_empty_stream_is_checked_as_well() -> None:
    sealed = _seal(b"")
    assert _open(sealed, 0) == b""
    with pytest.raises(StreamAlteredError):
        _open(sealed[:-1] + bytes([sealed[-1] ^ 1]), 0)


def test_the_same_content_is_sealed_differently_each_time() -> None:
    assert _seal(b"words") != _seal(b"words")
