"""Keys that sign notes: three kinds, told apart by the first byte of their encoded form.

https://c2sp.org/signed-note (Ed25519 over the text) and https://c2sp.org/tlog-cosignature
(a witness's Ed25519 and ML-DSA-44 signatures, which carry the time at which they were made).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass, field
from enum import Enum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from carrears.evidence.tree_head import CheckpointError, parse_body

ID_BYTES = 4
_SEED_BYTES = 32
_TIME_BYTES = 8
_LATEST = 2**63 - 1
_LONGEST_NAME = 255  # of cosigner and log in what ML-DSA-44 signs
_PRIVATE = "PRIVATE+KEY+"


class KeyFormatError(ValueError):
    """A verifier or signer key is malformed, or of a type that is not known here."""


class KeyKind(Enum):
    """How a key signs, by the byte of its encoded form."""

    ED25519 = b"\x01"
    COSIGNATURE = b"\x04"  # Ed25519, with the time
    ML_DSA_44 = b"\x06"  # with the time, or with none where a log signs by itself

    @property
    def title(self) -> str:
        """The algorithm, as people write it."""
        return "ML-DSA-44" if self is KeyKind.ML_DSA_44 else "Ed25519"

    @property
    def public_bytes(self) -> int:
        """How long a public key of this kind is."""
        return 1312 if self is KeyKind.ML_DSA_44 else 32


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: who is trusted to sign."""

    name: str
    key_id: bytes
    public: bytes
    kind: KeyKind = KeyKind.ED25519

    def __str__(self) -> str:
        key = base64.b64encode(self.kind.value + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def accepts(self, text: str, signature: bytes) -> bool:
        """Whether this key made ``signature`` over ``text``."""
        made_at, bare = split_signature(self.kind, signature)
        if made_at is None:
            return False
        message = signed_message(self.kind, self.name, text, made_at)
        if message is None:
            return False
        try:
            self._public_key().verify(bare, message)
        except InvalidSignature:
            return False
        return True

    def _public_key(self) -> Ed25519PublicKey | MLDSA44PublicKey:
        if self.kind is KeyKind.ML_DSA_44:
            return MLDSA44PublicKey.from_public_bytes(self.public)
        return Ed25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name."""

    name: str
    private: bytes = field(repr=False)
    kind: KeyKind = KeyKind.ED25519

    def encode(self) -> str:
        """The key as text, to be kept secret: ``PRIVATE+KEY+<name>+<id>+<seed>``."""
        seed = base64.b64encode(self.kind.value + self.private).decode()
        return f"{_PRIVATE}{self.name}+{self.verifier().key_id.hex()}+{seed}"

    def verifier(self) -> Verifier:
        """The public half."""
        public = self._private_key().public_key().public_bytes_raw()
        return Verifier(self.name, key_id(self.name, public, self.kind), public, self.kind)

    def sign(self, text: str, *, at: int = 0) -> bytes:
        """The signature over a note's text, of the second ``at`` since 1970 where it has one.

        Raises:
            CheckpointError: a key that signs checkpoints only is given another text.
        """
        message = signed_message(self.kind, self.name, text, at)
        if message is None:
            raise CheckpointError(f"{self.name} signs checkpoints only")
        time = b"" if self.kind is KeyKind.ED25519 else struct.pack(">Q", at)
        return time + self._private_key().sign(message)

    def _private_key(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.kind is KeyKind.ML_DSA_44:
            return MLDSA44PrivateKey.from_seed_bytes(self.private)
        return Ed25519PrivateKey.from_private_bytes(self.private)


def split_signature(kind: KeyKind, signature: bytes) -> tuple[int | None, bytes]:
    """The time that a signature carries, 0 for a kind without; None when it is malformed."""
    if kind is KeyKind.ED25519:
        return 0, signature
    if len(signature) <= _TIME_BYTES:
        return None, b""
    at = int.from_bytes(signature[:_TIME_BYTES], "big")
    return (at if at <= _LATEST else None), signature[_TIME_BYTES:]


def signed_message(kind: KeyKind, name: str, text: str, at: int) -> bytes | None:
    """The bytes that a key signs for a note's text; None for a text that it cannot sign."""
    if kind is KeyKind.ED25519:
        return text.encode()
    if kind is KeyKind.COSIGNATURE:
        return f"cosignature/v1\ntime {at}\n{text}".encode()
    try:
        head = parse_body(text)
    except CheckpointError:
        return None
    cosigner, origin = name.encode(), head.origin.encode()
    if max(len(cosigner), len(origin)) > _LONGEST_NAME:
        return None
    return b"".join(
        [
            b"subtree/v1\n\0",
            bytes([len(cosigner)]) + cosigner,
            struct.pack(">Q", at),
            bytes([len(origin)]) + origin,
            struct.pack(">QQ", 0, head.size),
            head.root,
        ]
    )


def key_id(name: str, public: bytes, kind: KeyKind = KeyKind.ED25519) -> bytes:
    """The four bytes that name a key, beside its name."""
    return hashlib.sha256(name.encode() + b"\n" + kind.value + public).digest()[:ID_BYTES]


def generate_signer(name: str, kind: KeyKind = KeyKind.ED25519) -> Signer:
    """A fresh key.

    Raises:
        KeyFormatError: the name is empty, or holds a space or a plus sign.
    """
    if not is_name(name):
        raise KeyFormatError(f"{name!r} cannot name a key: it is empty or holds a space or a plus")
    if kind is KeyKind.ML_DSA_44:
        return Signer(name, MLDSA44PrivateKey.generate().private_bytes_raw(), kind)
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)


def parse_signer(text: str) -> Signer:
    """Read what ``Signer.encode`` wrote.

    Raises:
        KeyFormatError: it is malformed.
    """
    if not text.startswith(_PRIVATE):
        raise KeyFormatError("a signer key begins with PRIVATE+KEY+")
    name, claimed, kind, seed = _parse_key(text.removeprefix(_PRIVATE).strip())
    if len(seed) != _SEED_BYTES:
        raise KeyFormatError(f"the key of {name} is not {_SEED_BYTES} bytes long")
    signer = Signer(name, seed, kind)
    if signer.verifier().key_id != claimed:
        raise KeyFormatError(f"the key id of {name} is not that of its key")
    return signer


def parse_verifier(vkey: str) -> Verifier:
    """Read a verifier key, ``<name>+<id in hexadecimal>+<type and key in base64>``.

    Raises:
        KeyFormatError: it is malformed or of a kind that is not known here.
    """
    name, claimed, kind, public = _parse_key(vkey.strip())
    if len(public) != kind.public_bytes:
        raise KeyFormatError(f"the key of {name} is not {kind.public_bytes} bytes long")
    if key_id(name, public, kind) != claimed:
        raise KeyFormatError(f"the key id of {name} is not that of its key")
    return Verifier(name, claimed, public, kind)


def is_name(name: str) -> bool:
    """Whether a key may have this name."""
    return bool(name) and "+" not in name and not any(char.isspace() for char in name)


def strict_base64(text: str) -> bytes | None:
    """What canonical base64 encodes; None for any other text."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def _parse_key(text: str) -> tuple[str, bytes, KeyKind, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:  # noqa: PLR2004  name, id, key
        raise KeyFormatError("a key is a name, an id and base64, joined by plus signs")
    name, claimed, encoded = parts
    raw = strict_base64(encoded)
    try:
        identity = bytes.fromhex(claimed)
    except ValueError as error:
        raise KeyFormatError(f"the key id of {name} is not hexadecimal") from error
    if not is_name(name) or raw is None or len(claimed) != 2 * ID_BYTES:
        raise KeyFormatError(f"the key of {name!r} is malformed")
    try:
        kind = KeyKind(raw[:1])
    except ValueError as error:
        raise KeyFormatError(f"the key of {name} is of an unknown kind") from error
    return name, identity, kind, raw[1:]
