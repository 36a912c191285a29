"""Write to the evidence log: the one door for every other room.

``record`` and ``record_many`` belong into the transaction of what they record; ``gathering``
writes at once what several services record in one. Entries are sealed by ``sequence`` afterwards
and checked by ``verify_log``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from carrears.database.direct import says_yes
from carrears.database.wall import as_house
from carrears.evidence.copying import copy_entries
from carrears.evidence.insertion import COLUMNS, insert_from
from carrears.evidence.models import VerificationRun
from carrears.evidence.record import BadRecordError, Leaf, Record, leaf_of
from carrears.evidence.sequencer import LogAlteredError, seal_some, sequence
from carrears.evidence.verification import Verification, verify_log

__all__ = [
    "BadRecordError",
    "KeyReusedError",
    "LogAlteredError",
    "Record",
    "Verification",
    "gathering",
    "keep_verification",
    "record",
    "record_many",
    "seal_some",
    "sequence",
    "verify_log",
]

_ROWS_A_STATEMENT = 5_000
_WORTH_COPYING = 200


@dataclass(slots=True)
class _Gathered:
    """What waits to be written at the end, and how deep in savepoints its gathering began."""

    depth: int
    leaves: list[Leaf] = field(default_factory=list)

    def lives_with_it(self) -> bool:
        """Whether nothing that is written now can be undone while what is gathered stays."""
        return not any(connection.savepoint_ids[self.depth :])


_gathered: ContextVar[_Gathered | None] = ContextVar("gathered", default=None)


class KeyReusedError(ValueError):
    """An idempotency key came again with something else to record."""


def record(
    kind: str,
    *,
    subject: str,
    payload: Mapping[str, Any],
    actor: str,
    key: str,
    occurred_at: datetime,
) -> bool:
    """Append one entry; see ``Record`` for the arguments.

    Returns:
        Whether it is new; False when the very same was recorded under this key before.

    Raises:
        KeyReusedError: the key stands for something else.
        BadRecordError, NotCanonicalError: see ``leaf_of``.
    """
    one = Record(
        kind=kind,
        subject=subject,
        key=key,
        actor=actor,
        occurred_at=occurred_at,
        payload=payload,
    )
    return record_many([one]) == 1


def record_many(records: Iterable[Record]) -> int:
    """Append entries in the order given, all or none.

    Returns:
        How many were new.

    Raises:
        As ``record``.
    """
    leaves = (leaf_of(one) for one in records)
    waiting = _gathered.get()
    if waiting is not None and waiting.lives_with_it():
        before = len(waiting.leaves)
        waiting.leaves += leaves
        return len(waiting.leaves) - before
    return _append(leaves)


@contextmanager
def gathering() -> Iterator[None]:
    """Write all that is recorded inside in one statement at the end, in the same transaction.

    For many small services in one transaction: each statement of its own costs as much as
    twenty entries. A key that stands for something else is found at the end, ``record`` tells
    every entry as new, and what is recorded inside a savepoint is written there, as it may be
    undone with it.

    Raises:
        TransactionManagementError: there is no transaction, so nothing it could belong to.
        KeyReusedError: as ``record``.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("evidence is gathered within a transaction")
    gathered = _Gathered(len(connection.savepoint_ids))
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    _append(iter(gathered.leaves))


def _append(leaves: Iterator[Leaf]) -> int:
    first = list(itertools.islice(leaves, 2))
    with as_house():  # whoever acts writes; what he may read of it is another matter
        if len(first) < 2:  # noqa: PLR2004  one entry is one statement, which is all or none itself
            return _append_one(*first) if first else 0
        with transaction.atomic():
            return sum(_insert(block) for block in _blocks(itertools.chain(first, leaves)))


def _append_one(leaf: Leaf) -> int:
    leaf_hash = leaf.hash()
    if says_yes("evidence_append", [*leaf, leaf_hash]):
        return 1
    _expect_same([leaf], [leaf_hash])
    return 0


def keep_verification(verification: Verification, *, at: datetime) -> VerificationRun:
    """Keep the outcome of a check, for the screen that shows when the log was last checked."""
    return VerificationRun.objects.create(
        finished_at=at,
        ok=verification.ok,
        size=verification.size,
        root=verification.root,
        first_altered=verification.first_altered,
        reason=verification.reason,
    )


def _blocks(leaves: Iterable[Leaf]) -> Iterable[list[Leaf]]:
    source = iter(leaves)
    while block := list(itertools.islice(source, _ROWS_A_STATEMENT)):
        yield block


# What the few entries of an event come in: one JSON text, several times faster to quote than
# seven arrays.
_FROM_TEXT = insert_from(
    "rows from (json_to_recordset(%s) as (key text, kind text, subject text, actor text,"
    " occurred_at timestamptz, payload text, leaf_hash bytea)) with ordinality"
    f" as given ({', '.join(COLUMNS)}, nth)"
)


def _insert(leaves: Sequence[Leaf]) -> int:
    """Insert and queue what is new; compare the rest with what its key stands for."""
    hashes = [leaf.hash() for leaf in leaves]
    hexed = ["\\x" + leaf_hash.hex() for leaf_hash in hashes]
    if len(leaves) < _WORTH_COPYING:
        added = _insert_text(leaves, hexed)
    else:
        added = copy_entries(leaves, hexed)
    if added < len(leaves):
        _expect_same(leaves, hashes)
    return added


def _insert_text(leaves: Sequence[Leaf], hexed: Sequence[str]) -> int:
    rows = [
        dict(zip(COLUMNS, (*leaf, leaf_hash), strict=True))
        for leaf, leaf_hash in zip(leaves, hexed, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_FROM_TEXT, [orjson.dumps(rows).decode()])
        return int(cursor.fetchone()[0])


def _expect_same(leaves: Sequence[Leaf], hashes: Sequence[bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select key, leaf_hash from evidence_entry where key = any(%s::text[])",
            [[leaf.key for leaf in leaves]],
        )
        stored = {key: bytes(leaf_hash) for key, leaf_hash in cursor.fetchall()}
    for leaf, leaf_hash in zip(leaves, hashes, strict=True):
        if stored.get(leaf.key) != leaf_hash:
            raise KeyReusedError(f"the key {leaf.key!r} already stands for something else")
