"""A visitor's page for a phone: its shell, the day in clear for those who go, and what is told."""

from __future__ import annotations

import io
import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from access.outsiders import go_abroad
from django.test import Client
from factories import make_case, make_user
from workbench.documents import Document

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.models import FieldVisit, VisitStep
from carrears.parties.models import Unmasking
from carrears.vault.models import StoredObject

pytestmark = pytest.mark.django_db
TODAY = "/visits/today/"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def me() -> User:
    return make_user(role="collector", username="li")


@pytest.fixture
def colleague() -> User:
    return make_user(role="collector", username="wang")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def visit(sign_in: Any, case: Case, me: User, colleague: User) -> FieldVisit:
    """On the day that the book has reached, where it is ten in the morning."""
    client: Client = sign_in(me)
    told = {
        "key": "k1",
        "party": str(case.party_id),
        "day": "2026-06-30",
        "from_time": "10:00",
        "until_time": "12:00",
        "first": me.pk,
        "second": colleague.pk,
    }
    assert client.post("/case/A-03/visit/", told).status_code == 302
    return FieldVisit.objects.get()


def told(kind: str, **more: Any) -> str:
    step = {"id": str(uuid.uuid4()), "kind": kind, "claimed_at": now().isoformat()}
    return json.dumps(step | more)


def day(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{TODAY}data/").json()
    return found


def fresh(client: Client) -> Client:
    """Signed in just now, as by the form."""
    session = client.session
    session["carrears_began"] = now().timestamp()
    session.save()
    return client


def test_the_page_itself_is_of_nobody(sign_in: Any, visit: FieldVisit, me: User) -> None:
    answer = fresh(sign_in(me)).get(TODAY)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "geolocation=(self)" in answer.headers["Permissions-Policy"]
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    for personal in ("赵试一", visit.case.loan_no):
        assert personal not in page
    other = fresh(sign_in(me)).get("/visits/")
    assert "geolocation=()" in other.headers["Permissions-Policy"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_is_in_one_language_without_anything_inline(
    sign_in: Any, me: User, language: str
) -> None:
    answer = fresh(sign_in(me, language=language)).get(TODAY)
    document = Document()
    document.feed(answer.content.decode())
    assert document.forbidden == []
    assert len(document.ids) == len(set(document.ids))
    words = " ".join([*document.words, *answer.context["words"].values()])
    foreign = r"[\u4e00-\u9fff]" if language == "en" else r"[A-Za-z]{3,} [a-z]{2,}"
    assert re.findall(foreign, words.replace("Carrears", "")) == []


def test_the_visit_shows_what_came_in_and_what_did_not_fit(
    sign_in: Any, visit: FieldVisit, me: User
) -> None:
    client = fresh(sign_in(me))
    there = f"{TODAY}{visit.pk}/"
    client.post(f"/visits/{visit.pk}/call-off/", {"why": "asked"})
    step = told("result", code="will_pay", note="他在家")
    answer = client.post(there, {"told": step})
    assert answer.json()["standing"] == "conflict"
    early = told("check_in", position={"lat": 31, "lon": 121, "accuracy_m": 12.4})
    client.post(there, {"told": early})
    shown = client.get(f"/visits/{visit.pk}/").content.decode()
    assert re.findall(r'data-told="(\w+)"', shown) == ["result", "check_in"]
    assert "与现况不符" in client.get("/visits/?day=2026-06-30").content.decode()
    for words in ("与现况不符", "他在家", "位置误差 12 米内"):
        assert words in shown


def test_both_of_the_two_see_where_they_go_and_that_is_kept(
    sign_in: Any, visit: FieldVisit, me: User, colleague: User
) -> None:
    for user, kinds in ((me, ["address"]), (colleague, ["address", "name"])):
        client = fresh(sign_in(user))
        for _ in range(2):
            [shown] = day(client)["visits"]
        assert (shown["name"], shown["window"], shown["state"]) == (
            "赵试一", "10:00–12:00", "ordered",
        )  # fmt: skip
        assert shown["address"]
        seen = Unmasking.objects.filter(by=user, reason="visit")
        assert sorted(seen.values_list("kind", flat=True)) == kinds
    assert Entry.objects.filter(kind="person.revealed", subject="A-03").count() == 3
    assert visit.pk == shown["id"]
    assert day(fresh(sign_in(make_user(role="team_lead"))))["visits"] == []


def test_without_a_fresh_proof_the_address_stays_masked(
    sign_in: Any, visit: FieldVisit, me: User
) -> None:
    client = sign_in(me)
    session = client.session
    session["carrears_began"] = now().timestamp() - 2400  # a session, and no proof any more
    session["account_authentication_methods"] = []
    session.save()
    [shown] = day(client)["visits"]
    assert (shown["id"], shown["locked"], shown["address"], shown["name"]) == (
        visit.pk, True, "", "",
    )  # fmt: skip
    assert not Unmasking.objects.exists()
    assert client.get(TODAY).status_code == 302


def test_steps_come_in_with_pictures(sign_in: Any, visit: FieldVisit, colleague: User) -> None:
    client = fresh(sign_in(colleague))
    there = f"{TODAY}{visit.pk}/"
    arrived = client.post(there, {"told": told("check_in", no_position="denied")})
    assert arrived.json() == {"standing": "kept", "why": "", "late": False}
    sent = {"told": told("photo"), "file": io.BytesIO(PNG)}
    assert client.post(there, sent).json()["standing"] == "kept"
    assert [one.media_type for one in StoredObject.objects.all()] == ["image/png"]
    assert [one["kind"] for one in day(client)["visits"][0]["steps"]] == ["check_in", "photo"]
    assert day(client)["visits"][0]["state"] == "there"


@pytest.mark.parametrize(
    ("step", "file", "why"),
    [
        ('{"kind": "dance"}', None, "invalid"),
        (told("photo"), None, "invalid"),
        (told("photo"), b"<svg/>", "picture"),
    ],
)
def test_what_is_not_taken_is_said_for_good(
    sign_in: Any, visit: FieldVisit, step: str, file: bytes | None, why: str
) -> None:
    sent: dict[str, Any] = {"told": step}
    if file is not None:
        sent["file"] = io.BytesIO(file)
    answer = fresh(sign_in(visit.first)).post(f"{TODAY}{visit.pk}/", sent)
    assert (answer.status_code, answer.json()) == (422, {"refused": why})
    assert not VisitStep.objects.exists()


def test_who_does_not_go_tells_nothing(sign_in: Any, visit: FieldVisit) -> None:
    step = {"told": told("check_out")}
    answer = fresh(sign_in(make_user(role="team_lead"))).post(f"{TODAY}{visit.pk}/", step)
    assert answer.json() == {"refused": "not_yours"}
    assert sign_in(make_user(role="auditor")).get(TODAY).status_code == 403
    assert day(sign_in(go_abroad().user))["visits"] == []
    assert Client().get(f"{TODAY}data/").status_code == 302
