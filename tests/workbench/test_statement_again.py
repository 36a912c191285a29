"""A statement of which only the record was kept is listed, worked out again, and compared."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.dayrun.statement_paper import hand_out_statement
from carrears.documents.listing import Wanted, documents_of
from carrears.evidence.models import Entry
from carrears.vault.models import StoredObject
from carrears.vault.reading import read_content, read_name

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("case_book")]
MADE = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def client(client: Client, me: User) -> Client:
    client.force_login(me)
    return client


def hand_out(borrower: str = "赵*一") -> tuple[bytes, Entry]:
    """A statement as it was handed out before the vault kept them, and its record."""
    pdf = hand_out_statement(
        "A-03", as_of=MADE.date().replace(day=1), known_on=None, language="zh", borrower=borrower,
        by="lead", key="k", at=MADE,
    )  # fmt: skip
    return pdf, Entry.objects.get(kind="loan.statement")


def again(client: Client, entry: Entry) -> str:
    """What is said of it."""
    answer = client.post(f"/case/A-03/statement/{entry.pk}/again/")
    assert answer.headers["Location"] == "/case/A-03/files/"
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def test_the_record_is_listed_with_its_day_hash_and_who(case: Case, client: Client) -> None:
    pdf, entry = hand_out()
    officer = make_user(role="compliance_officer")
    [listed] = documents_of(officer, [case], Wanted(kind="statement")).rows
    assert (listed.place, listed.token, listed.name, listed.by, listed.at, listed.hash) == (
        "statement", str(entry.pk), "2026-07-01 · 中文", "lead", MADE,
        hashlib.sha256(pdf).hexdigest(),
    )  # fmt: skip
    assert documents_of(officer, [case], Wanted(kind="letter")).rows == ()
    page = client.get("/case/A-03/documents/").content.decode()
    assert f"/case/A-03/statement/{entry.pk}/again/" in page


@pytest.mark.parametrize("borrower", ["赵试一", "赵*一"])
def test_what_is_the_same_byte_for_byte_is_kept_and_opens(
    case: Case, client: Client, me: User, borrower: str
) -> None:
    pdf, entry = hand_out(borrower)
    assert "逐字节一致" in again(client, entry)
    kept = StoredObject.objects.get()
    assert b"".join(read_content(kept)) == pdf
    assert (read_name(kept), kept.created_by) == (
        "statement-A-03-2026-07-01-zh-made-2026-07-02.pdf", me,
    )  # fmt: skip
    [listed] = documents_of(me, [case], Wanted(kind="statement")).rows
    assert (listed.place, listed.token) == ("vault", str(kept.token))
    again(client, entry)
    assert StoredObject.objects.count() == 1
    told = [json.loads(one.payload) for one in Entry.objects.filter(kind="loan.statement_again")]
    assert [one["agrees"] for one in told] == [True, True]


@pytest.mark.usefixtures("case")
def test_what_is_another_by_now_is_said_and_not_kept(client: Client) -> None:
    _, entry = hand_out("somebody else")
    said = again(client, entry)
    assert json.loads(entry.payload)["sha256"][:12] in said
    assert "与当时不同" in said
    assert not StoredObject.objects.exists()
    told = json.loads(Entry.objects.get(kind="loan.statement_again").payload)
    assert (told["agrees"], told["entry"]) == (False, entry.key)


def test_only_who_may_see_the_case_has_it_made_and_no_agency_sees_it(
    case: Case, client: Client
) -> None:
    _, entry = hand_out()
    address = f"/case/A-03/statement/{entry.pk}/again/"
    client.force_login(make_user(username="other", role="collector"))
    assert client.post(address).status_code == 404
    client.force_login(make_user(username="agent", role="agency_user"))
    assert client.post(address).status_code in {403, 404}
    assert not Entry.objects.filter(kind="loan.statement_again").exists()
    assert client.get(address).status_code in {404, 405}
    assert case.loan_no == "A-03"
