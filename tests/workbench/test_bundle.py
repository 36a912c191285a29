"""The bundles of a case on the screen: what they hold is told before, and who may have them."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user
from homes import run_jobs
from vault.storing_for_tests import store_words

from carrears.access.models import User
from carrears.bundles.models import PreparedBundle, PreparedState
from carrears.bundles.preparing import drop_expired, prepare
from carrears.bundles.veil import VeiledFile
from carrears.casework.models import Case
from carrears.evidence.models import Entry
from carrears.evidence.services import sequence
from carrears.vault.models import StoredObject
from carrears.vault.places import store_in_use
from carrears.vault.streaming import StreamAlteredError
from carrears_verify.bundle import read_bundle
from carrears_verify.verdict import verify_bundle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("case")]
URL = "/case/A-03/bundle/"
ASKED = {"with": "files", "why": "dispute", "note": ""}
WORDS = b"what was said" * 5000


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.VAULT_DIR, settings.CARREARS_HOME = tmp_path / "vault", tmp_path
    return tmp_path


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


@pytest.fixture
def stored(case: Case) -> StoredObject:
    made = store_words(case, WORDS)
    sequence()
    return made


def asked(client: Client) -> PreparedBundle:
    assert client.post(URL, ASKED).headers["Location"] == URL
    return PreparedBundle.objects.get()


def fetched(client: Client, bundle: PreparedBundle) -> bytes:
    answer: Any = client.get(f"{URL}{bundle.pk}/")
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)
    assert answer.headers["Content-Length"] == str(len(data))
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="A-03.carrears.zip"'
    return data


def test_number_and_size_are_told_before(client: Client, stored: StoredObject) -> None:
    page = client.get(URL)
    told = page.context["page"]
    assert (told.files, told.size, told.too_large, told.rows) == (1, stored.size, False, ())
    assert "63.5 KB" in page.content.decode()
    assert not Entry.objects.filter(kind="vault.opened").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("stored")
def test_a_bundle_is_prepared_with_its_files_and_proves_them(client: Client, home: Path) -> None:
    bundle = asked(client)
    waits = client.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in waits
    assert "等待中" in waits

    run_jobs()

    page = client.get(URL)
    [row] = page.context["page"].rows
    assert (row.state, row.files, row.unreadable, page.context["page"].waits) == (
        "ready", 1, 0, False,
    )  # fmt: skip
    assert "every 2s" not in page.content.decode()
    data = fetched(client, bundle)
    assert hashlib.sha256(data).hexdigest() == row.sha256
    (home / "b.zip").write_bytes(data)
    found = verify_bundle(read_bundle(home / "b.zip"), policy=None, roots=b"")
    assert [one for one in found if one.kind == "bad"] == []
    [sealed] = (home / ".bundles").iterdir()
    assert WORDS[:100] not in sealed.read_bytes()
    assert data[:30] not in sealed.read_bytes()
    assert sealed.stat().st_mode & 0o077 == 0


def test_each_step_is_evidence(client: Client, stored: StoredObject) -> None:
    bundle = asked(client)
    prepare(bundle.pk)
    fetched(client, bundle)

    kinds = ("bundle.asked", "vault.opened", "bundle.made", "bundle.fetched")
    told = {one.kind: one for one in Entry.objects.filter(kind__in=kinds)}
    assert set(told) == set(kinds)
    assert {one.actor for one in told.values()} == {"he"}
    assert json.loads(told["bundle.asked"].payload) == {
        "bundle": str(bundle.pk), "why": "dispute", "files": 1, "bytes": stored.size,
    }  # fmt: skip
    assert json.loads(told["vault.opened"].payload)["why"] == "dispute"
    made, got = (json.loads(told[kind].payload) for kind in ("bundle.made", "bundle.fetched"))
    assert (got["sha256"], got["bundle"]) == (made["sha256"], str(bundle.pk))


@pytest.mark.usefixtures("stored")
def test_a_reason_is_needed_and_another_one_in_words(client: Client) -> None:
    for told in ({"why": ""}, {"why": "nonsense"}, {"why": "other", "note": " "}):
        answer = client.post(URL, ASKED | told)
        assert answer.status_code == 422
    assert not PreparedBundle.objects.exists()
    assert client.post(URL, ASKED | {"why": "other", "note": "法院来函"}).status_code == 302
    prepare(PreparedBundle.objects.get().pk)
    assert "法院来函" not in str(Entry.objects.values_list("payload", flat=True))


@pytest.mark.usefixtures("stored")
def test_more_than_the_setting_lets_through_is_sent_to_the_command(
    client: Client, settings: Any
) -> None:
    settings.BUNDLE_MB = 0
    assert "carrears evidence bundle" in client.get(URL).content.decode()
    answer = client.post(URL, ASKED)
    assert answer.status_code == 422
    assert not PreparedBundle.objects.exists()
    assert client.post(URL).status_code == 200  # without files it is handed out as ever


def test_the_link_ends_and_with_it_key_and_file(
    client: Client, stored: StoredObject, home: Path, settings: Any
) -> None:
    bundle = asked(client)
    prepare(bundle.pk)
    bundle.refresh_from_db()
    assert bundle.until is not None
    assert bundle.ended_at is not None
    assert bundle.until - bundle.ended_at == timedelta(hours=settings.BUNDLE_HOURS)
    assert drop_expired(at=bundle.until - timedelta(seconds=1)) == 0
    over = PreparedBundle.objects.filter(pk=bundle.pk)
    over.update(until=bundle.ended_at)
    answer = client.get(f"{URL}{bundle.pk}/", follow=True)
    assert "请重新准备" in answer.content.decode()
    assert answer.context["page"].rows[0].state == "gone"

    assert drop_expired(at=bundle.until + timedelta(hours=2)) == 1

    bundle.refresh_from_db()
    assert (bundle.state, bundle.key_sealed) == ("gone", None)
    assert list((home / ".bundles").iterdir()) == []
    assert stored.destroyed_at is None


@pytest.mark.usefixtures("stored")
def test_nobody_else_fetches_it_nor_sees_that_it_was_prepared(
    client: Client, sign_in: Any, case: Case
) -> None:
    bundle = asked(client)
    prepare(bundle.pk)
    other = sign_in(make_user(role="compliance_officer", username="she"))
    assert other.get(f"{URL}{bundle.pk}/").status_code == 404
    assert other.get(URL).context["page"].rows == ()
    lead = make_user(role="team_lead")
    Case.objects.filter(pk=case.pk).update(assignee=lead)
    for answer in (sign_in(lead).get(URL), sign_in(lead).post(URL, ASKED)):
        assert answer.status_code == 403


@pytest.mark.usefixtures("stored")
def test_asking_and_fetching_want_a_fresh_confirmation(client: Client, settings: Any) -> None:
    bundle = asked(client)
    prepare(bundle.pk)
    settings.STEP_UP_MINUTES = 0
    for answer in (client.post(URL, ASKED), client.get(f"{URL}{bundle.pk}/")):
        assert answer.status_code == 302
        assert answer.headers["Location"] != URL
    assert PreparedBundle.objects.count() == 1
    assert not Entry.objects.filter(kind="bundle.fetched").exists()


@pytest.mark.usefixtures("stored")
def test_what_goes_wrong_is_told(client: Client, home: Path) -> None:
    bundle = asked(client)
    (home / ".bundles").write_text("no folder can be made here")
    with pytest.raises(OSError, match="bundles"):
        prepare(bundle.pk)
    page = client.get(URL)
    assert [row.state for row in page.context["page"].rows] == ["failed"]
    assert "无法写入" in page.content.decode()
    assert prepare(bundle.pk).state == "failed"  # it is not begun again
    assert "请重新准备" in client.get(f"{URL}{bundle.pk}/", follow=True).content.decode()


@pytest.mark.usefixtures("stored")
def test_a_file_that_was_altered_is_not_handed_out(client: Client, home: Path) -> None:
    bundle = asked(client)
    prepare(bundle.pk)
    [sealed] = (home / ".bundles").iterdir()
    raw = bytearray(sealed.read_bytes())
    raw[len(raw) // 2] ^= 1
    sealed.write_bytes(bytes(raw))
    with pytest.raises(StreamAlteredError):
        fetched(client, bundle)


def test_one_that_was_begun_and_killed_is_begun_again(client: Client, stored: StoredObject) -> None:
    bundle = asked(client)
    PreparedBundle.objects.filter(pk=bundle.pk).update(state=PreparedState.RUNNING, done=7)
    assert prepare(bundle.pk).state == "ready"
    assert prepare(bundle.pk).done == stored.size
    assert Entry.objects.filter(kind="bundle.made").count() == 1


def test_a_file_that_cannot_be_read_is_left_out_and_said_so(
    client: Client, stored: StoredObject
) -> None:
    bundle = asked(client)
    store_in_use().remove(stored.address)
    assert prepare(bundle.pk).unreadable == 1
    page = client.get(URL).content.decode()
    assert "1 个文件无法读取，未收入" in page


def test_a_veiled_file_is_a_file_and_tells_nothing() -> None:
    under, sizes = io.BytesIO(), []
    file = VeiledFile(under, sizes.append)
    clear = io.BytesIO()
    for place, data in ((0, bytes(40)), (40, b"abc" * 11), (7, b"header"), (73, b"end")):
        for each in (file, clear):
            each.seek(place)
            each.write(data)
    file.seek(0)
    assert file.read() == clear.getvalue()
    file.seek(9)
    assert file.read(5) == clear.getvalue()[9:14]
    assert b"header" not in under.getvalue()
    assert sizes == [40, 73, 13, 76]
    first = under.getvalue()
    file.seek(0)
    file.truncate()
    file.write(clear.getvalue())
    assert under.getvalue()[:20] != first[:20]  # under another key
