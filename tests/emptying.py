"""A test that commits cleans up after itself: past the triggers that keep evidence, and soon.

To truncate 150 tables costs half a second, as each gets new files; to delete the few rows that a
test leaves costs none. What stood there before all tests, as permissions and roles, is put back;
the signals of a migration, which work it out anew, take as long again. The locks wait for whoever
still writes, as truncating does.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from carrears.access import walls

# Django does not manage the tables of background jobs.
_JOBS = ["jobs", "events", "periodic_defers", "workers"]


def rows_standing() -> dict[str, bytes]:
    """What the tables hold that are not empty, as PostgreSQL copies it."""
    with connection.cursor() as cursor:
        found = {}
        for name in _tables():
            with cursor.copy(f"copy {name} to stdout") as copy:
                found[name] = b"".join(copy)
    return {name: rows for name, rows in found.items() if rows}


def walls_standing() -> Mapping[str, tuple[str, str]]:
    """How the walls of each table stand, in short."""
    with connection.cursor() as cursor:
        return walls._stand(cursor)


def put_back_walls(standing: Mapping[str, tuple[str, str]]) -> None:
    """Have the walls stand as they did: a test that commits may have taken some down."""
    if walls_standing() != standing:
        walls.ensure_walls()


def put_back(standing: Mapping[str, bytes]) -> None:
    """Have the tables hold ``standing``, and nothing else."""
    tables = _tables()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"lock table {', '.join(tables)} in access exclusive mode")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("; ".join(f"delete from {name}" for name in tables))  # noqa: S608  names
        for name, rows in standing.items():
            with cursor.copy(f"copy {name} from stdin") as copy:
                copy.write(rows)
        cursor.execute("set local session_replication_role = origin")
    ContentType.objects.clear_cache()


def _tables() -> list[str]:
    named = connection.introspection.django_table_names(only_existing=True, include_views=False)
    named += [f"procrastinate_{name}" for name in _JOBS]
    return [connection.ops.quote_name(name) for name in dict.fromkeys(named)]
