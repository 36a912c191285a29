"""The lender's master keys, and the file or variable that they come from.

Two kinds: *data* keys wrap the data keys of subjects (the newest wraps, all open), *index* keys
key the blind indexes. A line of the file, or an item of ``CARREARS_MASTER_KEY``, is one of::

    BASE64                          a data key in clear, as first made
    PURPOSE:KEEPER:REFERENCE:VALUE  the same with its purpose (data, index), and by whom it is kept

The keeper ``local`` has the key itself in base64 as value. Of data keys the oldest stands first. As
long as no index key is named the oldest data key keys the indexes too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote

from carrears import keyfiles
from carrears.parties.ciphers import KEY_BYTES, Cipher

MASTER_KEY_FILE = "vault.key"
RETIRED_KEY_FILE = "vault.retired"
MASTER_KEY_VARIABLE = "CARREARS_MASTER_KEY"
LOCAL = "local"
ID_BYTES = 4
_PARTS = 4


class BadMasterKeyError(ValueError):
    """What was given as a master key is none; the message says why."""


class KeyInUseError(Exception):
    """A key is not taken away: something needs it. The message says what."""


class Purpose(StrEnum):
    """What a master key is for."""

    DATA = "data"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys in clear, ready for use, and the cipher that seals from now on.

    Args:
        keys: data keys, oldest first; the newest wraps.
        index_keys: keys of the blind indexes; the oldest data key stands in where there is none.
        cipher: what new values are sealed by. Old ones open whatever it is.
        former: data keys that were taken away while this process ran. They open what it had read
            before and wrap nothing.
    """

    keys: tuple[bytes, ...] = field(repr=False)
    index_keys: tuple[bytes, ...] = field(default=(), repr=False)
    cipher: Cipher = Cipher.AES_256_GCM
    former: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        every = (*self.keys, *self.index_keys, *self.former)
        if not self.keys or any(len(key) != KEY_BYTES for key in every):
            raise BadMasterKeyError("a keyring needs at least one data key, each of 32 bytes")

    @property
    def newest(self) -> bytes:
        """The data key that wraps."""
        return self.keys[-1]

    @property
    def index_key(self) -> bytes:
        """The key of the blind indexes."""
        return self.index_keys[0] if self.index_keys else self.keys[0]

    def key_of(self, wanted: bytes) -> bytes | None:
        """The data key of an id; None when it is not on the ring."""
        every = (*reversed(self.keys), *self.former)
        return next((key for key in every if key_id(key) == wanted), None)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One master key as it is stored: its purpose, its keeper, what the keeper needs."""

    purpose: Purpose
    value: str = field(repr=False)
    keeper: str = LOCAL
    reference: str = ""

    def __str__(self) -> str:
        return f"{self.purpose}:{self.keeper}:{quote(self.reference, safe='')}:{self.value}"


def key_id(master: bytes) -> bytes:
    """The four bytes by which a wrapped key names its master key."""
    return hashlib.sha256(b"carrears vault key\n" + master).digest()[:ID_BYTES]


def make_key_line(purpose: Purpose) -> KeyLine:
    """A fresh key in clear."""
    return KeyLine(purpose, base64.b64encode(os.urandom(KEY_BYTES)).decode())


def parse_lines(text: str) -> list[KeyLine]:
    """The keys of a file or a variable, in their order.

    Raises:
        BadMasterKeyError: a line has another form.
    """
    return [_parsed(part) for part in text.replace(",", "\n").split()]


def open_keyring(lines: Iterable[KeyLine], *, cipher: Cipher = Cipher.AES_256_GCM) -> Keyring:
    """The keys in clear.

    Raises:
        BadMasterKeyError: a key is not 32 bytes, or its keeper is not known.
    """
    opened = [(line.purpose, secret_of(line)) for line in lines]
    return Keyring(
        tuple(secret for purpose, secret in opened if purpose is Purpose.DATA),
        tuple(secret for purpose, secret in opened if purpose is Purpose.INDEX),
        cipher,
    )


def secret_of(line: KeyLine) -> bytes:
    """One key in clear.

    Raises:
        BadMasterKeyError: as ``open_keyring``.
    """
    if line.keeper != LOCAL:
        raise BadMasterKeyError(f"no keeper of keys {line.keeper!r}; known: {LOCAL}")
    return _decoded(line.value)


def stored_lines(folder: Path, *, environ: Mapping[str, str] = os.environ) -> list[KeyLine]:
    """The keys as they are kept: in ``CARREARS_MASTER_KEY`` when set, else in ``folder``.

    The file has mode 0600 and is made, with one data key, on first use.

    Raises:
        BadMasterKeyError: a line has another form.
        ExposedKeyError: the key file can be read by others.
    """
    given = environ.get(MASTER_KEY_VARIABLE, "")
    return parse_lines(given or keyfiles.read_or_create(folder / MASTER_KEY_FILE, make=_first))


def load_keyring(
    folder: Path,
    *,
    environ: Mapping[str, str] = os.environ,
    cipher: Cipher = Cipher.AES_256_GCM,
) -> Keyring:
    """The keys of ``stored_lines`` in clear.

    Raises:
        As ``stored_lines`` and ``open_keyring``.
    """
    return open_keyring(stored_lines(folder, environ=environ), cipher=cipher)


def add_master_key(folder: Path) -> bytes:
    """Put a new newest data key into the key file; its id. The old ones stay and open.

    The key of the blind indexes is named from then on: it outlives the data key it came with.
    """
    lines = stored_lines(folder, environ={})
    if not any(line.purpose is Purpose.INDEX for line in lines):
        oldest = next(line for line in lines if line.purpose is Purpose.DATA)
        lines.insert(
            0, KeyLine(Purpose.INDEX, oldest.value, oldest.keeper, reference=oldest.reference)
        )
    fresh = make_key_line(Purpose.DATA)
    _write(folder / MASTER_KEY_FILE, [*lines, fresh])
    return key_id(secret_of(fresh))


def remove_master_key(folder: Path, wanted: bytes, *, destroy: bool) -> None:
    """Take a data key out of the key file; unless destroyed it goes to the file of retired keys.

    Old backups need retired keys. What is still wrapped by it is for the caller to know.

    Raises:
        KeyInUseError: it is not in the file, or it is the newest, which wraps.
    """
    lines = stored_lines(folder, environ={})
    data = [line for line in lines if line.purpose is Purpose.DATA]
    gone = next((line for line in data if key_id(secret_of(line)) == wanted), None)
    if gone is None:
        raise KeyInUseError(f"no data key {wanted.hex()} in {folder / MASTER_KEY_FILE}")
    if gone is data[-1]:
        raise KeyInUseError(f"{wanted.hex()} is the newest data key; it wraps what comes")
    if not destroy:
        retired = folder / RETIRED_KEY_FILE
        kept = parse_lines(keyfiles.read_or_create(retired, make=str))
        _write(retired, [*kept, gone])
    _write(folder / MASTER_KEY_FILE, [line for line in lines if line is not gone])


def _first() -> str:
    return make_key_line(Purpose.DATA).value + "\n"


def _write(path: Path, lines: Iterable[KeyLine]) -> None:
    keyfiles.replace(path, "".join(f"{line}\n" for line in lines))


def _parsed(part: str) -> KeyLine:
    if ":" not in part:
        return KeyLine(Purpose.DATA, part)
    parts = part.split(":")
    if len(parts) != _PARTS or parts[0] not in set(Purpose):
        raise BadMasterKeyError("a master key is BASE64 or PURPOSE:KEEPER:REFERENCE:VALUE")
    purpose, keeper, reference, value = parts
    return KeyLine(Purpose(purpose), value, keeper, unquote(reference))


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadMasterKeyError("a master key is not base64") from error
    if len(key) != KEY_BYTES:
        raise BadMasterKeyError(f"a master key is {len(key)} bytes long, not {KEY_BYTES}")
    return key
