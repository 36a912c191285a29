"""Whether the keyring here has every key that a database just filled needs, before it is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from django.db import connection

from carrears.backups.sealing import BackupError
from carrears.parties.custody import keyring
from carrears.parties.keyring import MASTER_KEY_FILE, RETIRED_KEY_FILE, key_id

# By what is lost without the key: the column that there has to be (an older release had none, and
# named no key), and how many rows are under each. ``%(on)s`` is today.
_INDEXED: Mapping[str, tuple[str, str, str]] = {
    "people": (
        "parties_party",
        "index_key",
        (
            "select index_key, count(*) from parties_party"
            " where wrapped_key is not null and index_key is not null group by 1"
        ),
    ),
    "bars": (
        "conduct_donotcontact",
        "index_key",
        (
            "select index_key, count(*) from conduct_donotcontact where value_index is not null"
            " and lifted_at is null and index_key is not null"
            " and (until_on is null or until_on >= %(on)s) group by 1"
        ),
    ),
    "lists": (
        "conduct_industrylist",
        "index_key",
        (
            "select index_key, count(*) from conduct_industrylist"
            " where state in ('read', 'live') and index_key is not null group by 1"
        ),
    ),
}
_SEALED = (
    "select parties_wrapping_key(wrapped_key), count(*) from parties_party"
    " where wrapped_key is not null group by 1"
)


def expect_ring(*, on: date) -> None:
    """See that everybody of the database can be opened and found by the keys that are here.

    Raises:
        BackupError: a key is missing; the message names each, and what is lost without it.
    """
    missing = [*_missing_data_keys(), *_missing_index_keys(on)]
    if missing:
        raise BackupError(
            f"nothing was changed: the keyring here lacks {'; '.join(missing)}. Put the keys of"
            f" the backup's time back ({MASTER_KEY_FILE}; one that was taken off the ring since is"
            f" in {RETIRED_KEY_FILE})"
        )


def _missing_data_keys() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("select to_regproc('parties_wrapping_key') is not null")
        if not cursor.fetchone()[0]:
            return  # of a release before keys were rotated
        cursor.execute(_SEALED)
        used = {bytes(key): int(count) for key, count in cursor.fetchall()}
    there = {key_id(key) for key in keyring().keys}
    for key in sorted(used.keys() - there):
        yield f"data key {key.hex()}, under which {used[key]} people are sealed"


def _missing_index_keys(on: date) -> Iterator[str]:
    there = {each.index_id for each in keyring().each_index()}
    used: dict[bytes, dict[str, int]] = defaultdict(dict)
    for what, (table, column, statement) in _INDEXED.items():
        for key, count in _counted(table, column, statement, on):
            used[key][what] = count
    for key in sorted(used.keys() - there):
        told = ", ".join(f"{count} {what}" for what, count in used[key].items())
        yield f"index key {key.hex()}, under which {told} are looked up"


def _counted(table: str, column: str, statement: str, on: date) -> list[tuple[bytes, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from information_schema.columns where table_name = %s"
            " and column_name = %s and table_schema = current_schema())",
            [table, column],
        )
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(statement, {"on": on})
        return [(bytes(key), int(count)) for key, count in cursor.fetchall()]
