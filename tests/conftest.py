"""What every test may use: the shared vectors and tapes where this checkout has them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real tapes and published vectors; a clone without it skips."""
    folder = Path(os.environ.get("CARREARS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no real tapes and vectors at {folder} (set CARREARS_SHARED)")
    return folder


@pytest.fixture(autouse=True, scope="session")
def _emptied_evidence() -> Iterator[None]:
    """A test that commits may clean up after itself, past the triggers that keep evidence."""
    tables = ("entry", "queuedentry", "position", "storedtile", "storedcheckpoint")
    sql_flush = DatabaseOperations.sql_flush
    # Django does not manage the tables of background jobs, and so would leave them filled.
    jobs = "truncate procrastinate_jobs, procrastinate_workers cascade"

    def flush(*args: Any, **options: Any) -> list[str]:
        switch = "alter table if exists evidence_{} {} trigger user"
        off, on = ([switch.format(name, how) for name in tables] for how in ("disable", "enable"))
        statements: list[str] = sql_flush(*args, **options)
        return [*off, *statements, *on, jobs] if statements else []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", flush)
        yield
