from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from factories import MOMENT, make_case, make_user
from pytest_django import DjangoAssertNumQueries

from carrears.evidence import note
from carrears.evidence.models import Entry, VerificationRun, WitnessState
from carrears.evidence.services import record, sequence
from carrears_verify.bundle import read_bundle

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

    with django_assert_num_queries(15):  # six of what waits, one each of his place and notices
        officer.get("/evidence/")


def test_the_bundle_of_a_case_is_handed_out_as_a_file(officer: Client) -> None:
    case = make_case()
    record(
        "case.note",
        subject=case.loan_no,
        payload={"n": 1},
        actor="lin",
        key="k",
        occurred_at=MOMENT,
    )

    answer = officer.post("/case/A-03/bundle/")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="A-03.carrears.zip"'
    assert answer.headers["Cache-Control"] == "no-store, private"
    bundle = read_bundle(answer.content)
    assert [one.told()["kind"] for one in bundle.entries] == ["case.note"]
    told = Entry.objects.get(kind="bundle.made")
    assert (told.actor, told.subject) == ("compliance_officer", "A-03")


def test_a_case_without_entries_has_no_bundle_and_says_so(officer: Client) -> None:
    make_case()

    page = officer.post("/case/A-03/bundle/", follow=True).content.decode()

    assert "日志中还没有关于该合同的条目" in page
    assert not Entry.objects.filter(kind="bundle.made").exists()


def test_only_who_may_hand_it_out_sees_the_button(officer: Client, sign_in: Any) -> None:
    user = make_user(role="team_lead")
    make_case(assignee=user)

    assert 'href="/case/A-03/bundle/"' in officer.get("/case/A-03/").content.decode()
    assert "/case/A-03/bundle/" not in sign_in(user).get("/case/A-03/").content.decode()


def test_witnesses_are_shown_with_what_they_say(
    officer: Client, settings: Any, tmp_path: Path
) -> None:
    fill(3)
    keys = [
        note.generate_signer(f"w{n}.example", note.KeyKind.COSIGNATURE).verifier() for n in range(3)
    ]
    lines = [f"witness w{n} {key} http://127.0.0.1:9" for n, key in enumerate(keys)]
    policy = tmp_path / "policy"
    policy.write_text("\n".join([*lines, "group q 2 w0 w1 w2", "quorum q", ""]), encoding="utf-8")
    settings.WITNESS_POLICY = str(policy)
    states = {"size": 2, "cosigned_at": MOMENT, "url": ""}
    WitnessState.objects.create(vkey=str(keys[0]), name="w0", **states)
    WitnessState.objects.create(
        vkey=str(keys[1]), name="w1", refusal="forked", error="bad proof", failures=3, **states
    )

    page = officer.get("/evidence/")

    rows = page.context["page"].witnesses
    assert [(row.name, row.state, row.size) for row in rows] == [
        ("w0", "cosigned", 2),
        ("w1", "forked", 2),
        ("w2", "waiting", 0),
    ]
    assert page.context["page"].vouched == 0
    assert "拒绝：历史不一致" in page.content.decode()

    policy.write_text("quorum q\n", encoding="utf-8")
    assert "line 1: q is not defined" in officer.get("/evidence/").content.decode()
