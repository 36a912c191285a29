"""One list of everything on paper: files, letters, signatures, recordings, bundles."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from access.outsiders import go_abroad
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import MOMENT, make_case, make_user
from pytest_django import DjangoAssertNumQueries
from recordings.sending import Tape, begin
from vault.storing_for_tests import store_words

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.access.services import issue_token
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.clock import now
from carrears.documents.listing import Document, Wanted, documents_of
from carrears.evidence.models import Entry
from carrears.evidence.services import record as write_entry
from carrears.outreach.models import VisitStep
from carrears.outreach.visit_steps import Picture, keep_step
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import VisitOrder, order_visit
from carrears.recordings.models import Recording
from carrears.recordings.services import append
from carrears.vault.models import StoredObject
from carrears.vault.uploading import take_upload

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="he")


@pytest.fixture
def case() -> Case:
    return make_case()


def stored(case: Case, kind: str, *, days: int = 0, **more: Any) -> StoredObject:
    pdf = {"media_type": "application/pdf", "at": MOMENT - timedelta(days=days)}
    return store_words(case, kind.encode(), kind=kind, **pdf | more)


def bundle_made(case: Case) -> None:
    told = {"sha256": "ab" * 32, "entries": 3, "size": 900, "files": 1}
    write_entry(
        "bundle.made", subject=case.loan_no, key="bundle:1", actor="he", occurred_at=MOMENT,
        payload=told,
    )  # fmt: skip


def record(case: Case, by: User, *, at: datetime) -> Recording:
    tape = Tape()
    begin(tape, case, by, at=at)
    return append(tape.token, tape.add("words"), by=by, at=at)


def listed(user: User, case: Case, **wanted: Any) -> list[Document]:
    return list(documents_of(user, [case], Wanted(**wanted)).rows)


def kinds(user: User, case: Case, **wanted: Any) -> list[str]:
    return [one.kind for one in listed(user, case, **wanted)]


def test_every_document_is_in_one_list_the_newest_first(case: Case, officer: User) -> None:
    for days, kind in enumerate(("contract", "letter", "statement", "document"), 1):
        stored(case, kind, days=days)
    bundle_made(case)
    record(case, officer, at=MOMENT - timedelta(hours=1))

    assert kinds(officer, case) == [
        "bundle", "screen", "contract", "letter", "statement", "document",
    ]  # fmt: skip
    one = listed(officer, case, kind="contract")[0]
    known = StoredObject.objects.get(kind="contract")
    assert (one.place, one.token, one.size, one.hash, one.may_open) == (
        "vault", str(known.token), len(b"contract"), bytes(known.sha256 or b"").hex(), True,
    )  # fmt: skip
    made = listed(officer, case, kind="bundle")[0]
    assert (made.by, made.size, made.hash, made.token) == ("he", 900, "ab" * 32, "ab" * 32)


def test_a_recording_is_one_document_whatever_it_has_in_the_vault(
    case: Case, officer: User
) -> None:
    recording = record(case, officer, at=MOMENT)
    begin(Tape(), case, officer, at=MOMENT)  # nothing was recorded yet
    store_words(case, media_type="application/vnd.carrears.recording", kind="screen")

    [one] = listed(officer, case)

    assert (one.place, one.token, one.by) == ("recording", str(recording.token), str(officer))


def test_the_signature_of_a_visit_is_no_photo(officer: User) -> None:
    today = access_day(now())
    case = make_case(as_of=today, opened_on=today - timedelta(days=60), dpd=60)
    li, wang = (make_user(role="collector", username=name) for name in ("li", "wang"))
    start = datetime.combine(today + timedelta(days=1), time(10), tzinfo=ZONE)
    visit = order_visit(
        VisitOrder(
            key="v-1", case=case, party=case.party, from_at=start,  # type: ignore[arg-type]
            until_at=start + timedelta(hours=2), visitors=(li, wang), by=li,
        ),
        product_of(case),
    )  # fmt: skip
    for kind in ("signature", "photo"):
        more = {"signer": "debtor"} if kind == "signature" else {}
        step = {"id": uuid.uuid4(), "kind": kind, "claimed_at": now()} | more
        picture = Picture(io.BytesIO(PNG), "image/png")
        keep_step(visit, ToldStep.model_validate(step), by=li, picture=picture)
    of = dict(VisitStep.objects.values_list("kind", "stored"))

    assert kinds(officer, case) == ["photo", "signature"]
    assert [one.token for one in listed(officer, case, kind="signature")] == [str(of["signature"])]
    assert [one.token for one in listed(officer, case, kind="photo")] == [str(of["photo"])]


def test_days_include_both_ends_by_the_clock_of_the_house(
    case: Case, officer: User, settings: Any
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    # 15:59 and 16:00 in Greenwich are either side of midnight in Shanghai.
    stored(case, "letter", at=datetime(2026, 6, 30, 15, 59, tzinfo=UTC))
    stored(case, "contract", at=datetime(2026, 6, 30, 16, 0, tzinfo=UTC))
    assert kinds(officer, case, until=date(2026, 6, 30)) == ["letter"]
    assert kinds(officer, case, since=date(2026, 7, 1)) == ["contract"]
    assert kinds(officer, case, since=date(2026, 6, 30), until=date(2026, 7, 1)) == [
        "contract", "letter",
    ]  # fmt: skip
    assert kinds(officer, case, until=date.max) == ["contract", "letter"]


def test_pages_leave_nothing_out_and_say_what_is_left(case: Case, officer: User) -> None:
    for days in range(1, 6):
        stored(case, "document", days=2 * days)
        record(case, officer, at=MOMENT - timedelta(days=2 * days - 1))
    pages = [documents_of(officer, [case], Wanted(offset=at, most=4)) for at in (0, 4, 8)]
    assert [one.more for one in pages] == [True, True, False]
    found = [row for one in pages for row in one.rows]
    assert [row.at for row in found] == [MOMENT - timedelta(days=n) for n in range(1, 11)]


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_asks_as_much_whatever_is_on_it(
    case: Case, officer: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for days in range(rows):
        stored(case, "document", days=days)
        record(case, officer, at=MOMENT - timedelta(days=days))
    bundle_made(case)
    listed(officer, case)  # who he is and where he stands
    with django_assert_num_queries(4):  # the vault, the recordings, the log twice
        assert len(listed(officer, case)) == 2 * rows + 1


def test_what_one_may_not_see_is_not_listed(case: Case, officer: User) -> None:
    stored(case, "contract")
    bundle_made(case)
    record(case, officer, at=MOMENT)
    assert kinds(make_user(role="collector", username="li"), case) == ["contract"]
    assert kinds(make_user(role="operator", username="op"), case) == []


def test_an_agency_sees_what_its_own_people_brought(officer: User) -> None:
    abroad = go_abroad()
    stored(abroad.placed, "contract", actor=officer)
    brought = take_upload(
        io.BytesIO(PNG), kind="photo", case=abroad.placed, name="a.png", declared="image/png",
        by=abroad.user, at=now(), origin="debtor",
    )  # fmt: skip
    assert brought.origin == "agency"
    bundle_made(abroad.placed)
    abroad.user.user_permissions.clear()
    user = User.objects.get(pk=abroad.user.pk)  # with its role alone

    assert [one.token for one in listed(user, abroad.placed)] == [str(brought.token)]
    assert len(listed(officer, abroad.placed)) == 3

    bearer = {"Authorization": f"Bearer {issue_token(user, name='t')}"}
    [row] = Client().get(f"/api/cases/{abroad.placed.pk}/files", headers=bearer).json()
    assert row["id"] == str(brought.token)
    other = StoredObject.objects.get(kind="contract")
    told: dict[str, Any] = {"content_type": "application/json", "headers": bearer}
    url = f"/api/cases/{abroad.placed.pk}/files"
    assert Client().post(f"{url}/{other.pk}/open", {"why": "casework"}, **told).status_code == 404
    assert Client().post(f"{url}/{brought.pk}/open", {"why": "casework"}, **told).status_code == 201
    assert not Entry.objects.filter(kind="vault.opened", payload__contains=str(other.pk)).exists()
    sent = {"kind": "photo", "file": SimpleUploadedFile("b.png", PNG, "image/png")}
    beyond = f"/api/cases/{abroad.other.pk}/files"
    assert Client().post(beyond, sent, headers=bearer).status_code == 404
    assert StoredObject.objects.filter(loan_no=abroad.other.loan_no).count() == 0


def test_the_list_over_the_api(case: Case, officer: User) -> None:
    stored(case, "contract", origin="debtor")
    stored(case, "letter", days=400)
    bearer = {"Authorization": f"Bearer {issue_token(officer, name='t')}"}
    url = f"/api/cases/{case.pk}/documents"
    told = Client().get(f"{url}?since=2026-01-01", headers=bearer).json()
    [row] = told["rows"]
    assert (row["kind"], row["origin"], row["place"], told["more"]) == (
        "contract", "debtor", "vault", False,
    )  # fmt: skip
    assert Client().get(f"{url}?limit=1", headers=bearer).json()["more"] is True
    assert Client().get(f"{url}?kind=novel", headers=bearer).status_code == 422
    assert Client().get(url).status_code == 401
    poor = make_user(role="strategy_manager", username="poor")
    bearer = {"Authorization": f"Bearer {issue_token(poor, name='t')}"}
    assert Client().get(url, headers=bearer).status_code == 403
