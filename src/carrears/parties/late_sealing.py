"""Seal what an older release kept in clear, in portions, after the last of its processes ended.

Each portion is a transaction of its own. Killed at any point it goes on where rows are left.
"""

# ruff: noqa: S608  the statements are constants of migrations

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection, transaction

from carrears.clock import now
from carrears.parties.damaged import DamagedKeyError, set_aside
from carrears.parties.words import commit_words

_PORTION = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearColumn:
    """A column of text whose words are to lie sealed beside an entry of evidence instead.

    Attributes:
        table: the table, ``t`` in the expressions below; its key is ``pk``.
        column: the column, emptied once its words are sealed.
        key: an SQL expression of the key beside which they are kept.
        party: one of whom they concern, null where nobody.
        name: of the words.
        where: which rows have words of people rather than a word of the house.
        pk: the table's key.
    """

    table: str
    column: str
    key: str
    party: str = "null::uuid"
    name: str = "reason"
    where: str = "true"
    pk: str = "id"


def seal_column(wanted: ClearColumn, *, emptied: str = "''") -> int:
    """Move the words of a column to where they are sealed; returns of how many rows.

    ``emptied`` is what stands in the column afterwards. Rows about people whose data key does not
    open stay as they are, and the people are set aside.
    """
    moved = 0
    aside: set[uuid.UUID] = set()
    while True:
        try:
            portion = _seal_some(wanted, emptied, aside)
        except DamagedKeyError as error:
            set_aside(error.people, at=now())
            aside |= error.people
            continue
        if not portion:
            return moved
        moved += portion


@transaction.atomic
def _seal_some(wanted: ClearColumn, emptied: str, aside: Collection[uuid.UUID]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"select t.{wanted.pk}, ({wanted.key})::text, {wanted.party}, t.{wanted.column}"
            f" from {wanted.table} t"
            f" where t.{wanted.column} <> '' and t.{wanted.column} <> {emptied}"
            f" and ({wanted.where}) and ({wanted.party} = any(%s::uuid[])) is not true"
            f" order by t.{wanted.pk} limit {_PORTION} for update of t",
            [list(aside)],
        )
        rows = cursor.fetchall()
        for _, key, party, text in rows:
            commit_words(key, {wanted.name: text}, party=party)
        cursor.execute(
            f"update {wanted.table} set {wanted.column} = {emptied} where {wanted.pk} = any(%s)",
            [[row[0] for row in rows]],
        )
    return len(rows)
