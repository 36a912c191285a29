"""Seal the secrets of second factors, and words in addresses.

A thief with the database alone has no codes, and who reads a log or a history no names.

AES-256-GCM under a key of its own (``CARREARS_SIGN_IN_KEY``, else ``keys/sign-in.key`` in the
home), a random 96-bit nonce for each value.
"""

from __future__ import annotations

import base64
import binascii
import os
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings

from carrears import keyfiles

KEY_VARIABLE = "CARREARS_SIGN_IN_KEY"
KEY_FILE = "sign-in.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class SealError(ValueError):
    """A sealed secret cannot be opened: it was altered, or another key sealed it."""


def seal(text: str) -> str:
    """``text`` sealed, as base64."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(derived_key("factor")).encrypt(nonce, text.encode(), b"factor")
    return base64.b64encode(nonce + sealed).decode("ascii")


def unseal(sealed: str) -> str:
    """What ``seal`` was given.

    Raises:
        SealError: see there.
    """
    try:
        held = base64.b64decode(sealed, validate=True)
        nonce, rest = held[:_NONCE_BYTES], held[_NONCE_BYTES:]
        return AESGCM(derived_key("factor")).decrypt(nonce, rest, b"factor").decode()
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise SealError(
            "a second factor's secret was altered, or the sign-in key is another"
        ) from error


def seal_words(words: str, *, whose: int) -> str:
    """What somebody searched for, sealed for him alone, as it may stand in an address."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(derived_key("words")).encrypt(nonce, words.encode(), str(whose).encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode("ascii").rstrip("=")


def open_words(sealed: str, *, whose: int) -> str:
    """What ``seal_words`` was given.

    Raises:
        SealError: it was altered, is of somebody else, or another key sealed it.
    """
    try:
        held = base64.urlsafe_b64decode(sealed.encode() + b"=" * (-len(sealed) % 4))
        nonce, rest = held[:_NONCE_BYTES], held[_NONCE_BYTES:]
        return AESGCM(derived_key("words")).decrypt(nonce, rest, str(whose).encode()).decode()
    except (binascii.Error, InvalidTag, ValueError) as error:
        raise SealError("these are no words of his") from error


def derived_key(purpose: str) -> bytes:
    """A key for one purpose, derived from the sign-in key (HKDF-Expand, RFC 5869)."""
    return _derived(purpose, os.environ.get(KEY_VARIABLE, ""), Path(settings.KEYS_DIR))


@cache
def _derived(purpose: str, given: str, folder: Path) -> bytes:
    text = given or keyfiles.read_or_create(folder / KEY_FILE, make=_fresh_key)
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SealError(f"{KEY_VARIABLE} must be {_KEY_BYTES} bytes in base64")
    info = f"carrears sign-in {purpose}".encode()
    return HKDFExpand(algorithm=SHA256(), length=_KEY_BYTES, info=info).derive(key)


def _fresh_key() -> str:
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode("ascii")
