"""What was promised before there were parts is one part, and stays as it was settled."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection
from django.db.migrations import AddIndex, RemoveIndex
from django.db.migrations.executor import MigrationExecutor
from factories import make_case

pytestmark = pytest.mark.django_db
BEFORE, AFTER = ("casework", "0007_placements"), ("casework", "0008_promises_in_parts")
_OLD = """
insert into casework_promise
  (case_id, amount, due_on, made_on, made_at, paid_before, paid_since, state, settled_on)
values (%s, 500, '2026-07-05', %s, %s, 0, %s, %s, %s)
"""


def migrate(target: tuple[str, str]) -> Any:
    """To ``target``; the models as they were then, which later columns are no part of."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    return MigrationExecutor(connection).migrate([target]).apps


def test_old_promises_have_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    # An index that is built beside its users is none in a test's transaction.
    for beside, within in (
        (AddIndexConcurrently, AddIndex),
        (RemoveIndexConcurrently, RemoveIndex),
    ):
        monkeypatch.setattr(beside, "database_backwards", within.database_backwards)
    old = [
        # made on that day; made in a past book that was played again
        ("2026-06-30", "2026-06-30 02:00+00", 200, "open", None),
        ("2026-06-30", "2026-11-28 02:00+00", 600, "kept", "2026-07-03"),
        ("2026-06-30", "2026-06-30 02:00+00", 200, "broken", "2026-07-06"),
        ("2026-06-30", "2026-06-30 02:00+00", 0, "cancelled", "2026-07-01"),
    ]
    cases = [make_case(loan_no=f"A-{number}", name="") for number in range(len(old))]
    migrate(BEFORE)
    with connection.cursor() as cursor:
        for case, row in zip(cases, old, strict=True):
            cursor.execute(_OLD, [case.pk, *row])
    then = migrate(AFTER)

    found = then.get_model("casework", "Promise").objects.order_by("pk")
    assert [(one.currency, one.book_day, one.slack, one.state) for one in found] == [
        ("CNY", date(2026, 6, 29), 0, "open"),
        ("CNY", date(2026, 6, 30), 0, "kept"),
        ("CNY", date(2026, 6, 29), 0, "broken"),
        ("CNY", date(2026, 6, 29), 0, "cancelled"),
    ]
    parts = [one.parts.get() for one in found]
    assert [(part.amount, part.due_on, part.state, part.met) for part in parts] == [
        (500, date(2026, 7, 5), "open", 200),
        (500, date(2026, 7, 5), "kept", 500),
        (500, date(2026, 7, 5), "broken", 200),
        (500, date(2026, 7, 5), "open", 0),
    ]
    assert found[3].cancelled_for == "closed"
