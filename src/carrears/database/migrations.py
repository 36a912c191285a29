"""Bring the database to the newest migration, once, whoever comes first."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from carrears.database.fitness import expect_fit

_LOCK = 0x6361_7272  # "carr"


def migrate_when_behind() -> bool:
    """Migrate if a migration is missing; tells whether it did. Safe in several processes.

    Raises:
        UnfitDatabaseError: the database or its user lacks what Carrears needs.
    """
    if not _behind():
        return False
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [_LOCK])
        try:
            if _behind():
                expect_fit()
                call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
    return True


def _behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
