"""Which migrations run before the new release starts, and which after the last old process ended.

As procrastinate does it for its own: the name says it. ``0010_after_drop_old_column`` runs after,
all others before, while the old release works on. So that an old process sees from the name of a
migration which it does not know whether it can live with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.apps import apps
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

UNFINISHED_RESTORE = "restore_unfinished"
_AFTER = re.compile(r"\d{4}_(after|post)_")


def runs_after(name: str) -> bool:
    """Whether a migration of this name waits until no process of the old release is left."""
    return _AFTER.match(name) is not None


@dataclass(frozen=True, slots=True)
class Fit:
    """How this release and the database stand to each other, by names of migrations.

    ``before`` is what this release cannot work without, ``after`` what is due once the old one has
    ended, ``beyond`` what was done to the database that this release cannot live with;
    ``is_unfinished`` that a backup was being put back into it.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    is_unfinished: bool = False


def fit() -> Fit:
    """Ask the database what was done to it, and hold that against this release."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    known = set(shipped())
    ours = {config.label for config in apps.get_app_configs()}
    # Reading some hundred migrations takes a second, and names suffice where nothing is missing.
    plan = [] if known <= applied else pending(MigrationLoader(connection))
    with connection.cursor() as cursor:
        cursor.execute("select to_regclass(%s) is not null", [UNFINISHED_RESTORE])
        (is_unfinished,) = cursor.fetchone()
    return Fit(
        before=_names(key for key in plan if not runs_after(key[1])),
        after=_names(key for key in plan if runs_after(key[1])),
        beyond=_names(key for key in applied - known if key[0] in ours and runs_after(key[1])),
        is_unfinished=is_unfinished,
    )


def shipped() -> Iterator[tuple[str, str]]:
    """The names of this release's migrations, without reading them."""
    for config in apps.get_app_configs():
        package, _ = MigrationLoader.migrations_module(config.label)
        if package is None or find_spec(package) is None:
            continue
        for module in iter_modules(import_module(package).__path__):
            if not module.ispkg and module.name[0] not in "_~":
                yield config.label, module.name


def pending(loader: MigrationLoader) -> list[tuple[str, str]]:
    """What was not done yet, in an order in which it can be."""
    done = set(loader.applied_migrations)
    order: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        for key in loader.graph.forwards_plan(leaf):
            if key not in done:
                order.setdefault(key)
    return list(order)


def first_half(migrations: Iterable[Migration]) -> list[Migration]:
    """Those of a plan that run before.

    Raises:
        SkippedReleaseError: one of them builds on one that runs after: of a release between.
    """
    held: set[tuple[str, str]] = set()
    chosen = []
    for one in migrations:
        key = (one.app_label, one.name)
        waits_for = held & {(app, name) for app, name in one.dependencies}
        if runs_after(one.name):
            held.add(key)
        elif waits_for:
            raise SkippedReleaseError(_names([key])[0], _names(waits_for)[0])
        else:
            chosen.append(one)
    return chosen


class SkippedReleaseError(RuntimeError):
    """An upgrade over more than one release cannot be done beside the old one."""

    def __init__(self, name: str, waits_for: str) -> None:
        super().__init__(
            f"{name} builds on {waits_for}, which runs after an upgrade that was not ended or was"
            " skipped. Where that release runs, run its `carrears upgrade --after`; else upgrade"
            " to the release between first, or stop everything and run `carrears migrate`"
        )


def _names(keys: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(".".join(key) for key in keys))
