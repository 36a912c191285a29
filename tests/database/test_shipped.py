"""Names of migrations that are not read, against those that Django reads."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from carrears.database.phases import fit, shipped


def test_names_are_those_that_django_would_read() -> None:
    assert set(shipped()) == set(MigrationLoader(None).disk_migrations)


@pytest.mark.django_db
def test_a_migration_that_was_not_done_is_missing() -> None:
    assert not fit().before
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'casework' and name like '0001%'")
    assert [name for name in fit().before if name.startswith("casework.0001")]


@pytest.mark.django_db
def test_one_that_waits_and_is_of_a_newer_release_is_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into django_migrations (app, name, applied)"
            " values ('casework', '9999_after_drop_all', now())"
        )
    assert fit().beyond == ("casework.9999_after_drop_all",)
