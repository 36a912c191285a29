"""Bring the database to the newest migration: at once, or in two halves while servers go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DatabaseError, connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import errors

from carrears.database.fitness import UnfitDatabaseError, expect_fit
from carrears.database.phases import Fit, first_half, fit, pending, runs_after
from carrears.database.schema import lay_down

_LOCK = 0x6361_7272  # "carr"
# Whoever waits for a lock on a table has everybody wait who comes after him: so not for long.
_LOCK_SECONDS = 2
_PAUSE = 1.0
_TURN = 0.2
_IN_THE_WAY = (errors.LockNotAvailable, errors.DeadlockDetected)


class UpgradeError(RuntimeError):
    """An upgrade cannot go on now; the message says why."""


def prepare_database() -> bool:
    """Have the database as this release needs it; tells whether anything was migrated.

    What is missing is migrated at once (``CARREARS_MIGRATE_AT_START``), or the command is named
    that does it. What may wait for the end of the old release's processes then waits.

    Raises:
        UnfitDatabaseError: the database is not fit, or this release is too old for it.
    """
    now = fit()
    _expect_workable(now)
    if settings.MIGRATE_AT_START:
        return bool(now.before or now.after) and migrate_when_behind()
    if now.before:
        raise UnfitDatabaseError(
            f"{len(now.before)} migrations are missing, first {now.before[0]}:"
            " run `carrears upgrade --before`"
        )
    return False


def migrate_when_behind() -> bool:
    """Migrate if a migration is missing; tells whether it did. Safe in several processes.

    Raises:
        UnfitDatabaseError: the database or its user lacks what Carrears needs.
    """
    if not _behind():
        return False
    with _alone():
        if _behind():
            expect_fit()
            _migrate()
    return True


def upgrade_before(*, patience: float) -> list[str]:
    """The half that the old release can live with, while it works on; what was done, by name.

    An empty database is brought to the newest migration: nobody works on it yet.

    Args:
        patience: seconds to try for the locks that others hold. Each attempt waits two at most.

    Raises:
        UpgradeError: somebody held a lock for longer.
        SkippedReleaseError: there lies a release between.
        UnfitDatabaseError: the database is not fit, or this release is too old for it.
    """
    _expect_workable(fit())
    with _alone():
        expect_fit()
        plan = _plan()
        if not MigrationExecutor(connection).loader.applied_migrations:
            _migrate()
        else:
            plan = first_half(plan)
            _run(plan, patience=patience, keep_rights=True)
    return _named(plan)


def upgrade_after(*, patience: float, others_may_run: bool = False) -> list[str]:
    """The other half, once no process of the old release is left; what was done, by name.

    Raises:
        UpgradeError: such processes are connected, the first half is missing, or somebody held a
            lock for longer than ``patience`` seconds.
        UnfitDatabaseError: the database is not fit, or this release is too old for it.
    """
    now = fit()
    _expect_workable(now)
    if now.before:
        raise UpgradeError(f"{now.before[0]} is missing: run `carrears upgrade --before` first")
    if (others := other_releases()) and not others_may_run:
        raise UpgradeError(
            f"{sum(others.values())} connections of another release are open"
            f" ({', '.join(sorted(others))}): end its processes first"
        )
    with _alone():
        expect_fit()
        plan = [one for one in _plan() if runs_after(one.name)]
        _run(plan, patience=patience, keep_rights=False)
    return _named(plan)


def other_releases() -> dict[str, int]:
    """How many connections processes of other releases have, by what they call themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select application_name, count(*) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            " and application_name like 'carrears %%' and application_name <> %s group by 1",
            [settings.RELEASE],
        )
        return dict(cursor.fetchall())


def _migrate() -> None:
    """All that is missing, at once.

    Django's own command refuses a database that has a second half and not what has come before it
    since: of a release in the making, whose second halves stay its last.
    """
    lay_down()
    plan = _plan()
    _begin_anew(plan)
    told: dict[str, Any] = {"apps": apps, "plan": [(one, False) for one in plan]}
    emit_pre_migrate_signal(0, False, "default", **told)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes(), plan=told["plan"])
    emit_post_migrate_signal(0, False, "default", **told)


def _expect_workable(now: Fit) -> None:
    if now.is_unfinished:
        raise UnfitDatabaseError(
            "a backup was being put back into this database, and that was not ended:"
            " give `carrears restore` again"
        )
    if now.beyond:
        raise UnfitDatabaseError(
            f"this release is older than the database, to which {now.beyond[0]} was done:"
            " start the newer release, or restore a backup of before"
        )


def _run(plan: Sequence[Migration], *, patience: float, keep_rights: bool) -> None:
    """Each in a transaction of its own, waiting for nobody for long."""
    deadline = time.monotonic() + patience
    _begin_anew(plan)
    emit_pre_migrate_signal(0, False, "default", apps=apps)
    for one in plan:
        _insist(lambda one=one: _apply(one), deadline)
    told = {"apps": apps, "plan": [(one, False) for one in plan], "keep_rights": keep_rights}
    _insist(lambda: emit_post_migrate_signal(0, False, "default", **told), deadline)


def _begin_anew(plan: Sequence[Migration]) -> None:
    """Take away what a killed upgrade left of these: no transaction takes such an index back."""
    built = (step for one in plan for step in one.operations)
    names = [step.index.name for step in built if isinstance(step, AddIndexConcurrently)]
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"drop index concurrently if exists {connection.ops.quote_name(name)}")


def _apply(one: Migration) -> None:
    # An index that is built beside others' work waits for the ends of their transactions.
    seconds = _LOCK_SECONDS if one.atomic else 0
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, false)", [f"{seconds}s"])
    executor = MigrationExecutor(connection)
    node = executor.loader.graph.nodes[one.app_label, one.name]
    executor.migrate([(one.app_label, one.name)], plan=[(node, False)])


def _insist(work: Callable[[], None], deadline: float) -> None:
    while True:
        try:
            work()
        except DatabaseError as error:
            if not isinstance(error.__cause__, _IN_THE_WAY):
                raise
            if time.monotonic() > deadline:
                raise UpgradeError(
                    f"somebody holds a lock for too long: {error}. What was done stays done: give"
                    " the command again, with more --patience or in a quieter hour"
                ) from error
            time.sleep(_PAUSE)
        else:
            return


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time migrates; others wait.

    They ask again and again: a statement that waits has a snapshot, and who builds an index beside
    its users waits for every snapshot to go. The two would wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        while not cursor.fetchone()[0]:
            time.sleep(_TURN)
            cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
            cursor.execute("reset lock_timeout")


def _plan() -> list[Migration]:
    loader = MigrationLoader(connection)
    return [loader.graph.nodes[key] for key in pending(loader)]


def _behind() -> bool:
    return bool(_plan())


def _named(plan: Sequence[Migration]) -> list[str]:
    return [f"{one.app_label}.{one.name}" for one in plan]
