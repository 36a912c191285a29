"""The screen of a case's files, and the same over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from factories import make_case, make_user
from vault.storing_for_tests import store_words
from vault.streams import FIRST, content_of

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.vault.models import LegalHold, Opening, StoredObject

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("case")]
URL = "/case/A-03/files/"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="he")


@pytest.fixture
def client(sign_in: Any, officer: User) -> Client:
    client: Client = sign_in(officer)
    return client


@pytest.fixture
def case() -> Case:
    return make_case()


def read(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def opened(client: Client, stored: StoredObject, **told: str) -> str:
    answer = client.post(f"{URL}{stored.token}/open/", {"why": "quality", "note": ""} | told)
    return str(answer.headers["Location"])


def test_a_photo_is_added_listed_opened_and_read(client: Client) -> None:
    sent = SimpleUploadedFile("车辆 <b>.png", PNG, "image/png")
    answer = client.post(f"{URL}add/", {"kind": "photo", "file": sent}, follow=True)
    assert "已存入文件库" in answer.content.decode()
    [row] = answer.context["page"].files
    assert (row.kind, row.name, row.size) == ("photo", "车辆 <b>.png", len(PNG))
    assert "<b>.png" not in answer.content.decode()

    page = client.get(opened(client, StoredObject.objects.get()))
    assert page.context["page"].shown_as == "image"
    content = client.get(f"{page.request['PATH_INFO']}content/")
    assert read(content) == PNG
    assert content.headers["Cache-Control"] == "no-store, private"
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert content.headers["Content-Disposition"].startswith("inline;")
    assert content.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    told = Entry.objects.get(kind="vault.opened")
    assert (told.actor, json.loads(told.payload)["why"]) == ("he", "quality")
    assert [one.by for one in client.get(URL).context["page"].files[0].opened] == ["he"]


def test_who_sent_a_file_is_kept_and_told(client: Client) -> None:
    sent = SimpleUploadedFile("协议.pdf", b"%PDF-1.7 words", "application/pdf")
    client.post(f"{URL}add/", {"kind": "contract", "origin": "debtor", "file": sent})
    stored = StoredObject.objects.get()
    assert (stored.kind, stored.origin, stored.retained_by != "") == ("contract", "debtor", True)
    told = json.loads(Entry.objects.get(kind="vault.stored").payload)
    assert (told["what"], told["origin"]) == ("contract", "debtor")
    assert "由债务人提交" in client.get(URL).content.decode()
    wrong = {"kind": "contract", "origin": "thief", "file": sent}
    assert client.post(f"{URL}add/", wrong).status_code == 422


def test_nobody_alters_whose_a_file_was(case: Case) -> None:
    stored = store_words(case, origin="debtor")
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredObject.objects.filter(pk=stored.pk).update(origin="house")


def test_the_panel_of_documents_opens_none_without_a_reason(client: Client, case: Case) -> None:
    stored = store_words(case, kind="contract", media_type="application/pdf", at=now())
    store_words(case, kind="letter", media_type="application/pdf", at=now())
    panel = client.get("/case/A-03/documents/?paper=contract&since=2026-01-01")
    assert [row.token for row in panel.context["panel"].rows] == [str(stored.token)]
    assert f'action="{URL}{stored.token}/open/"' in panel.content.decode()
    nothing = client.get("/case/A-03/documents/?until=2001-01-01")
    assert "没有这样的文件" in nothing.content.decode()
    page = client.get("/case/A-03/").content.decode()
    assert 'hx-get="/case/A-03/documents/"' in page
    assert str(stored.token) not in page  # they come in when they are looked at


def test_a_page_of_documents_leads_to_the_older_ones(client: Client, case: Case) -> None:
    for _ in range(21):
        store_words(case, at=now())
    first = client.get("/case/A-03/documents/?since=2026-01-01").context["panel"]
    assert (len(first.rows), first.more_url) == (
        20,
        "/case/A-03/documents/?since=2026-01-01&from=20",
    )
    older = client.get(first.more_url)
    assert (len(older.context["panel"].rows), older.context["panel"].more_url) == (1, "")
    assert "documents-kind" not in older.content.decode()


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        (f"bytes={FIRST - 2}-{FIRST + 1}", 206, FIRST - 2, FIRST + 2),
        ("bytes=-7", 206, FIRST + 93, FIRST + 100),
        ("bytes=5-4", 200, 0, FIRST + 100),
        ("", 200, 0, FIRST + 100),
    ],
)
def test_a_player_gets_the_part_that_it_asks_for(  # noqa: PLR0917  as pytest gives them
    client: Client, case: Case, asked: str, status: int, start: int, end: int
) -> None:
    content = content_of(FIRST + 100)
    stored = store_words(case, content, at=now())
    headers = {"Range": asked} if asked else {}
    answer = client.get(f"{opened(client, stored)}content/", headers=headers)
    assert (answer.status_code, read(answer)) == (status, content[start:end])
    assert answer.headers["Content-Length"] == str(end - start)
    assert answer.headers.get("Content-Range") == (
        f"bytes {start}-{end - 1}/{len(content)}" if status == 206 else None
    )


def test_beyond_the_end_there_is_nothing(client: Client, case: Case) -> None:
    answer = client.get(
        f"{opened(client, store_words(case, at=now()))}content/", headers={"Range": "bytes=5-"}
    )
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */5")


def test_nothing_opens_without_a_reason(client: Client, case: Case) -> None:
    stored = store_words(case, at=now())
    for told in ({"why": ""}, {"why": "other"}, {"why": "nosy"}):
        assert opened(client, stored, **told) == URL
    assert not Opening.objects.exists()


def test_a_ticket_is_its_owner_s_alone_and_runs_out(
    client: Client, case: Case, sign_in: Any, settings: Any
) -> None:
    stored = store_words(case, at=now())
    url = opened(client, stored)
    another = sign_in(make_user(role="team_lead", username="zhou"))
    assert another.get(f"{url}content/").status_code == 404
    other = store_words(case, at=now())
    assert client.get(url.replace(str(stored.token), str(other.token))).status_code == 404
    swapped = f"{url}content/".replace(str(stored.token), str(other.token))
    assert client.get(swapped).status_code == 403
    settings.VAULT_OPEN_MINUTES = 0
    late = opened(client, stored)
    assert client.get(f"{late}content/").status_code == 403
    assert client.get(late).headers["Location"] == URL


def test_an_altered_file_is_not_given_out(client: Client, case: Case, settings: Any) -> None:
    url = opened(client, store_words(case, at=now()))
    [file] = [path for path in Path(settings.VAULT_DIR).rglob("objects/*/*") if path.is_file()]
    file.write_bytes(file.read_bytes()[:-1] + bytes([file.read_bytes()[-1] ^ 1]))
    assert client.get(f"{url}content/").status_code == 503


@pytest.mark.parametrize(
    ("name", "content", "declared", "kind"),
    [
        ("a.png", b"<script>alert(1)</script>", "image/png", "photo"),
        ("a.html", b"<html>", "text/html", "document"),
        ("a.png", PNG, "image/jpeg", "photo"),
        ("a.png", PNG, "image/png", "audio"),
        ("a.pdf", b"%PDF-1.7 /JavaScript (app.alert(1))", "application/pdf", "document"),
        ("a.pdf", b"%PDF-1.7", "application/pdf", "photo"),
        ("a.json", b"{}", "application/json", "screen"),
    ],
)
def test_what_may_run_or_lies_is_refused(
    client: Client, name: str, content: bytes, declared: str, kind: str
) -> None:
    sent = SimpleUploadedFile(name, content, declared)
    answer = client.post(f"{URL}add/", {"kind": kind, "file": sent})
    assert answer.status_code == 422
    assert not StoredObject.objects.exists()


def test_what_is_too_large_is_refused(client: Client, settings: Any) -> None:
    settings.VAULT_UPLOAD_MB = 1
    sent = SimpleUploadedFile("a.png", PNG + bytes(1 << 20), "image/png")
    assert client.post(f"{URL}add/", {"kind": "photo", "file": sent}).status_code == 422
    assert not StoredObject.objects.exists()


def test_a_collector_opens_documents_of_his_cases_and_no_recordings(
    case: Case, sign_in: Any
) -> None:
    me = make_user(role="collector")
    client = sign_in(me)
    photo, call = (store_words(case, kind=kind, at=now()) for kind in ("photo", "audio"))
    assert client.get(URL).status_code == 404
    Case.objects.update(assignee=me)
    assert {one.kind: one.may_open for one in client.get(URL).context["page"].files} == {
        "photo": True, "audio": False,
    }  # fmt: skip
    assert client.post(f"{URL}{call.token}/open/", {"why": "casework"}).status_code == 403
    assert client.post(f"{URL}keep/", {"why": "other", "note": "x"}).status_code == 403
    assert str(photo.token) in opened(client, photo, why="casework")


def test_a_hold_is_lifted_by_two(client: Client, case: Case, sign_in: Any) -> None:
    stored = store_words(case, at=now())
    told = {"why": "litigation", "note": "(2026) 浙01民初1号", "token": str(stored.token)}
    client.post(f"{URL}keep/", told)
    hold = LegalHold.objects.get()
    assert (hold.stored_id, hold.lifted_at) == (stored.pk, None)
    client.post(f"{URL}keep/{hold.pk}/ask/", {"reason": "判决已生效"})
    client.post(f"{URL}keep/{hold.pk}/agree/")
    hold.refresh_from_db()
    assert hold.lifted_at is None
    second = sign_in(make_user(role="compliance_officer", username="second"))
    [row] = second.get(URL).context["page"].files[0].holds
    assert (row.note, row.asked_by, row.ask_note, row.may_decide) == (
        "(2026) 浙01民初1号", "he", "判决已生效", True,
    )  # fmt: skip
    second.post(f"{URL}keep/{hold.pk}/agree/")
    hold.refresh_from_db()
    assert hold.lifted_by_id is not None
    assert second.get(URL).context["page"].files[0].holds == ()


def test_the_same_over_the_api(client: Client, case: Case, officer: User) -> None:
    bearer = {"Authorization": f"Bearer {issue_token(officer, name='t')}"}
    url = f"/api/cases/{case.pk}/files"
    sent = SimpleUploadedFile("a.png", PNG, "image/png")
    added = client.post(url, {"kind": "photo", "file": sent}, headers=bearer)
    assert added.status_code == 201
    [listed] = client.get(url, headers=bearer).json()
    assert listed == added.json()
    assert "name" not in listed
    file = f"{url}/{listed['id']}"
    told: dict[str, Any] = {"content_type": "application/json", "headers": bearer}
    assert client.post(f"{file}/open", {"why": "other"}, **told).status_code == 409
    opening = client.post(f"{file}/open", {"why": "authority"}, **told).json()["opening"]
    content = f"{file}/openings/{opening}/content"
    answer = client.get(content, headers=bearer | {"Range": "bytes=1-3"})
    assert (answer.status_code, read(answer)) == (206, b"PNG")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    html = SimpleUploadedFile("a.html", b"<html>", "text/html")
    assert client.post(url, {"kind": "photo", "file": html}, headers=bearer).status_code == 415
    assert client.get(content).status_code == 401
