"""Recordings on the timeline, on their page, and played: for a reason, which is kept."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from factories import MOMENT, make_case, make_user
from recordings.sending import Tape, begin

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.parties.erasing import erase_person
from carrears.recordings import services
from carrears.recordings.archiving import archive_closed
from carrears.recordings.models import Kind, Playback, Recording
from carrears.recordings.queries import drawn
from carrears.signin.sessions import BEGAN
from carrears.vault.destruction import destroy_expired
from carrears.vault.models import StoredObject
from carrears.vault.places import store_in_use

pytestmark = pytest.mark.django_db
REASON = {"why": "complaint", "note": "投诉称辱骂"}


@pytest.fixture(autouse=True)
def _vault(settings: Any, tmp_path: Path) -> None:
    """Every test here has a vault of its own."""
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def tape(case: Case, me: User) -> Tape:
    """The sound of a call, of two seconds."""
    assert case.party is not None
    attempt = book_call(case, party=case.party, key="call-1", by=me)
    made = Tape(kind=Kind.AUDIO)
    begin(made, case, me, attempt=attempt)
    for text, peaks in (("one", b"\x00\xff"), ("two", b"\x80\x10")):
        services.append(made.token, made.add(text, peaks=peaks), by=me, at=MOMENT)
    services.finish(made.token, count=2, head=made.head, reason="stopped", by=me, at=MOMENT)
    return made


@pytest.fixture
def lead(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="team_lead"))
    return client


def test_a_call_stands_on_the_timeline_with_its_waveform(
    sign_in: Any, me: User, lead: Client, tape: Tape
) -> None:
    text = lead.get("/case/A-03/").content.decode()
    assert f'href="/recordings/{tape.token}/"' in text
    assert "通话录音 0:02" in text
    assert text.count("M30.0 15.5V16.5M90.0 1.0V31.0") == 1
    his = sign_in(me).get("/case/A-03/").content.decode()
    assert "通话录音 0:02" in his
    assert f"/recordings/{tape.token}/" not in his  # he may not open it


def test_a_call_that_could_not_be_recorded_says_why(case: Case, me: User, lead: Client) -> None:
    assert case.party is not None
    attempt = book_call(case, party=case.party, key="call-1", by=me)
    told = services.Beginning(
        token=Tape().token, kind=Kind.AUDIO, case=case, started_at=MOMENT, attempt=attempt
    )
    services.refuse(told, reason="denied", by=me, at=MOMENT)
    assert "未获准使用麦克风" in lead.get("/case/A-03/").content.decode()


def test_a_recording_is_played_for_a_reason_that_is_kept(lead: Client, tape: Tape) -> None:
    address = f"/recordings/{tape.token}/"
    assert lead.get(f"{address}read/").status_code == 403  # no reason given yet
    assert lead.post(address, {"why": "complaint", "note": " "}).status_code == 422
    assert lead.post(address, {"why": "curiosity", "note": "x"}).status_code == 422
    assert not Playback.objects.exists()

    assert lead.post(address, REASON).status_code == 302
    page = lead.get(address)
    assert "style-src 'self' 'unsafe-inline'" in page.headers["Content-Security-Policy"]
    assert "data-sound" in page.content.decode()
    read = lead.get(f"{address}read/")
    assert b"".join(read.streaming_content) == b"onetwo"
    entry = Entry.objects.get(kind="recording.played")
    assert (entry.subject, entry.actor) == ("A-03", "team_lead")
    assert json.loads(entry.payload)["why"] == "complaint"
    assert "辱骂" not in entry.payload
    assert "投诉称辱骂" in page.content.decode()


def test_what_is_in_the_vault_is_played_from_there(lead: Client, tape: Tape) -> None:
    address = f"/recordings/{tape.token}/"
    assert "录制结束后移入保管库" in lead.get(address).content.decode()
    [part] = archive_closed(at=MOMENT).parts
    lead.post(address, REASON)
    assert b"".join(lead.get(f"{address}read/").streaming_content) == b"onetwo"
    page = lead.get(address).content.decode()
    assert part.stored is not None
    assert part.stored.address in page
    assert "2031" in page
    assert Entry.objects.filter(kind="recording.played").count() == 1

    for stored in StoredObject.objects.all():
        store_in_use().remove(stored.address)
    assert lead.get(f"{address}read/").status_code == 410


def test_what_was_destroyed_in_time_says_so(lead: Client, tape: Tape) -> None:
    archive_closed(at=MOMENT)
    late = MOMENT + timedelta(days=366 * 6)
    assert len(destroy_expired(at=late, by=None, active_days=lambda *_: {}).destroyed) == 1
    page = lead.get(f"/recordings/{tape.token}/").content.decode()
    assert "保存期限已满" in page
    assert 'name="note"' not in page


def test_a_recording_is_no_file_to_be_opened(lead: Client, tape: Tape) -> None:
    [part] = archive_closed(at=MOMENT).parts
    page = lead.get("/case/A-03/files/").content.decode()
    assert f'href="/recordings/{tape.token}/"' in page
    assert f"/case/A-03/files/{part.stored_id}/open" not in page
    opened = lead.post(f"/case/A-03/files/{part.stored_id}/open/", {"why": "quality"})
    assert opened.status_code == 403


def test_playing_asks_who_one_is_after_a_while(lead: Client, tape: Tape, settings: Any) -> None:
    session = lead.session
    session[BEGAN] = time.time() - settings.STEP_UP_MINUTES * 60 - 1
    session.save()
    address = f"/recordings/{tape.token}/"
    answer = lead.post(address, REASON)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert not Playback.objects.exists()
    assert lead.get(f"{address}read/").status_code == 403


def test_a_reason_lasts_half_an_hour(lead: Client, tape: Tape) -> None:
    address = f"/recordings/{tape.token}/"
    lead.post(address, REASON)
    session = lead.session
    session["recordings_played"] = {str(tape.token): 0}
    session.save()
    assert lead.get(f"{address}read/").status_code == 403


def test_who_may_not_is_kept_out(sign_in: Any, me: User, tape: Tape) -> None:
    his = sign_in(me)
    for address in ("/case/A-03/recordings/", f"/recordings/{tape.token}/"):
        assert his.get(address).status_code == 403
    assert his.post(f"/recordings/{tape.token}/", REASON).status_code == 403
    assert his.get(f"/recordings/{tape.token}/read/").status_code == 403
    assert Client().get(f"/recordings/{tape.token}/read/").status_code == 302
    assert not Playback.objects.exists()


def test_a_screen_in_clear_takes_more_than_a_masked_one(
    sign_in: Any, case: Case, me: User, lead: Client
) -> None:
    made = Tape()
    told = services.Beginning(
        token=made.token, kind=Kind.SCREEN, case=case, started_at=MOMENT, masked=False
    )
    services.begin(told, by=me, at=MOMENT)
    services.append(made.token, made.add('{"type":4}\n'), by=me, at=MOMENT)
    address = f"/recordings/{made.token}/"

    assert lead.post(address, REASON).status_code == 403
    officer = sign_in(make_user(role="compliance_officer"))
    assert officer.post(address, REASON).status_code == 302
    assert b"".join(officer.get(f"{address}read/").streaming_content) == b'{"type":4}\n'


def test_the_list_has_all_of_a_loan(lead: Client, tape: Tape, case: Case, me: User) -> None:
    begin(Tape(), case, me)
    text = lead.get("/case/A-03/recordings/").content.decode()
    assert text.count("data-recording=") == 2
    assert "录制中" in text
    assert f"/recordings/{tape.token}/" in text


def test_of_an_erased_person_nothing_is_played(lead: Client, tape: Tape, case: Case) -> None:
    assert case.party is not None
    address = f"/recordings/{tape.token}/"
    lead.post(address, REASON)
    erase_person(case.party, by=None, at=MOMENT)
    assert lead.get(f"{address}read/").status_code == 410
    assert "其录音录屏随之不可打开" in lead.get(address).content.decode()


def test_what_was_altered_is_not_played(lead: Client, tape: Tape) -> None:
    lead.post(f"/recordings/{tape.token}/", REASON)
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update recordings_chunk set sealed = set_byte(sealed, 30, 0)")
        cursor.execute("set local session_replication_role = origin")
    assert lead.get(f"/recordings/{tape.token}/read/").status_code == 410


def test_a_waveform_is_drawn_in_so_many_bars() -> None:
    assert drawn(b"\x01\x02", bars=4) == (1, 2)
    assert drawn(bytes([1, 9, 3, 4, 5, 6]), bars=3) == (9, 4, 6)
    assert Recording.objects.count() == 0


def test_the_mark_says_that_the_page_is_recorded(
    sign_in: Any, me: User, case: Case, settings: Any
) -> None:
    client = sign_in(me)
    shown = client.get("/case/A-03/").content.decode()
    assert 'data-recorder data-loan="A-03" data-page="case"' in shown
    settings.RECORD_SCREEN_CLEAR = True
    assert "data-clear" in client.get("/case/A-03/").content.decode()
    settings.RECORD_SCREEN_ROLES = ()
    assert "data-recorder" not in client.get("/case/A-03/").content.decode()
    assert case.loan_no == "A-03"
