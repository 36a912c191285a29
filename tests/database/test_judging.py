"""What the old release cannot live with is found, and what it can live with is not."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, models
from django.db.migrations import Migration, RunPython, RunSQL, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from carrears.database.judging import objections
from carrears.database.phases import SkippedReleaseError, first_half, runs_after

pytestmark = pytest.mark.django_db


def _state() -> ProjectState:
    state = ProjectState()
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("loan_no", models.CharField(max_length=20)),
        ("note", models.TextField(help_text="old")),
    ]
    operations.CreateModel("case", fields).state_forwards("casework", state)
    return state


def _judged(*steps: Operation, **more: Any) -> list[str]:
    members = {"operations": list(steps), **more}
    made = type("Migration", (Migration,), members)("0099_some", "casework")
    return objections(made, _state())


_INDEX = models.Index(fields=["loan_no"], name="by_loan")
_UNIQUE = models.UniqueConstraint(fields=["loan_no"], name="one_loan")


@pytest.mark.parametrize(
    "step",
    [
        operations.DeleteModel("case"),
        operations.RemoveField("case", "note"),
        operations.RenameField("case", "note", "text"),
        operations.RenameModel("case", "file"),
        operations.AlterModelTable("case", "other"),
        operations.AddField("case", "rank", models.IntegerField(default=0)),
        operations.AddField("case", "rank", models.IntegerField(null=True, db_index=True)),
        operations.AlterField("case", "note", models.CharField(max_length=9)),
        operations.AlterField("case", "note", models.TextField(null=True)),
        operations.AddConstraint("case", _UNIQUE),
        operations.AddIndex("case", _INDEX),
        RunSQL("alter table casework_case alter column note set not null"),
        RunSQL(["create unique index x on casework_case (note)"]),
        RunSQL("DROP TABLE casework_case"),
        RunSQL("alter table casework_case alter column note type varchar(9)"),
        RunSQL("alter table casework_case add constraint c check (id > 0)"),
        RunSQL("update casework_case set note = loan_no"),
        RunPython(RunPython.noop),
        operations.SeparateDatabaseAndState(
            database_operations=[operations.RemoveField("case", "note")]
        ),
    ],
    ids=lambda step: step.describe(),
)
def test_what_the_old_release_cannot_live_with(step: Operation) -> None:
    found = _judged(step)

    assert len(found) == 1
    assert found[0].startswith(step.describe())


@pytest.mark.parametrize(
    "step",
    [
        operations.CreateModel("line", [("id", models.BigAutoField(primary_key=True))]),
        operations.AddField("case", "rank", models.IntegerField(null=True)),
        operations.AddField("case", "rank", models.IntegerField(db_default=0)),
        operations.AlterField("case", "note", models.TextField(help_text="new")),
        AddIndexConcurrently("case", _INDEX),
        RunSQL("create index concurrently x on casework_case (note)"),
        RunSQL("alter table casework_case add constraint c check (id > 0) not valid"),
        RunSQL("create function f() returns trigger as $$\nupdate casework_case set id = 1;\n$$;"),
    ],
    ids=lambda step: step.describe(),
)
def test_what_it_can_live_with(step: Operation) -> None:
    assert _judged(step) == []


def test_nobody_knows_a_table_that_the_migration_makes() -> None:
    make = operations.CreateModel("line", [("id", models.BigAutoField(primary_key=True))])
    add = operations.AddField("line", "rank", models.IntegerField(default=0))

    assert _judged(make, add) == []


def test_code_beside_the_transaction_and_what_was_looked_at_are_let_through() -> None:
    assert _judged(RunPython(RunPython.noop), atomic=False) == []
    assert _judged(RunSQL("drop table nobody"), lived_with="made by no release") == []


def _released() -> set[str]:
    listed = resources.files("carrears.database").joinpath("released.txt").read_text()
    return {line for line in listed.splitlines() if line and not line.startswith("#")}


def test_the_migrations_of_this_house_can_be_judged() -> None:
    """All that there are until the first release: it finds those that would have to wait."""
    loader = MigrationLoader(connection)
    released = _released()
    found: dict[str, list[str]] = {}
    state = ProjectState()
    for key in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        migration = loader.graph.nodes[key]
        if not migration.__module__.startswith("carrears.") or runs_after(migration.name):
            state = migration.mutate_state(state, preserve=False)
            continue
        found[".".join(key)] = objections(migration, state)

    assert found["casework.0001_initial"] == []
    assert found["casework.0006_fewer_indexes"]
    assert found["casework.0031_whose_line"] == []
    if released:
        assert {name: said for name, said in found.items() if said and name not in released} == {}


def test_a_half_that_builds_on_the_other_tells_of_a_skipped_release() -> None:
    def made(name: str, *builds_on: str) -> Migration:
        one = Migration(name, "casework")
        one.dependencies = [("casework", other) for other in builds_on]
        return one

    add, drop = made("0010_more"), made("0011_after_less", "0010_more")
    assert first_half([add, drop]) == [add]
    with pytest.raises(SkippedReleaseError, match=r"casework\.0012_next .*0011_after_less"):
        first_half([add, drop, made("0012_next", "0011_after_less")])


def test_no_first_half_of_this_release_builds_on_its_second() -> None:
    """Else nobody could come to it in two halves, from whichever release."""
    loader, released = MigrationLoader(connection), _released()
    order = loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True)
    nodes = [loader.graph.nodes[key] for key in order if ".".join(key) not in released]
    ours = [one for one in nodes if one.__module__.startswith("carrears.")]

    assert first_half(ours) == [one for one in ours if not runs_after(one.name)]
