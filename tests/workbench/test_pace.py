"""Who asks without end from within is slowed, and it is evidence; ordinary work costs nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from factories import make_user
from pytest_django import Settings
from signin.doors import told

pytestmark = pytest.mark.django_db


def test_who_asks_too_often_waits_and_it_is_evidence_once(settings: Settings) -> None:
    settings.SCREENS_PER_MINUTE = 20
    client, other = Client(), Client()
    client.force_login(make_user(role="collector", username="lin"))
    other.force_login(make_user(role="collector", username="wei"))
    # A minute may begin in the midst of it: then all is counted anew, once.
    codes = [client.get("/account/").status_code for _ in range(50)]

    assert 429 in codes
    assert codes[:20] == [200] * 20
    assert other.get("/account/").status_code == 200
    slowed = told("access.slowed")
    assert [one["subject"] for one in slowed] == ["lin"]


def test_it_says_how_long_to_wait(settings: Settings) -> None:
    settings.SCREENS_PER_MINUTE = 1
    client = Client()
    client.force_login(make_user(role="collector"))
    answers = [client.get("/account/") for _ in range(4)]
    waits = [int(one.headers["Retry-After"]) for one in answers if one.status_code == 429]
    assert waits
    assert all(1 <= wait <= 60 for wait in waits)


def test_ordinary_work_is_not_counted_in_the_database(settings: Settings) -> None:
    settings.SCREENS_PER_MINUTE = 600
    client = Client()
    client.force_login(make_user(role="collector"))
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/account/").status_code == 200
    assert [one for one in asked.captured_queries if "signin_rate" in one["sql"]] == []
