"""The master keys of this process: read when they change, so that a rotation needs no restart."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from carrears.parties.alibaba_kms import AlibabaKms, find_credentials
from carrears.parties.aws_kms import AwsKms, Credentials
from carrears.parties.ciphers import Cipher
from carrears.parties.keepers import InTheFile, Keeper
from carrears.parties.keyring import (
    LOCAL,
    MASTER_KEY_FILE,
    MASTER_KEY_VARIABLE,
    Keyring,
    key_id,
    load_keyring,
)
from carrears.parties.pkcs11_token import Pkcs11Token

_Source = tuple[object, ...]
_read: dict[str, tuple[_Source, Keyring]] = {}
_ONE_AT_A_TIME = threading.Lock()


def keyring() -> Keyring:
    """The lender's master keys, as their file or variable has them now.

    A key that was taken away while this process ran still opens what it had read before.
    """
    folder = os.fspath(settings.KEYS_DIR)
    source = _source_of(folder)
    known = _read.get(folder)
    if known is not None and known[0] == source:
        return known[1]
    with _ONE_AT_A_TIME:
        return _read_anew(folder)


def keepers() -> dict[str, Keeper]:
    """Who may keep master keys by the settings; the key file itself always may."""
    known: dict[str, Keeper] = {LOCAL: InTheFile()}
    if settings.PKCS11_MODULE:
        known["pkcs11"] = Pkcs11Token(
            settings.PKCS11_MODULE, settings.PKCS11_TOKEN, settings.PKCS11_PIN
        )
    if settings.KMS_URL:
        signs = Credentials(
            os.environ.get("AWS_ACCESS_KEY_ID", ""),
            os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            os.environ.get("AWS_SESSION_TOKEN", ""),
        )
        known["aws-kms"] = AwsKms(settings.KMS_URL, settings.KMS_REGION, signs)
    if settings.ALIBABA_KMS_URL:
        known["alibaba-kms"] = AlibabaKms(settings.ALIBABA_KMS_URL, find_credentials)
    return known


def keys_are_given() -> bool:
    """Whether the environment gives the keys, so that no command can change them."""
    return bool(os.environ.get(MASTER_KEY_VARIABLE))


def _read_anew(folder: str) -> Keyring:
    source = _source_of(folder)  # before: what changes meanwhile is read by who comes next
    ring = load_keyring(Path(folder), cipher=_cipher(), keepers=keepers())
    known = _read.get(folder)
    if known is not None:
        ids = {key_id(key) for key in ring.keys}
        gone = (key for key in (*known[1].keys, *known[1].former) if key_id(key) not in ids)
        ring = replace(ring, former=tuple(gone))
    _read[folder] = (source, ring)
    return ring


def _cipher() -> Cipher:
    if settings.CIPHER not in set(Cipher):
        known = ", ".join(Cipher)
        raise ImproperlyConfigured(f"CARREARS_CIPHER is {settings.CIPHER!r}; known: {known}")
    return Cipher(settings.CIPHER)


def _source_of(folder: str) -> _Source:
    """What is another whenever the keys or the cipher are: asked for each person that is read."""
    if given := os.environ.get(MASTER_KEY_VARIABLE):
        return (given, settings.CIPHER)
    try:
        file = os.stat(f"{folder}{os.sep}{MASTER_KEY_FILE}")  # noqa: PTH116  a fifth of Path's time
    except FileNotFoundError:
        return ()
    return (file.st_mtime_ns, file.st_ino, file.st_size, settings.CIPHER)
