"""The lender's master keys, and the file or variable that they come from.

Two kinds: *data* keys wrap the data keys of subjects (the newest wraps, all open), *index* keys
key the blind indexes (the newest makes them, all are asked under). A line of the file, or an item
of ``CARREARS_MASTER_KEY``, is one of::

    BASE64                          a data key in clear, as first made
    PURPOSE:KEEPER:REFERENCE:VALUE  the same with its purpose (data, index), and by whom it is kept

The value is what the keeper made of the key, in base64; ``local`` leaves it as it is. Of each kind
the oldest stands first. As long as no index key is named the oldest data key keys the indexes too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, unquote

from carrears import keyfiles
from carrears.parties.ciphers import KEY_BYTES, Cipher
from carrears.parties.keepers import InTheFile, Keeper

MASTER_KEY_FILE = "vault.key"
RETIRED_KEY_FILE = "vault.retired"
MASTER_KEY_VARIABLE = "CARREARS_MASTER_KEY"
LOCAL = "local"
ID_BYTES = 4
_PARTS = 4
Keepers = Mapping[str, Keeper]
_FILE_ONLY: Keepers = {LOCAL: InTheFile()}


class BadMasterKeyError(ValueError):
    """What was given as a master key is none; the message says why."""


class MissingIndexKeyError(Exception):
    """An index was made under a key that the keyring does not hold."""


class KeyInUseError(Exception):
    """A key is not taken away: something needs it. The message says what."""


class Purpose(StrEnum):
    """What a master key is for."""

    DATA = "data"
    INDEX = "index"


_NAMED = {Purpose.DATA: b"carrears vault key\n", Purpose.INDEX: b"carrears index key\n"}


@dataclass(frozen=True, slots=True)
class Keyring:
    """The master keys in clear, ready for use, and the cipher that seals from now on.

    Args:
        keys: data keys, oldest first; the newest wraps.
        index_keys: keys of the blind indexes, oldest first; the newest makes them. The oldest data
            key stands in where there is none.
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
        """The key that makes blind indexes."""
        return self.index_keys[-1] if self.index_keys else self.keys[0]

    @property
    def index_id(self) -> bytes:
        """The id of the key that makes blind indexes."""
        return id_of(Purpose.INDEX, self.index_key)

    def each_index(self) -> tuple[Keyring, ...]:
        """This ring once for each key of blind indexes, which makes them there; newest first."""
        return tuple(replace(self, index_keys=(key,)) for key in reversed(self.index_keys)) or (
            self,
        )

    def indexed_by(self, wanted: bytes | memoryview | None) -> tuple[Keyring, ...]:
        """``each_index`` of what was made under the key of an id; all, where no id was noted.

        Raises:
            MissingIndexKeyError: the key is not on the ring.
        """
        if wanted is None:
            return self.each_index()
        found = tuple(each for each in self.each_index() if each.index_id == bytes(wanted))
        if not found:
            raise MissingIndexKeyError(f"no index key {bytes(wanted).hex()} on the keyring")
        return found

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
    return id_of(Purpose.DATA, master)


def id_of(purpose: Purpose, master: bytes) -> bytes:
    """The four bytes that name a key; one that serves for both purposes has two names."""
    return hashlib.sha256(_NAMED[purpose] + master).digest()[:ID_BYTES]


def parse_lines(text: str) -> list[KeyLine]:
    """The keys of a file or a variable, in their order.

    Raises:
        BadMasterKeyError: a line has another form.
    """
    return [_parsed(part) for part in text.replace(",", "\n").split()]


def open_keyring(
    lines: Iterable[KeyLine],
    *,
    cipher: Cipher = Cipher.AES_256_GCM,
    keepers: Keepers = _FILE_ONLY,
) -> Keyring:
    """The keys in clear.

    Raises:
        BadMasterKeyError: a key is not 32 bytes, or its keeper is not known.
        KeeperError: its keeper cannot be asked, or refuses.
    """
    opened = [(line.purpose, secret_of(line, keepers=keepers)) for line in lines]
    return Keyring(
        tuple(secret for purpose, secret in opened if purpose is Purpose.DATA),
        tuple(secret for purpose, secret in opened if purpose is Purpose.INDEX),
        cipher,
    )


def secret_of(line: KeyLine, *, keepers: Keepers = _FILE_ONLY) -> bytes:
    """One key in clear.

    Raises:
        As ``open_keyring``.
    """
    try:
        stored = base64.b64decode(line.value, validate=True)
    except binascii.Error as error:
        raise BadMasterKeyError("a master key is not base64") from error
    key = _keeper_of(line.keeper, keepers).unwrap(line.reference, stored)
    if len(key) != KEY_BYTES:
        raise BadMasterKeyError(f"a master key is {len(key)} bytes long, not {KEY_BYTES}")
    return key


def _keeper_of(name: str, keepers: Keepers) -> Keeper:
    if name not in keepers:
        known = ", ".join(keepers)
        raise BadMasterKeyError(f"no keeper of keys {name!r} is set up; there is {known}")
    return keepers[name]


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
    keepers: Keepers = _FILE_ONLY,
) -> Keyring:
    """The keys of ``stored_lines`` in clear.

    Raises:
        As ``stored_lines`` and ``open_keyring``.
    """
    return open_keyring(stored_lines(folder, environ=environ), cipher=cipher, keepers=keepers)


def add_master_key(
    folder: Path, *, purpose: Purpose = Purpose.DATA, keepers: Keepers = _FILE_ONLY
) -> bytes:
    """Put a new newest key into the key file; its id. The old ones stay, open and are asked under.

    It is kept by whoever keeps the newest before it. The key of the blind indexes is named from
    then on: it outlives the data key it came with.

    Raises:
        KeeperError: the keeper cannot be asked, or refuses.
    """
    lines = stored_lines(folder, environ={})
    data = [line for line in lines if line.purpose is Purpose.DATA]
    if len(data) == len(lines):
        lines.insert(0, replace(data[0], purpose=Purpose.INDEX))
    newest = [line for line in lines if line.purpose is purpose][-1]
    secret = os.urandom(KEY_BYTES)
    fresh = _kept(secret, purpose, newest.keeper, newest.reference, keepers)
    _write(folder / MASTER_KEY_FILE, [*lines, fresh])
    return id_of(purpose, secret)


def move_master_keys(folder: Path, keeper: str, reference: str, *, keepers: Keepers) -> int:
    """Give every key of the key file to a keeper, wrapped by its key ``reference``; how many.

    Raises:
        BadMasterKeyError: there is no such keeper.
        KeeperError: it, or who kept a key until now, cannot be asked or refuses.
    """
    lines = stored_lines(folder, environ={})
    moved = [
        _kept(secret_of(line, keepers=keepers), line.purpose, keeper, reference, keepers)
        for line in lines
    ]
    for before, after in zip(lines, moved, strict=True):
        if secret_of(before, keepers=keepers) != secret_of(after, keepers=keepers):
            raise BadMasterKeyError(f"{keeper} does not give back what it was given")
    _write(folder / MASTER_KEY_FILE, moved)
    return len(moved)


def remove_master_key(
    folder: Path,
    wanted: bytes,
    *,
    purpose: Purpose = Purpose.DATA,
    destroy: bool,
    keepers: Keepers = _FILE_ONLY,
) -> None:
    """Take a key out of the key file; unless destroyed it goes to the file of retired keys.

    Old backups need retired keys. What still needs it is for the caller to know.

    Raises:
        KeyInUseError: it is not in the file, or it is the newest, which serves what comes.
    """
    lines = stored_lines(folder, environ={})
    alike = [line for line in lines if line.purpose is purpose]
    ids = [id_of(purpose, secret_of(line, keepers=keepers)) for line in alike]
    if wanted not in ids:
        raise KeyInUseError(f"no {purpose} key {wanted.hex()} in {folder / MASTER_KEY_FILE}")
    gone = alike[ids.index(wanted)]
    if gone is alike[-1]:
        raise KeyInUseError(f"{wanted.hex()} is the newest {purpose} key; it serves what comes")
    if not destroy:
        retired = folder / RETIRED_KEY_FILE
        kept = parse_lines(keyfiles.read_or_create(retired, make=str))
        _write(retired, [*kept, gone])
    _write(folder / MASTER_KEY_FILE, [line for line in lines if line is not gone])


def _kept(
    secret: bytes, purpose: Purpose, keeper: str, reference: str, keepers: Keepers
) -> KeyLine:
    wrapped = _keeper_of(keeper, keepers).wrap(reference, secret)
    return KeyLine(purpose, base64.b64encode(wrapped).decode(), keeper, reference)


def _first() -> str:
    return base64.b64encode(os.urandom(KEY_BYTES)).decode() + "\n"


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
