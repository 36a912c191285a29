"""Whether the old release can live with a migration that runs while it works on.

Each objection names the operation and what would happen to a process of the old release, or to
whoever waits behind a lock. What it objects to goes into a migration that runs after
(``database.phases``), or is written so that nobody notices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db import connection, models
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

_IS_GONE = "the old release still asks for what is gone"
_IS_STRICTER = "what the old release writes may be refused"
_LOCKS = "nobody can write meanwhile: use the operation that does it concurrently"
_IS_FILLED = "the old release goes on writing rows without it, and locks last: fill it after"
_PLAIN: dict[type[Operation], str] = {
    operations.DeleteModel: _IS_GONE,
    operations.RemoveField: _IS_GONE,
    operations.RenameField: _IS_GONE,
    operations.RenameModel: _IS_GONE,
    operations.AlterModelTable: _IS_GONE,
    operations.AddConstraint: _IS_STRICTER,
    operations.RemoveConstraint: "the old release may count on it, as in ON CONFLICT",
    operations.AlterUniqueTogether: _IS_STRICTER,
    operations.AddIndex: _LOCKS,
    operations.RemoveIndex: _LOCKS,
}
# Of statements that a migration gives itself: what takes away, narrows, or locks for long.
_WORDS = re.compile(
    r"\b(drop\s+(?!policy|trigger|function)|rename\s|truncate\s|lock\s+table|set\s+not\s+null"
    r"|alter\s+column\s+\S+\s+(set\s+data\s+)?type|add\s+constraint(?!.*not\s+valid)"
    r"|create\s+(unique\s+)?index\s+(?!concurrently)|reindex\s+(?!.*concurrently)|cluster\s"
    r"|vacuum\s+full)",
    re.IGNORECASE,
)

# A statement that fills what is there; not one in the body of a function.
_FILLS = re.compile(r"^\s*update\s+\w+", re.IGNORECASE | re.MULTILINE)
_BODIES = re.compile(r"\$(\w*)\$.*?\$\1\$", re.DOTALL)


def objections(migration: Migration, state: ProjectState) -> list[str]:
    """What the old release cannot live with; empty when it can with all.

    A migration whose text cannot be judged, and was looked at, says in ``lived_with`` why.

    Args:
        migration: one that runs before.
        state: the models before it; it is moved on to those after it.
    """
    made: set[str] = set()
    found: list[str] = []
    for step in migration.operations:
        if _table_of(step) not in made:
            found += [f"{step.describe()}: {why}" for why in _of(step, migration, state)]
        if isinstance(step, operations.CreateModel):
            made.add(step.name_lower)
        step.state_forwards(migration.app_label, state)
    return [] if getattr(migration, "lived_with", "") else found


def _table_of(step: Operation) -> str:
    """Whose table it changes; one that the same migration made nobody knows yet."""
    named = getattr(step, "model_name", None) or getattr(step, "name", None) or ""
    return str(named).lower()


def _of(step: Operation, migration: Migration, state: ProjectState) -> Iterator[str]:
    if type(step) in _PLAIN:
        yield _PLAIN[type(step)]
    elif isinstance(step, operations.SeparateDatabaseAndState):
        for one in step.database_operations:
            yield from _of(one, migration, state)
    elif isinstance(step, operations.RunSQL):
        yield from _of_sql(step)
    elif isinstance(step, operations.RunPython) and migration.atomic:
        yield "code that runs in the migration's transaction keeps its locks: atomic = False"
    elif isinstance(step, operations.AddField):
        yield from _of_column(step.field)
    elif isinstance(step, operations.AlterField):
        yield from _of_change(step, migration.app_label, state)


def _of_column(field: Any) -> Iterator[str]:
    if isinstance(field, models.ManyToManyField):
        return
    has_default = getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
    if not field.null and not has_default and not getattr(field, "generated", False):
        yield "the old release gives it no value: null=True or db_default"
    if field.unique or field.db_index:
        yield "its index is built while nobody can write: add that concurrently"


def _of_change(step: operations.AlterField, app_label: str, state: ProjectState) -> Iterator[str]:
    after = state.clone()
    step.state_forwards(app_label, after)
    old, new = (
        one.apps.get_model(app_label, step.model_name)._meta.get_field(step.name)  # noqa: SLF001
        for one in (state, after)
    )
    editor: Any
    with connection.schema_editor(collect_sql=True) as editor:
        if editor._field_should_be_altered(old, new):  # noqa: SLF001  as Django's own operation
            yield "the column changes under the old release"


def _of_sql(step: operations.RunSQL) -> Iterator[str]:
    texts = [step.sql] if isinstance(step.sql, str) else [str(one) for one in step.sql]
    for found in _WORDS.finditer(" ".join(texts)):
        yield f"“{' '.join(found[0].split())}” takes away, narrows or locks"
    if _FILLS.search(_BODIES.sub("", ";\n".join(texts))):
        yield _IS_FILLED
