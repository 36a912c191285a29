"""Change the master key while everybody works: a new one wraps, the old ones still open.

States of a data key: it wraps (the newest), it opens (older, still on the ring), it is retired (off
the ring; the database refuses what is wrapped by it). Re-wrapping goes in portions, each a
transaction of its own; killed at any point it goes on where rows are left.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import connection, transaction

from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.evidence.services import record
from carrears.parties.custody import keepers, keyring, keys_are_given
from carrears.parties.damaged import open_those_that_open, set_aside
from carrears.parties.keyring import (
    ID_BYTES,
    KeyInUseError,
    Keyring,
    add_master_key,
    key_id,
    move_master_keys,
    remove_master_key,
)
from carrears.parties.models import RetiredKey
from carrears.parties.vault import rewrap_key, wrapping_prefix

PORTION = 500
_NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One data key: its id in hex, what it does, and how many subjects' keys it wraps now.

    One that ``wraps`` opens too. One that is ``missing`` is needed and not on the ring.
    """

    key: str
    state: Literal["wraps", "opens", "missing"]
    subjects: int


def key_uses() -> list[KeyUse]:
    """The data keys on the ring, oldest first, and those that are missing from it but needed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select parties_wrapping_key(wrapped_key), count(*) from parties_party"
            " where wrapped_key is not null group by 1"
        )
        used = {bytes(key): int(count) for key, count in cursor.fetchall()}
    *older, newest = [key_id(key) for key in keyring().keys]
    told: list[tuple[bytes, Literal["wraps", "opens", "missing"]]] = [
        *((one, "missing") for one in sorted(used.keys() - {*older, newest})),
        *((one, "opens") for one in older),
        (newest, "wraps"),
    ]
    return [KeyUse(one.hex(), state, used.get(one, 0)) for one, state in told]


def add_key() -> str:
    """Put a new data key on the ring, which wraps from now on; its id in hex.

    Raises:
        KeyInUseError: the keys are given by the environment, where nobody can add to them.
    """
    expect_file()
    with transaction.atomic():
        one_rotation_at_a_time()
        return add_master_key(Path(settings.KEYS_DIR), keepers=keepers()).hex()


@transaction.atomic
def move_keys(keeper: str, reference: str, *, actor: str, at: datetime) -> int:
    """Give every master key to a keeper, wrapped by its key ``reference``; how many.

    Raises:
        KeyInUseError: the keys are given by the environment.
        BadMasterKeyError, KeeperError: see ``move_master_keys``.
    """
    expect_file()
    one_rotation_at_a_time()
    count = move_master_keys(Path(settings.KEYS_DIR), keeper, reference, keepers=keepers())
    record(
        "vault.keys_moved",
        subject="vault",
        payload={"keeper": keeper, "reference": reference, "keys": count},
        actor=actor,
        key=f"vault-keys-moved:{uuid.uuid4()}",
        occurred_at=at,
    )
    return count


@transaction.atomic
def note_newest(*, actor: str, at: datetime) -> str:
    """Record once that the newest data key wraps from now on; its id in hex.

    Apart from ``add_key``: whoever was killed between the two makes up for it the next time.
    """
    one_rotation_at_a_time()
    newest = key_id(keyring().newest).hex()
    key = f"vault-key-wraps:{newest}"
    if not Entry.objects.filter(key=key).exists():
        payload = {"key": newest}
        record(
            "vault.key_wraps",
            subject="vault",
            payload=payload,
            actor=actor,
            key=key,
            occurred_at=at,
        )
    return newest


def rewrap_all(
    *, portion: int = PORTION, progress: Callable[[int], None] = lambda _count: None
) -> int:
    """Wrap every data key that is not under the newest master key; how many there were.

    Rows that others hold are passed over at first and waited for at the end.
    """
    total = 0
    for waits in (False, True):
        after: uuid.UUID | None = _NOBODY
        while after is not None:
            count, after = rewrap_portion(after=after, portion=portion, waits=waits)
            total += count
            progress(count)
    return total


@transaction.atomic
def rewrap_portion(
    *, after: uuid.UUID, portion: int, waits: bool = False
) -> tuple[int, uuid.UUID | None]:
    """Wrap up to ``portion`` data keys anew, of subjects whose token comes ``after``.

    Those that do not open are set aside, and stay as they are.

    Returns:
        How many, and the last token to go on from; None when there were no more.
    """
    ring = keyring()
    with connection.cursor() as cursor:
        cursor.execute(
            _LEFT.format(lock="" if waits else "skip locked"), _which(ring, after, portion)
        )
        found = cursor.fetchall()
        if not found:
            return 0, None
        _, damaged = open_those_that_open(ring, found)
        sound = [(token, wrapped) for token, wrapped in found if token not in damaged]
        fresh = [rewrap_key(ring, str(token), wrapped) for token, wrapped in sound]
        cursor.execute(_WRITE, [[token for token, _ in sound], fresh])
    set_aside(damaged, at=now())
    return len(sound), found[-1][0]


_LEFT = """
select token, wrapped_key from parties_party
where token > %s and wrapped_key is not null
  and not (length(wrapped_key) = %s and substr(wrapped_key, 1, %s) = %s)
order by token limit %s for no key update {lock}
"""
_WRITE = """
update parties_party p set wrapped_key = given.wrapped
from unnest(%s::uuid[], %s::bytea[]) as given (token, wrapped) where p.token = given.token
"""


def _which(ring: Keyring, after: uuid.UUID, portion: int) -> list[Any]:
    prefix = wrapping_prefix(ring)
    return [after, 60 + len(prefix), len(prefix), prefix, portion]


def is_rewrapped() -> bool:
    """Whether every data key is under the newest master key."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT.format(lock="skip locked"), _which(keyring(), _NOBODY, 1))
        return cursor.fetchone() is None


def retire_key(wanted: str, *, destroy: bool, actor: str, at: datetime) -> None:
    """Take a data key that wraps nothing any more off the ring.

    It is kept in the file of retired keys, for old backups, unless destroyed. Whoever is writing
    is waited for; whoever read the ring before and wraps by the key later is refused. Killed at
    any point, the same again finishes it.

    Raises:
        KeyInUseError: something is wrapped by it, it is the newest, or it is not on the ring.
    """
    expect_file()
    given = parse_id(wanted)
    if given == key_id(keyring().newest):
        raise KeyInUseError(f"{wanted} is the newest data key; it wraps what comes")
    _refuse_from_now_on(given, destroy=destroy, actor=actor, at=at)
    # Only now: a key that is off the ring while others may still wrap by it would lose people.
    with transaction.atomic():
        one_rotation_at_a_time()
        remove_master_key(Path(settings.KEYS_DIR), given, destroy=destroy, keepers=keepers())


@transaction.atomic
def _refuse_from_now_on(given: bytes, *, destroy: bool, actor: str, at: datetime) -> None:
    one_rotation_at_a_time()
    if RetiredKey.objects.filter(key_id=given).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute("lock table parties_party in share row exclusive mode")
        cursor.execute(
            "select count(*) from parties_party where parties_wrapping_key(wrapped_key) = %s",
            [given],
        )
        (count,) = cursor.fetchone()
    if count:
        raise KeyInUseError(
            f"{count} data keys are wrapped by it; carrears keys rotate comes first"
        )
    RetiredKey.objects.create(key_id=given, retired_at=at)
    record(
        "vault.key_retired",
        subject="vault",
        payload={"key": given.hex(), "destroyed": destroy},
        actor=actor,
        key=f"vault-key-retired:{given.hex()}",
        occurred_at=at,
    )


def parse_id(wanted: str) -> bytes:
    """The id of a key as it was typed.

    Raises:
        KeyInUseError: it is none.
    """
    try:
        given = bytes.fromhex(wanted)
    except ValueError:
        given = b""
    if len(given) != ID_BYTES:
        raise KeyInUseError(f"{wanted!r} is no id of a key; carrears keys list names them")
    return given


def expect_file() -> None:
    """See that the keys are those of the key file.

    Raises:
        KeyInUseError: the environment gives them.
    """
    if keys_are_given():
        raise KeyInUseError(
            "CARREARS_MASTER_KEY is set: change the keys there; --no-new-key then goes by the last"
            " of them"
        )


def one_rotation_at_a_time() -> None:
    """Wait until nobody else changes the keys, for the rest of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('carrears master keys'))")
