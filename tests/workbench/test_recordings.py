"""The addresses to which browsers hand in what they record."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user
from pytest_django import Settings
from recordings.sending import Tape

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.evidence.models import Entry, Position
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt
from carrears.recordings.models import Chunk, Kind, Recording
from carrears.recordings.services import Sent

pytestmark = pytest.mark.django_db
NOW_MS = 1_800_000_000_000


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def client(sign_in: Any, me: User, case: Case) -> Client:  # noqa: ARG001  his case
    client: Client = sign_in(me)
    return client


@pytest.fixture
def attempt(case: Case, me: User) -> Attempt:
    assert case.party is not None
    return book_call(case, party=case.party, key="call-1", by=me)


def post(client: Client, address: str, told: Any) -> Any:
    return client.post(f"/recordings/{address}/", json.dumps(told), content_type="application/json")


def begin(client: Client, tape: Tape, **changes: Any) -> Any:
    told = {
        "token": str(tape.token),
        "kind": tape.kind,
        "loan_no": "A-03",
        "page": "case",
        "started_at": NOW_MS,
    }
    return post(client, "begin", told | changes)


def send(
    client: Client, tape: Tape, sent: Sent, *, frame: bytes | None = None, end: str = ""
) -> Any:
    headers = {"X-Previous": sent.previous.hex(), "X-Sha256": sent.sha256.hex()}
    return client.post(
        f"/recordings/{tape.token}/chunks/{sent.seq}/",
        sent.frame if frame is None else frame,
        content_type="application/octet-stream",
        headers=headers | ({"X-End": end} if end else {}),
    )


def test_a_screen_is_begun_sent_and_ended(client: Client) -> None:
    tape = Tape()
    assert begin(client, tape).json()["wanted"] == 0
    first, last = tape.add("first"), tape.add("last")
    answer = send(client, tape, first)
    assert answer.json() == {"wanted": 1, "head": tape.links[0].hex(), "state": "open"}
    assert send(client, tape, last, end="left").json()["state"] == "ended"

    again = post(
        client, f"{tape.token}/end", {"count": 2, "head": tape.head.hex(), "reason": "left"}
    )
    assert again.json() == {"wanted": 2, "head": tape.head.hex(), "state": "ended"}
    kinds = ["recording.started", "recording.ended"]
    assert list(Entry.objects.order_by("pk").values_list("kind", flat=True)) == kinds
    assert Position.objects.count() == 2  # sealed at once


def test_what_is_too_long_is_refused_for_good(client: Client, settings: Settings) -> None:
    settings.RECORDING_MB = 0
    tape = Tape()
    begin(client, tape)

    answer = send(client, tape, tape.add("more"))

    assert (answer.status_code, answer.json()["refused"]) == (413, "too_long")


def test_the_answer_says_what_is_wanted(client: Client) -> None:
    tape = Tape()
    first, second = tape.add("first"), tape.add("second")
    unknown = send(client, tape, first)
    assert (unknown.status_code, unknown.json()["refused"]) == (404, "unknown")
    begin(client, tape)
    gap = send(client, tape, second)
    assert gap.status_code == 409
    assert gap.json() == {
        "refused": "out_of_place",
        "wanted": 0,
        "head": first.previous.hex(),
    }
    altered = send(client, tape, first, frame=first.frame + b"!")
    assert (altered.status_code, altered.json()["refused"]) == (422, "not_as_told")
    assert Entry.objects.filter(kind="recording.conflict").count() == 1
    assert not Chunk.objects.exists()


def test_a_call_is_recorded_or_the_reason_why_not_is_kept(client: Client, attempt: Attempt) -> None:
    tape, denied = Tape(kind=Kind.AUDIO), Tape(kind=Kind.AUDIO)
    refused = begin(client, denied, attempt=attempt.pk, refused="denied")
    assert refused.json()["state"] == "refused"
    assert begin(client, tape, attempt=attempt.pk, mime="audio/webm;codecs=opus").status_code == 200
    assert set(attempt.recordings.values_list("state", flat=True)) == {"open", "refused"}
    assert Recording.objects.get(pk=tape.token).mime == "audio/webm;codecs=opus"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token": "x"}, 422),
        ({"token": 7}, 422),
        ({"started_at": "soon"}, 422),
        ({"started_at": 1e300}, 422),
        ({"kind": "audio"}, 422),
        ({"kind": "audio", "attempt": 10**9}, 404),
        ({"kind": "audio", "mime": "text/html", "attempt": 10**9}, 404),
        ({"loan_no": "unknown"}, 404),
        ({"page": "dashboard"}, 403),
    ],
)
def test_what_is_no_beginning_is_refused(
    client: Client, changes: dict[str, Any], status: int
) -> None:
    assert begin(client, Tape(), **changes).status_code == status
    assert not Recording.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_refused(client: Client, body: bytes) -> None:
    answer = client.post("/recordings/begin/", body, content_type="application/json")
    assert answer.status_code == 422


def test_strangers_and_others_are_kept_out(client: Client, sign_in: Any) -> None:
    tape = Tape()
    begin(client, tape)
    sent = tape.add("x")
    thief = sign_in(make_user(role="collector", username="thief"))
    assert send(thief, tape, sent).status_code == 404
    assert begin(thief, Tape()).status_code == 404  # no case of his
    assert send(sign_in(make_user()), tape, sent).status_code == 403
    stranger = Client()
    assert send(stranger, tape, sent).status_code == 302
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(make_user(role="team_lead"))
    assert begin(guarded, Tape()).status_code == 403


def test_whose_screens_are_recorded_is_set(client: Client, settings: Any) -> None:
    settings.RECORD_SCREEN_ROLES = ("team_lead",)
    assert begin(client, Tape()).status_code == 403
    settings.RECORD_SCREEN_ROLES = ("collector",)
    assert begin(client, Tape()).status_code == 200


def test_calls_are_not_recorded_where_that_is_off(
    client: Client, settings: Any, attempt: Attempt
) -> None:
    settings.RECORD_CALLS = "off"
    assert begin(client, Tape(kind=Kind.AUDIO), attempt=attempt.pk).status_code == 403


def test_a_hash_is_a_hash(client: Client) -> None:
    tape = Tape()
    begin(client, tape)
    sent = tape.add("x")
    address = f"/recordings/{tape.token}/chunks/0/"
    for headers in ({}, {"X-Previous": "0" * 64, "X-Sha256": sent.sha256.hex().upper()}):
        answer = client.post(
            address, sent.frame, content_type="application/octet-stream", headers=headers
        )
        assert answer.status_code == 422
    assert post(client, f"{tape.token}/end", {"count": True}).status_code == 422
    assert post(client, f"{uuid.uuid4()}/end", {"count": 0, "head": "0" * 64}).status_code == 404
