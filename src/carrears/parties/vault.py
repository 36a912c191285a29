"""Seal personal data: a data key for each subject, wrapped by the lender's master key.

A sealed field is AES-256-GCM under the subject's data key (NIST SP 800-38D, a random 96-bit
nonce for each value) and bound to the subject and the name of the field, so that a stolen
or swapped column cannot be passed off as another. The data key is wrapped, again by
AES-256-GCM and bound to its subject, under the newest master key of the keyring.

Erasing a subject means to drop its wrapped key *and* its blind indexes (``blind.py``):
nothing sealed under a lost data key can be opened again.

Layout of what is stored, in bytes::

    wrapped key    4 key id | 12 nonce | 32 data key, encrypted | 16 tag     = 64
    sealed value   1 version | 12 nonce | the UTF-8 text, encrypted | 16 tag = 29 + n
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from carrears import keyfiles

MASTER_KEY_FILE = "vault.key"
MASTER_KEY_VARIABLE = "CARREARS_MASTER_KEY"

_KEY_BYTES = 32
_ID_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
_WRAPPED_BYTES = _ID_BYTES + _NONCE_BYTES + _KEY_BYTES + _TAG_BYTES
_VERSION = b"\x01"


class VaultError(Exception):
    """Something sealed cannot be opened; the message says why."""


class SubjectErasedError(VaultError):
    """The subject's data key was destroyed; what it sealed is gone for good."""


class UnknownMasterKeyError(VaultError):
    """A data key is wrapped by a master key that the keyring does not hold."""


class AlteredError(VaultError):
    """A sealed value or a wrapped key was altered, or belongs to another subject or field."""


class BadMasterKeyError(ValueError):
    """What was given as a master key is not 32 bytes in base64."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys, oldest first: the newest wraps, the oldest keys the blind indexes.

    A new master key therefore takes effect at once for data keys (``rewrap_key`` brings the
    stored ones over) while look-ups go on; taking the oldest key away requires the blind
    indexes to be computed anew.
    """

    keys: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) != _KEY_BYTES for key in self.keys):
            raise BadMasterKeyError("a keyring needs at least one key, each of 32 bytes")


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """One subject's data key, ready to seal and to open, and its wrapped form to store."""

    subject: str
    wrapped: bytes
    secret: bytes = field(repr=False)

    def seal(self, field_name: str, text: str) -> bytes:
        """Encrypt ``text`` for this subject and field."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.secret).encrypt(
            nonce, text.encode(), _bound_to(self.subject, field_name)
        )
        return _VERSION + nonce + sealed

    def open(self, field_name: str, sealed: bytes | memoryview) -> str:
        """Decrypt what was sealed for this subject and field.

        Raises:
            AlteredError: it was altered, or sealed for another subject or field.
        """
        raw = bytes(sealed)
        if raw[:1] != _VERSION:
            raise AlteredError(f"{field_name}: not a value sealed by this vault")
        return _decrypt(
            self.secret, raw[1:], _bound_to(self.subject, field_name), field_name
        ).decode()

    def commitment_salt(self, context: str) -> bytes:
        """A 32-byte salt for a commitment to personal data in the evidence log.

        It is the same for the same ``context`` as long as the data key lives, and nobody
        can compute it afterwards: erasure turns the commitment into a random number.
        """
        return hmac.digest(derive_key(self.secret, "commitment"), context.encode(), "sha256")


def load_keyring(folder: Path, *, environ: Mapping[str, str] = os.environ) -> Keyring:
    """The master keys: from ``CARREARS_MASTER_KEY`` when set, else kept in ``folder``.

    Both hold 32-byte keys in base64, oldest first; the variable separates them by commas,
    the file (mode 0600, made on first use) by lines.

    Raises:
        BadMasterKeyError: a key is not 32 bytes in base64.
        ExposedKeyError: the key file can be read by others.
    """
    given = environ.get(MASTER_KEY_VARIABLE, "")
    text = given or keyfiles.read_or_create(folder / MASTER_KEY_FILE, make=make_master_key)
    return Keyring(tuple(_decoded(part) for part in text.replace(",", "\n").split()))


def make_master_key() -> str:
    """A fresh master key in base64."""
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode() + "\n"


def add_master_key(folder: Path) -> Keyring:
    """Begin a rotation: a new newest master key in the key file. Its old keys stay readable."""
    known = keyfiles.read_or_create(folder / MASTER_KEY_FILE, make=make_master_key)
    keyfiles.replace(folder / MASTER_KEY_FILE, known.rstrip("\n") + "\n" + make_master_key())
    return load_keyring(folder, environ={})


def create_subject_key(ring: Keyring, subject: str) -> SubjectKey:
    """A fresh data key for ``subject`` (its token)."""
    secret = os.urandom(_KEY_BYTES)
    return SubjectKey(subject, _wrap(ring, subject, secret), secret)


def open_subject_key(ring: Keyring, subject: str, wrapped: bytes | memoryview | None) -> SubjectKey:
    """Unwrap the stored data key of ``subject``.

    Raises:
        SubjectErasedError: there is none any more.
        UnknownMasterKeyError: its master key is not on the keyring.
        AlteredError: it was altered or is another subject's.
    """
    if wrapped is None:
        raise SubjectErasedError(f"subject {subject} was erased")
    raw = bytes(wrapped)
    if len(raw) != _WRAPPED_BYTES:
        raise AlteredError(f"the data key of subject {subject} is {len(raw)} bytes long")
    master = _master_of(ring, raw[:_ID_BYTES])
    secret = _decrypt(master, raw[_ID_BYTES:], _bound_to(subject, "data key"), "data key")
    return SubjectKey(subject, raw, secret)


def rewrap_key(ring: Keyring, subject: str, wrapped: bytes | memoryview) -> bytes:
    """The same data key under the newest master key; unchanged when it already is.

    Raises:
        VaultError: as ``open_subject_key``.
    """
    raw = bytes(wrapped)
    if raw[:_ID_BYTES] == key_id(ring.keys[-1]):
        return raw
    return _wrap(ring, subject, open_subject_key(ring, subject, raw).secret)


def seal_many(
    ring: Keyring, subjects: Sequence[str], columns: Mapping[str, Sequence[str | None]]
) -> tuple[list[bytes], dict[str, list[bytes | None]]]:
    """Make a data key for each new subject and seal whole columns of fields.

    Args:
        ring: the master keys.
        subjects: tokens; row ``i`` of every column belongs to ``subjects[i]``.
        columns: texts by field name; None stays None.

    Returns:
        The wrapped keys and, by field name, the sealed values, in the order given.
    """
    count = len(subjects)
    secrets = _slices(os.urandom(count * _KEY_BYTES), _KEY_BYTES)
    nonces = iter(_slices(os.urandom(count * (1 + len(columns)) * _NONCE_BYTES), _NONCE_BYTES))
    names = list(columns)
    suffixes = [b"|" + _field(name) for name in names]
    wrap, current = AESGCM(ring.keys[-1]).encrypt, key_id(ring.keys[-1])
    wrapped: list[bytes] = []
    sealed: list[list[bytes | None]] = [[] for _ in names]
    rows = zip(*(columns[name] for name in names), strict=True) if names else ((),) * count
    for subject, secret, row in zip(subjects, secrets, rows, strict=True):
        owner, nonce = subject.encode(), next(nonces)
        wrapped.append(current + nonce + wrap(nonce, secret, owner + b"|data key"))
        encrypt = AESGCM(secret).encrypt
        for text, suffix, column in zip(row, suffixes, sealed, strict=True):
            if text is None:
                column.append(None)
                continue
            nonce = next(nonces)
            column.append(_VERSION + nonce + encrypt(nonce, text.encode(), owner + suffix))
    return wrapped, dict(zip(names, sealed, strict=True))


def key_id(master: bytes) -> bytes:
    """The four bytes by which a wrapped key names its master key."""
    return hashlib.sha256(b"carrears vault key\n" + master).digest()[:_ID_BYTES]


def derive_key(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-Expand with SHA-256, RFC 5869)."""
    return HKDFExpand(SHA256(), _KEY_BYTES, f"carrears vault|{purpose}".encode()).derive(secret)


def _wrap(ring: Keyring, subject: str, secret: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    master = ring.keys[-1]
    return (
        key_id(master)
        + nonce
        + AESGCM(master).encrypt(nonce, secret, _bound_to(subject, "data key"))
    )


def _master_of(ring: Keyring, wanted: bytes) -> bytes:
    for master in reversed(ring.keys):
        if key_id(master) == wanted:
            return master
    raise UnknownMasterKeyError(f"no master key {wanted.hex()} on the keyring")


def _decrypt(key: bytes, nonce_and_sealed: bytes, bound_to: bytes, what: str) -> bytes:
    nonce, sealed = nonce_and_sealed[:_NONCE_BYTES], nonce_and_sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, sealed, bound_to)
    except (InvalidTag, ValueError) as error:
        raise AlteredError(
            f"{what}: altered, or sealed for another subject, field or key"
        ) from error


def _bound_to(subject: str, field_name: str) -> bytes:
    return subject.encode() + b"|" + _field(field_name)


def _field(name: str) -> bytes:
    if "|" in name:
        raise ValueError(f"a field name holds no bar: {name!r}")
    return name.encode()


def _slices(raw: bytes, width: int) -> list[bytes]:
    return [raw[at : at + width] for at in range(0, len(raw), width)]


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadMasterKeyError("a master key is not base64") from error
    if len(key) != _KEY_BYTES:
        raise BadMasterKeyError(f"a master key is {len(key)} bytes long, not {_KEY_BYTES}")
    return key
