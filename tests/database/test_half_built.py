"""An index that a killed upgrade left is built anew by the next one, whether or not it is whole."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection

from carrears.casework.models import Case
from carrears.database.migrations import migrate_when_behind, upgrade_before
from carrears.database.phases import Fit, fit

pytestmark = pytest.mark.django_db(transaction=True)
_DONE = "casework.0037_desk_by_index"


def _forget() -> None:
    with connection.cursor() as cursor:
        app, _, name = _DONE.partition(".")
        cursor.execute("delete from django_migrations where app = %s and name = %s", [app, name])


def _is_whole() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select indisvalid from pg_index where indexrelid = 'case_desk'::regclass")
        return bool(cursor.fetchone()[0])


def test_killed_before_it_was_noted() -> None:
    _forget()

    assert migrate_when_behind()

    assert fit() == Fit()
    assert _is_whole()


def test_killed_as_it_was_built() -> None:
    _forget()
    with connection.cursor() as cursor:
        cursor.execute("drop index case_desk")
        cursor.execute("create table built_for (number int)")
        cursor.execute("insert into built_for values (1), (1)")
        with pytest.raises(IntegrityError):  # it leaves what cannot be used, as a kill does
            cursor.execute("create unique index concurrently case_desk on built_for (number)")
    try:
        assert not _is_whole()

        assert upgrade_before(patience=0) == [_DONE]

        assert fit() == Fit()
        assert _is_whole()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop table built_for")
    assert "case_desk" in {one.name for one in Case._meta.indexes}
