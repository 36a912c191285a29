"""The two ciphers that seal personal data: AES-256-GCM, or SM4-GCM (国密, GB/T 32907, RFC 8998).

Both take a 32-byte key, a 96-bit nonce and additional data, and give a 128-bit tag. SM4 has keys
of 16 bytes: its key is derived from the 32 by HKDF, so that the two never share one.
"""

from __future__ import annotations

from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Primitive
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_SM4_KEY_BYTES = 16


class Cipher(StrEnum):
    """By what a value is sealed; what is stored begins with its ``mark``."""

    AES_256_GCM = "aes-256-gcm"
    SM4_GCM = "sm4-gcm"

    @property
    def mark(self) -> bytes:
        """The byte that says so in what is stored; a mark is given once and for good."""
        return _MARKS[self]


_MARKS = {Cipher.AES_256_GCM: b"\x01", Cipher.SM4_GCM: b"\x02"}
_BY_MARK = {mark: cipher for cipher, mark in _MARKS.items()}


def cipher_marked(mark: bytes) -> Cipher | None:
    """The cipher of a stored value by its first byte; None when there is no such."""
    return _BY_MARK.get(mark)


def encrypt(cipher: Cipher, key: bytes, nonce: bytes, text: bytes, bound_to: bytes) -> bytes:
    """``text`` encrypted, with the tag behind it."""
    if cipher is Cipher.AES_256_GCM:
        return AESGCM(key).encrypt(nonce, text, bound_to)
    encryptor = Primitive(SM4(_sm4_key(key)), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound_to)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


def decrypt(cipher: Cipher, key: bytes, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """What ``encrypt`` encrypted.

    Raises:
        InvalidTag: anything of it is not as it was.
    """
    if cipher is Cipher.AES_256_GCM:
        return AESGCM(key).decrypt(nonce, sealed, bound_to)
    if len(sealed) < TAG_BYTES:
        raise InvalidTag
    text, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    decryptor = Primitive(SM4(_sm4_key(key)), GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(bound_to)
    return decryptor.update(text) + decryptor.finalize()


def derive_key(secret: bytes, purpose: str, *, length: int = KEY_BYTES) -> bytes:
    """A key for one purpose (HKDF-Expand with SHA-256, RFC 5869)."""
    return HKDFExpand(SHA256(), length, f"carrears vault|{purpose}".encode()).derive(secret)


def _sm4_key(key: bytes) -> bytes:
    return derive_key(key, "sm4", length=_SM4_KEY_BYTES)
