"""Seal a backup to a public key: whoever makes backups cannot read them.

A fresh X25519 key for each file agrees with the recipient's on a key (HKDF-SHA256 over the shared
secret, salted by both public keys), by which the content is sealed as the vault seals streams
(``vault.streaming``). Layout::

    18 "carrears-backup-1", line feed | 32 public key of the file | the sealed stream, bound to both
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from carrears import keyfiles
from carrears.vault import streaming

MAGIC = b"carrears-backup-1\n"
_PUBLIC, _SECRET = "carrears-backup-public:", "carrears-backup-secret:"
_KEY_BYTES = 32
_HEAD = len(MAGIC) + _KEY_BYTES


class BackupError(Exception):
    """A backup cannot be made, read or put back; the message says why."""


def make_identity(path: Path) -> str:
    """A new secret key in ``path`` (mode 0600); returns the public key to seal backups to.

    Raises:
        BackupError: the file is there.
    """
    if path.exists():
        raise BackupError(f"{path} is there; a key is not written over")
    secret = X25519PrivateKey.generate()
    text = _SECRET + base64.b64encode(secret.private_bytes_raw()).decode() + "\n"
    keyfiles.read_or_create(path, make=lambda: text)
    return _PUBLIC + base64.b64encode(secret.public_key().public_bytes_raw()).decode()


def parse_public(text: str) -> X25519PublicKey:
    """The public key that ``make_identity`` returned.

    Raises:
        BackupError: it is none.
    """
    return X25519PublicKey.from_public_bytes(_decoded(text, _PUBLIC))


def read_identity(path: Path) -> X25519PrivateKey:
    """The secret key in a file.

    Raises:
        BackupError: there is none.
        ExposedKeyError: others than its owner can read the file.
    """
    if not path.is_file():
        raise BackupError(f"no secret key at {path}")
    text = keyfiles.read_or_create(path, make=str)
    return X25519PrivateKey.from_private_bytes(_decoded(text, _SECRET))


def seal(content: Iterable[bytes], recipient: X25519PublicKey) -> Iterator[bytes]:
    """The sealed file, in pieces of at most 1 MiB."""
    own = X25519PrivateKey.generate()
    head = MAGIC + own.public_key().public_bytes_raw()
    key = _agreed(own.exchange(recipient), head, recipient)
    yield head
    yield from streaming.seal(content, key=key, bound_to=head)


def open_sealed(path: Path, identity: X25519PrivateKey) -> Iterator[bytes]:
    """The content of a sealed file.

    Raises:
        BackupError: it is no backup, is sealed to another key, was altered or cut.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if len(head) != _HEAD or not head.startswith(MAGIC):
            raise BackupError(f"{path} is no backup")
        peer = X25519PublicKey.from_public_bytes(head[len(MAGIC) :])
        key = _agreed(identity.exchange(peer), head, identity.public_key())

        def fetch(start: int, end: int) -> bytes:
            file.seek(_HEAD + start)
            return file.read(end - start)

        size = _content_size(path.stat().st_size - _HEAD)
        try:
            yield from streaming.open_range(fetch, key=key, bound_to=head, size=size)
        except streaming.StreamAlteredError as error:
            raise BackupError(f"{path}: altered, cut, or sealed to another key: {error}") from error


def _content_size(sealed: int) -> int:
    """How long the content of a sealed stream is; at least 0."""
    segments = max(1, -(-sealed // streaming.SEGMENT_BYTES))
    return max(0, sealed - streaming.HEADER_BYTES - segments * streaming.TAG_BYTES)


def _agreed(shared: bytes, head: bytes, recipient: X25519PublicKey) -> bytes:
    salt = head + recipient.public_bytes_raw()
    return HKDF(SHA256(), _KEY_BYTES, salt, b"carrears backup").derive(shared)


def _decoded(text: str, kind: str) -> bytes:
    given = text.strip()
    try:
        raw = base64.b64decode(given.removeprefix(kind), validate=True)
    except binascii.Error:
        raw = b""
    if not given.startswith(kind) or len(raw) != _KEY_BYTES:
        raise BackupError(f"not a key of the form {kind}BASE64")
    return raw
