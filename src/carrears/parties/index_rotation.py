"""Change the key of the blind indexes while everybody works.

States of an index key: it makes (the newest), it is asked under (older, still on the ring), it is
retired (off the ring; the database refuses what is made under it). Of people all is made anew from
what is sealed (``indexing``). Where nothing but the index is kept there is nothing to make it of:
bars on numbers and addresses and the lists of others stay under their key as long as they hold
(``conduct.index_keys`` knows them).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.evidence.services import record
from carrears.parties.custody import keepers, keyring
from carrears.parties.indexing import PORTION, people_left, reindex_all
from carrears.parties.keyring import Purpose, add_master_key
from carrears.parties.rotation import expect_file, one_rotation_at_a_time

_LONGEST_LOOK_UP_SECONDS = 10
_PAUSE_SECONDS = 0.02


def add_index_key() -> str:
    """Put a new index key on the ring, which makes indexes from now on; its id in hex.

    Raises:
        KeyInUseError: the keys are given by the environment, where nobody can add to them.
    """
    expect_file()
    with transaction.atomic():
        one_rotation_at_a_time()
        folder = Path(settings.KEYS_DIR)
        return add_master_key(folder, purpose=Purpose.INDEX, keepers=keepers()).hex()


def count_left() -> int:
    """How many people are not found by the newest index key."""
    return people_left(keyring()).count()


def note_begun(*, actor: str, at: datetime) -> str:
    """Record once that the newest index key makes indexes from now on; its id in hex.

    Apart from ``add_index_key``: whoever was killed between the two makes up for it.
    """
    return _note("vault.index_key_makes", actor=actor, at=at)


def finish(
    *,
    portion: int = PORTION,
    progress: Callable[[int], None] = lambda _count: None,
    actor: str = "",
) -> int:
    """Bring everybody under the newest index key, and record once that a rotation ended; how many.

    Goes on where a rotation was killed. Whoever looks people up by the keys that there were before
    is waited for first.
    """
    if len(keyring().each_index()) > 1 and count_left():
        _wait_for_transactions()
    count = reindex_all(portion=portion, progress=progress)
    if len(keyring().each_index()) > 1 and not count_left():
        note_begun(actor=actor, at=now())
        _note("vault.index_rotated", actor=actor, at=now())
    return count


def _wait_for_transactions() -> None:
    """Until every transaction that runs now has ended, but not for ever.

    One that begins later reads the keys later, and asks under the new one. What runs longer than
    this is no look-up of a person.
    """
    until = time.monotonic() + _LONGEST_LOOK_UP_SECONDS
    waited_for = _running()
    while waited_for and time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
        waited_for &= _running()


def _running() -> set[str]:
    """The transactions of all others in this database, as CREATE INDEX CONCURRENTLY knows them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select l.virtualxid from pg_locks l join pg_stat_activity a using (pid)"
            " where l.locktype = 'virtualxid' and a.datname = current_database()"
            " and l.pid <> pg_backend_pid()"
        )
        return {told for (told,) in cursor.fetchall()}


@transaction.atomic
def _note(kind: str, *, actor: str, at: datetime) -> str:
    one_rotation_at_a_time()
    newest = keyring().index_id.hex()
    key = f"{kind}:{newest}"
    if not Entry.objects.filter(key=key).exists():
        record(
            kind,
            subject="vault",
            payload={"key": newest},
            actor=actor,
            key=key,
            occurred_at=at,
        )
    return newest
