"""A recording's data key, and its frames sealed under it.

Each recording has a key of its own, sealed under the key of the debtor whose case it is (the
house's where there is none): whoever erases the person erases what was recorded of him. A
frame is AES-256-GCM (NIST SP 800-38D, a random 96-bit nonce) and bound to its recording, its
place and the link before it. Layout in bytes::

    1 version | 12 nonce | the frame, encrypted | 16 tag

Version 2 was compressed (zlib) before: the actions on a screen are text, a sound is not.
"""

from __future__ import annotations

import os
import zlib
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carrears.parties.vault import AlteredError
from carrears.recordings.file_format import BadFileError, inflate

KEY_BYTES = 32
_NONCE_BYTES = 12
_PLAIN, _COMPRESSED = b"\x01", b"\x02"


def seal_frame(
    key: bytes, frame: bytes, *, token: UUID, seq: int, previous: bytes, compress: bool
) -> bytes:
    """Encrypt a frame for its place in its recording."""
    nonce = os.urandom(_NONCE_BYTES)
    version = _COMPRESSED if compress else _PLAIN
    text = zlib.compress(frame, 6) if compress else frame
    return version + nonce + AESGCM(key).encrypt(nonce, text, _bound_to(token, seq, previous))


def open_frame(
    key: bytes, sealed: bytes | memoryview, *, token: UUID, seq: int, previous: bytes
) -> bytes:
    """Decrypt what was sealed for this place of this recording.

    Raises:
        AlteredError: it was altered, or sealed for another place.
    """
    raw = bytes(sealed)
    version, nonce, text = raw[:1], raw[1 : 1 + _NONCE_BYTES], raw[1 + _NONCE_BYTES :]
    try:
        opened = AESGCM(key).decrypt(nonce, text, _bound_to(token, seq, previous))
    except (InvalidTag, ValueError) as error:
        raise AlteredError(f"chunk {seq}: altered, or sealed for another place") from error
    if version == _PLAIN:
        return opened
    if version != _COMPRESSED:
        raise AlteredError(f"chunk {seq}: not a frame sealed by this house")
    return _inflated(opened, seq)


def _inflated(text: bytes, seq: int) -> bytes:
    try:
        return inflate(text)
    except BadFileError as error:
        raise AlteredError(f"chunk {seq}: {error}") from error


def _bound_to(token: UUID, seq: int, previous: bytes) -> bytes:
    return b"carrears recording|" + token.bytes + seq.to_bytes(8, "big") + previous
