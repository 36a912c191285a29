"""The lender's own are shown every row by a policy that costs nothing, and no more than rows."""

from __future__ import annotations

from typing import Any

import pytest
from access.outsiders import go_abroad
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from factories import make_user

from carrears.access.middleware import BehindTheWall
from carrears.access.models import User

pytestmark = pytest.mark.django_db


def told(user: User, statement: str) -> list[str]:
    """The lines that this user's request gets."""
    found: list[str] = []

    def view(_: Any) -> HttpResponse:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            found.extend(str(row[0]) for row in cursor.fetchall())
        return HttpResponse()

    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=user.pk)
    BehindTheWall(view)(request)
    return found


def test_each_asks_as_the_role_of_his_side() -> None:
    abroad = go_abroad()
    asked = "select current_user"
    assert told(abroad.user, asked) == [settings.WEB_ROLES["outside"]]
    assert told(make_user(role="team_lead"), asked) == [settings.WEB_ROLES["inside"]]


def test_the_planner_sees_no_condition_for_the_lenders_own() -> None:
    abroad = go_abroad()
    asked = "explain select from casework_plannedaction a join casework_case c on c.id = a.case_id"
    assert "SubPlan" in "\n".join(told(abroad.user, asked))
    inside = "\n".join(told(make_user(role="team_lead"), asked))
    assert "SubPlan" not in inside
    assert "current_setting" not in inside


@pytest.mark.parametrize(
    "statement",
    [
        "alter table casework_case disable row level security",
        "drop policy carrears_wall on casework_case",
        "create table mine (a int)",
        "truncate casework_case",
    ],
)
def test_a_role_of_the_web_changes_no_shape(statement: str) -> None:
    abroad = go_abroad()
    for user in (abroad.user, make_user(role="team_lead")):
        with pytest.raises(DatabaseError):
            told(user, statement)
