"""An empty database gets the whole schema at once, and it is what the migrations come to."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from homes import Home

from carrears.backups.dumping import shipped_tool
from carrears.database.schema import lay_down

_DONE = "select app, name from django_migrations order by 1, 2"


def _told(home: Home) -> list[str]:
    """The schema; PostgreSQL spells the choices of a check in another way once it was dumped."""
    home.run("upgrade", "--before")  # has the server running
    with home.connect() as connection:
        told = subprocess.run(
            [
                shipped_tool("pg_dump"),
                *("--schema-only", f"--host={connection.info.host}", "--username=postgres"),
                connection.info.dbname,
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    return [
        re.sub(r"::[a-z ]+(\[\])?|[()]", "", line) if "ARRAY[" in line else line
        for line in told.splitlines()
        if not line.startswith("\\")
    ]


@pytest.mark.slow
def test_it_is_what_the_migrations_come_to(migrated_home: Home, tmp_path: Path) -> None:
    at_once = migrated_home.copy_to(tmp_path / "at-once")
    one_by_one = Home(tmp_path / "one-by-one")
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--settings=carrears.settings"],
        env=one_by_one.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert _told(at_once) == _told(one_by_one)
    with at_once.connect() as left, one_by_one.connect() as right:
        done = left.execute(_DONE).fetchall()
        assert done == right.execute(_DONE).fetchall()
        assert len(done) > 200


@pytest.mark.django_db
def test_a_database_that_holds_anything_is_migrated_as_ever() -> None:
    assert not lay_down()
