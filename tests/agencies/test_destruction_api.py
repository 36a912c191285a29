"""Stating by program that data is destroyed: a code says who is behind it, a paper goes with it."""

from __future__ import annotations

import functools
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from access.outsiders import open_agency
from agencies.test_contact_logs import Abroad, abroad
from agencies.test_destruction import ended
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import make_user
from signin.doors import code_of

from carrears.access.models import ApiToken, User
from carrears.access.services import issue_token
from carrears.agencies.models import Destruction
from carrears.clock import now
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
__all__ = ["abroad", "ended"]  # fixtures
SECRET = "JBSWY3DPEHPK3PXP"
PATH = "/api/destructions"


@pytest.fixture(autouse=True)
def fresh(db: None, tmp_path: Path, settings: Any) -> None:
    """No code was used yet, and the vault is empty."""
    del db
    settings.VAULT_DIR = tmp_path / "vault"
    cache.clear()


@functools.cache
def _pdf() -> bytes:
    out = io.BytesIO()
    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(200, 200)
    pdf.save(out)  # which writes the moment into it
    return out.getvalue()


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("shredder.pdf", _pdf(), content_type="application/pdf")


def program(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='x')}"})


def post(client: Client, pk: int, *, code: str = "", key: str = "key-00001", **more: Any) -> Any:
    headers = {"Idempotency-Key": key} | ({"One-Time-Code": code} if code else {})
    return client.post(PATH, {"placements": [pk], "method": "both"} | more, headers=headers)


def test_an_old_token_alone_states_nothing(ended: Abroad) -> None:
    client, pk = program(ended.user), ended.placement.pk
    ApiToken.objects.update(created_at=now() - timedelta(minutes=31))
    assert client.get(f"{PATH}/awaited").json()["items"][0]["placement"] == pk
    answer = post(client, pk)
    assert (answer.status_code, "30 minutes" in answer.json()["detail"]) == (403, True)
    assert "insufficient_user_authentication" in answer.headers["WWW-Authenticate"]
    answer = post(client, pk, code="123456")
    assert (answer.status_code, "second factor" in answer.json()["detail"]) == (403, True)
    TOTP.activate(ended.user, SECRET)
    answer = post(client, pk, code="000000")
    assert (answer.status_code, "One-Time-Code" in answer.json()["detail"]) == (403, True)
    assert not Destruction.objects.exists()


def test_a_new_token_is_enough(ended: Abroad) -> None:
    assert post(program(ended.user), ended.placement.pk).status_code == 201
    assert Destruction.objects.count() == 1


def test_with_a_code_and_a_paper_it_is_stated_once(ended: Abroad) -> None:
    TOTP.activate(ended.user, SECRET)
    client, pk = program(ended.user), ended.placement.pk
    answer = post(client, pk, code=code_of(SECRET), paper=paper())
    assert answer.status_code == 201, answer.content
    used = post(client, pk, code=code_of(SECRET), paper=paper())
    assert used.status_code == 403  # a code is good once
    cache.clear()
    again = post(client, pk, code=code_of(SECRET), paper=paper())
    assert (again.status_code, again.json()) == (200, answer.json())
    cache.clear()
    other = post(client, pk, code=code_of(SECRET), key="key-00002")
    assert (other.status_code, "awaited of you" in other.json()["detail"]) == (409, True)
    [one] = client.get(PATH).json()["items"]
    assert (one["placements"], one["has_paper"], one["agency"]) == ([pk], True, "HENGXIN")
    assert client.get(f"{PATH}/awaited").json()["items"] == []
    proof = client.get(f"{PATH}/{one['id']}/certificate", {"language": "en"})
    text = pypdfium2.PdfDocument(proof.content)[0].get_textpage().get_text_range()
    assert "L-1" in text


def test_the_paper_is_read_by_the_house_and_by_no_rival(ended: Abroad) -> None:
    TOTP.activate(ended.user, SECRET)
    answer = post(program(ended.user), ended.placement.pk, code=code_of(SECRET), paper=paper())
    made = answer.json()["id"]
    house = program(make_user(role="compliance_officer"))
    assert house.get(f"{PATH}/{made}/paper").content.startswith(b"%PDF")
    rival = make_user(role="agency_user", username="rival", organisation=open_agency("RIVAL"))
    for what in ("paper", "certificate"):
        assert program(rival).get(f"{PATH}/{made}/{what}").status_code == 404
    assert Entry.objects.filter(kind="agencies.destruction.paper_read").count() == 1
    screen = Client()
    screen.force_login(rival)
    assert screen.get(f"/agencies/destruction/{made}/paper/").status_code == 404


def test_a_paper_that_is_none_is_refused(ended: Abroad) -> None:
    TOTP.activate(ended.user, SECRET)
    program_file = SimpleUploadedFile("x.pdf", b"MZ\x90\x00" * 99, content_type="application/pdf")
    answer = post(program(ended.user), ended.placement.pk, code=code_of(SECRET), paper=program_file)
    assert answer.status_code == 415
    assert not Destruction.objects.exists()


def test_the_screen_asks_anew_who_one_is(ended: Abroad, settings: Any) -> None:
    client = Client()
    client.force_login(ended.user)
    told = {"placement": ended.placement.pk, "method": "erased", "is_stated": "on"}
    settings.STEP_UP_MINUTES = 0
    answer = client.post("/agencies/destruction/state/", told)
    assert (answer.status_code, Destruction.objects.exists()) == (302, False)
    settings.STEP_UP_MINUTES = 15
    client.post("/agencies/destruction/state/", told | {"paper": paper()})
    made = Destruction.objects.get()
    assert made.certificate is not None
    page = client.get("/agencies/destruction/").content.decode()
    assert f"/agencies/destruction/{made.pk}/paper/" in page
    assert client.get(f"/agencies/destruction/{made.pk}/paper/").content.startswith(b"%PDF")
