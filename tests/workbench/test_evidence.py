from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from factories import MOMENT, make_user
from pytest_django import DjangoAssertNumQueries

from carrears.evidence.models import VerificationRun
from carrears.evidence.services import record, sequence

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def fill(entries: int) -> None:
    for number in range(entries):
        record(
            "case.note", subject=f"A-{number}", payload={"n": number}, actor="lin",
            key=f"k{number}", occurred_at=MOMENT,
        )  # fmt: skip
    sequence()


def test_an_empty_log_says_so(officer: Client) -> None:
    page = officer.get("/evidence/").context["page"]

    assert (page.size, page.rows, page.verification, page.checkpoint_at) == (0, (), None, None)


def test_the_newest_entries_come_first_with_the_root_over_all(officer: Client) -> None:
    fill(60)

    page = officer.get("/evidence/").context["page"]

    assert page.size == 60
    assert len(page.root_hash) == 64
    assert [row.number for row in page.rows] == list(range(59, 9, -1))
    assert [r.number for r in officer.get("/evidence/?page=2").context["page"].rows][-1] == 0


def test_a_check_finds_the_log_unaltered_and_is_kept(officer: Client) -> None:
    fill(3)

    officer.post("/evidence/verify/")

    page = officer.get("/evidence/")
    assert page.context["page"].verification.ok
    assert "3" in page.content.decode()
    assert VerificationRun.objects.get().size == 3


def test_a_check_names_the_entry_that_was_altered(officer: Client) -> None:
    fill(5)
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")  # past the triggers
        cursor.execute("update evidence_entry set payload = '{\"n\":9}' where key = 'k2'")
        cursor.execute("set session_replication_role = default")

    answer = officer.post("/evidence/verify/", follow=True)

    assert answer.context["page"].verification.first_bad == 2
    assert "第 2 条记录被改动" in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_entries(
    officer: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(rows)

    with django_assert_num_queries(10):  # two of what waits
        officer.get("/evidence/")
