"""Seal personal data: a data key for each subject, wrapped by the lender's master key.

A sealed field is encrypted by AES-256-GCM or SM4-GCM (``ciphers``) under the subject's data key
(NIST SP 800-38D, a random 96-bit nonce for each value) and bound to the subject and the name of
the field, so that a stolen or swapped column cannot be passed off as another. The data key is
wrapped by the same cipher and bound to its subject, under the newest master key of the keyring.

Erasing a subject means to drop its wrapped key *and* its blind indexes (``blind.py``):
nothing sealed under a lost data key can be opened again.

Layout of what is stored, in bytes; the mark says which cipher sealed it::

    wrapped key    4 key id | 12 nonce | 32 data key, encrypted | 16 tag            = 64, AES
                   1 mark | 4 key id | 12 nonce | 32 data key, encrypted | 16 tag   = 65
    sealed value   1 mark | 12 nonce | the UTF-8 text, encrypted | 16 tag           = 29 + n
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carrears.parties.ciphers import (
    KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    Cipher,
    cipher_marked,
    decrypt,
    derive_key,
    encrypt,
)
from carrears.parties.keyring import ID_BYTES, Keyring, key_id

_WRAPPED_BYTES = ID_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES
_AES = Cipher.AES_256_GCM


class VaultError(Exception):
    """Something sealed cannot be opened; the message says why."""


class SubjectErasedError(VaultError):
    """The subject's data key was destroyed; what it sealed is gone for good."""


class UnknownMasterKeyError(VaultError):
    """A data key is wrapped by a master key that the keyring does not hold."""


class AlteredError(VaultError):
    """A sealed value or a wrapped key was altered, or belongs to another subject or field."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """One subject's data key, ready to seal and to open, and its wrapped form to store."""

    subject: str
    wrapped: bytes
    secret: bytes = field(repr=False)
    cipher: Cipher = _AES

    def seal(self, field_name: str, text: str) -> bytes:
        """Encrypt ``text`` for this subject and field."""
        nonce = os.urandom(NONCE_BYTES)
        bound = _bound_to(self.subject, field_name)
        sealed = encrypt(self.cipher, self.secret, nonce, text.encode(), bound)
        return self.cipher.mark + nonce + sealed

    def open(self, field_name: str, sealed: bytes | memoryview) -> str:
        """Decrypt what was sealed for this subject and field, by whichever cipher.

        Raises:
            AlteredError: it was altered, or sealed for another subject or field.
        """
        raw = bytes(sealed)
        cipher = cipher_marked(raw[:1])
        if cipher is None:
            raise AlteredError(f"{field_name}: not a value sealed by this vault")
        bound = _bound_to(self.subject, field_name)
        return _decrypt(cipher, self.secret, raw[1:], bound, field_name).decode()

    def commitment_salt(self, context: str) -> bytes:
        """A 32-byte salt for a commitment to personal data in the evidence log.

        It is the same for the same ``context`` as long as the data key lives, and nobody
        can compute it afterwards: erasure turns the commitment into a random number.
        """
        return hmac.digest(derive_key(self.secret, "commitment"), context.encode(), "sha256")


def create_subject_key(ring: Keyring, subject: str) -> SubjectKey:
    """A fresh data key for ``subject`` (its token)."""
    secret = os.urandom(KEY_BYTES)
    return SubjectKey(subject, _wrap(ring, subject, secret), secret, ring.cipher)


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
    cipher, wanted, sealed = _parts_of(subject, raw)
    master = ring.key_of(wanted)
    if master is None:
        raise UnknownMasterKeyError(f"no master key {wanted.hex()} on the keyring")
    secret = _decrypt(cipher, master, sealed, _bound_to(subject, "data key"), "data key")
    return SubjectKey(subject, raw, secret, ring.cipher)


def rewrap_key(ring: Keyring, subject: str, wrapped: bytes | memoryview) -> bytes:
    """The same data key under the newest master key and the ring's cipher.

    Unchanged when it already is.

    Raises:
        VaultError: as ``open_subject_key``.
    """
    raw = bytes(wrapped)
    if raw.startswith(wrapping_prefix(ring)) and len(raw) == _wrapped_bytes(ring.cipher):
        return raw
    return _wrap(ring, subject, open_subject_key(ring, subject, raw).secret)


def wrapping_prefix(ring: Keyring) -> bytes:
    """With what every wrapped key begins that need not be wrapped anew."""
    current = key_id(ring.newest)
    return current if ring.cipher is _AES else ring.cipher.mark + current


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
    if ring.cipher is not _AES:
        return _seal_one_by_one(ring, subjects, columns)
    count = len(subjects)
    secrets = _slices(os.urandom(count * KEY_BYTES), KEY_BYTES)
    nonces = iter(_slices(os.urandom(count * (1 + len(columns)) * NONCE_BYTES), NONCE_BYTES))
    names = list(columns)
    suffixes = [b"|" + _field(name) for name in names]
    wrap, current = AESGCM(ring.newest).encrypt, key_id(ring.newest)
    wrapped: list[bytes] = []
    sealed: list[list[bytes | None]] = [[] for _ in names]
    rows = zip(*(columns[name] for name in names), strict=True) if names else ((),) * count
    for subject, secret, row in zip(subjects, secrets, rows, strict=True):
        owner, nonce = subject.encode(), next(nonces)
        wrapped.append(current + nonce + wrap(nonce, secret, owner + b"|data key"))
        seal = AESGCM(secret).encrypt
        for text, suffix, column in zip(row, suffixes, sealed, strict=True):
            if text is None:
                column.append(None)
                continue
            nonce = next(nonces)
            column.append(_AES.mark + nonce + seal(nonce, text.encode(), owner + suffix))
    return wrapped, dict(zip(names, sealed, strict=True))


def _seal_one_by_one(
    ring: Keyring, subjects: Sequence[str], columns: Mapping[str, Sequence[str | None]]
) -> tuple[list[bytes], dict[str, list[bytes | None]]]:
    keys = [create_subject_key(ring, subject) for subject in subjects]
    sealed = {
        name: [
            None if text is None else key.seal(name, text)
            for key, text in zip(keys, texts, strict=True)
        ]
        for name, texts in columns.items()
    }
    return [key.wrapped for key in keys], sealed


def _wrap(ring: Keyring, subject: str, secret: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    bound = _bound_to(subject, "data key")
    return wrapping_prefix(ring) + nonce + encrypt(ring.cipher, ring.newest, nonce, secret, bound)


def wrapping_key_id(wrapped: bytes | memoryview) -> bytes:
    """The id of the master key by which a data key is wrapped."""
    raw = bytes(wrapped)
    return raw[:ID_BYTES] if len(raw) == _WRAPPED_BYTES else raw[1 : 1 + ID_BYTES]


def _wrapped_bytes(cipher: Cipher) -> int:
    return _WRAPPED_BYTES if cipher is _AES else 1 + _WRAPPED_BYTES


def _parts_of(subject: str, raw: bytes) -> tuple[Cipher, bytes, bytes]:
    """The cipher, the id of the master key, and nonce with what is encrypted."""
    if len(raw) == _WRAPPED_BYTES:
        return _AES, raw[:ID_BYTES], raw[ID_BYTES:]
    cipher = cipher_marked(raw[:1])
    if len(raw) != 1 + _WRAPPED_BYTES or cipher is None:
        raise AlteredError(f"the data key of subject {subject} is {len(raw)} bytes long")
    return cipher, raw[1 : 1 + ID_BYTES], raw[1 + ID_BYTES :]


def _decrypt(
    cipher: Cipher, key: bytes, nonce_and_sealed: bytes, bound_to: bytes, what: str
) -> bytes:
    nonce, sealed = nonce_and_sealed[:NONCE_BYTES], nonce_and_sealed[NONCE_BYTES:]
    try:
        return decrypt(cipher, key, nonce, sealed, bound_to)
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
