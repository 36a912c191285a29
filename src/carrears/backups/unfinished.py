"""A copy that was put back and has not proved itself: the database itself says so.

From the transaction that fills it to the end of its proof a table stands there, which no process
works beside (``database.phases``): people who were erased are still in it. It keeps who they are,
as the database that knew is gone.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from carrears.database.phases import UNFINISHED_RESTORE


def begin_restore(known: dict[str, str]) -> None:
    """Say in the transaction that fills a database that there is more to do, and who is erased."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"create table {UNFINISHED_RESTORE} (token text primary key, erased_at text not null)"
        )
        cursor.executemany(
            f"insert into {UNFINISHED_RESTORE} values (%s, %s)",  # noqa: S608  a name of ours
            list(known.items()),
        )


def erased_before(tables: Collection[str]) -> dict[str, str] | None:
    """Who is known to an unfinished restore as erased; None when there is none."""
    if UNFINISHED_RESTORE not in tables:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"select token, erased_at from {UNFINISHED_RESTORE}")  # noqa: S608  see above
        return dict(cursor.fetchall())


def end_restore() -> None:
    """Let the database be worked on."""
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists {UNFINISHED_RESTORE}")
