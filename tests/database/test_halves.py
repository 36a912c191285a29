"""A database of before some migrations comes to the newest, in two halves or at once."""

from __future__ import annotations

import pytest
from django.db import connection

from carrears.database.migrations import migrate_when_behind, upgrade_after, upgrade_before
from carrears.database.phases import Fit, fit

pytestmark = pytest.mark.django_db
_FIRST = [
    "outreach.0031_letter_broken",
    "outreach.0032_visit_words_struck_out",
    "outreach.0033_visit_called_off_for_a_promise",
]
_SECOND = "outreach.0030_after_visit_by_both"
_CHECK = "visit_joined_by_the_other"


def _forget(*names: str) -> None:
    """As a database of before them has it; what the first three did may be done again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from django_migrations where app || '.' || name = any(%s)", [list(names)]
        )
        if _SECOND in names:
            cursor.execute(f"alter table outreach_fieldvisit drop constraint {_CHECK}")


def _is_checked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select from pg_constraint where conname = %s", [_CHECK])
        return cursor.fetchone() is not None


def test_in_two_halves_over_a_second_half_that_is_still_to_come() -> None:
    _forget(*_FIRST, _SECOND)

    assert upgrade_before(patience=0) == _FIRST
    assert fit() == Fit(after=(_SECOND,))
    assert not _is_checked()

    assert upgrade_after(patience=0) == [_SECOND]
    assert fit() == Fit()
    assert _is_checked()


def test_at_once() -> None:
    _forget(*_FIRST, _SECOND)

    assert migrate_when_behind()

    assert fit() == Fit()
    assert _is_checked()


def test_one_that_followed_a_release_in_the_making() -> None:
    """It has the second half, and not what has come to stand before that one since."""
    _forget(*_FIRST)

    assert migrate_when_behind()

    assert fit() == Fit()
