from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group

from carrears.access.demo import DEMO_USERS, ensure_demo_users
from carrears.access.models import ApiToken, User
from carrears.access.services import (
    ensure_roles,
    issue_token,
    roles,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_every_role_is_a_group_with_its_permissions() -> None:
    ensure_roles()
    for name, role in roles().items():
        held = {
            f"{p.content_type.app_label}.{p.codename}"
            for p in Group.objects.get(name=name).permissions.select_related("content_type")
        }
        assert held == set(role["permissions"])


def test_demo_users_come_once_each_with_a_role() -> None:
    ensure_roles()
    first, second = ensure_demo_users(at=NOW), ensure_demo_users(at=NOW)
    assert [u.pk for u in first] == [u.pk for u in second]
    assert {u.username: u.groups.get().name for u in first} == {
        name: role for name, (role, _) in DEMO_USERS.items()
    }


def test_the_secret_itself_is_kept_nowhere() -> None:
    secret = issue_token(User.objects.create_user("robot"), name="nightly")
    assert secret.encode() not in bytes(ApiToken.objects.get().secret_hash)
