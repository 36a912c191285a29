"""The screens of contact logs: an agency brings and mends its own, the house sees all of them."""

from __future__ import annotations

from typing import Any

import pytest
from access.outsiders import open_agency
from agencies.test_contact_logs import Abroad, abroad, at, row, take
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import make_user
from workbench.documents import words

from carrears.access.services import issue_token
from carrears.agencies.models import ContactLog
from carrears.outreach.models import Attempt, Breach

pytestmark = pytest.mark.django_db
__all__ = ["abroad"]  # a fixture
HEAD = "reference,loan_no,at,channel,number,result,acted_by\n"


def line(reference: str, hour: int, result: str) -> str:
    return f"{reference},L-1,{at(1, hour=hour).isoformat()},call,13900000001,{result},E-7\n"


def file_of(rows: str) -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile("log.csv", rows.encode(), content_type="text/csv")}


def test_an_agency_brings_a_log_and_mends_the_bad_row(sign_in: Any, abroad: Abroad) -> None:
    client: Client = sign_in(abroad.user, language="en")
    rows = HEAD + line("A-1", 10, "busy") + line("A-2", 11, "nonsense") + line("A-3", 23, "busy")
    answer = client.post("/agencies/logs/bring/", file_of(rows), follow=True)
    page = words(answer)
    assert "result “nonsense” is no code for what comes of this channel" in page
    assert "Breach: made without the gate" in page
    log = ContactLog.objects.get()
    assert (log.taken, log.rejected, log.breaches) == (2, 1, 1)

    aside = client.post(f"/agencies/logs/{log.pk}/rows/")
    mended = aside.content.decode("utf-8-sig").replace("nonsense", "no_answer")
    client.post("/agencies/logs/bring/", file_of(mended))
    assert Attempt.objects.count() == 3
    assert client.post(f"/agencies/logs/{log.pk}/rows/").status_code == 404
    assert "came again" in words(client.get(f"/agencies/logs/{log.pk}/"))
    chinese: Client = sign_in(abroad.user, language="zh-hans")
    assert "不是该渠道的结果码" in words(chinese.get(f"/agencies/logs/{log.pk}/"))


def test_a_file_that_is_no_log_says_why(sign_in: Any, abroad: Abroad) -> None:
    client: Client = sign_in(abroad.user, language="zh-hans")
    answer = client.post("/agencies/logs/bring/", file_of("a,b\n"))
    assert answer.status_code == 422
    assert "缺少列 reference" in words(answer)


def test_another_agency_and_other_people_of_the_house_see_nothing(
    sign_in: Any, abroad: Abroad
) -> None:
    log = take(abroad, row("A-1", at(1)), row("A-2", at(1), result="nonsense"))
    rival = make_user(role="agency_user", username="rival", organisation=open_agency("RIVAL"))
    client: Client = sign_in(rival, language="en")
    assert client.get(f"/agencies/logs/{log.pk}/").status_code == 404
    assert client.post(f"/agencies/logs/{log.pk}/rows/").status_code == 404
    assert "No log came yet" in words(client.get("/agencies/logs/"))
    bearer = {"Authorization": f"Bearer {issue_token(rival, name='rival')}"}
    assert Client().get("/api/contact-logs", headers=bearer).json() == []
    assert Client().get(f"/api/contact-logs/{log.pk}", headers=bearer).status_code == 404
    told = {"rows": [row("R-1", at(1))]}
    answer = Client().post(
        "/api/contact-logs", told, content_type="application/json", headers=bearer
    )
    assert answer.json()["rows_aside"][0]["errors"] == [
        {
            "field": "loan_no",
            "why_zh": "当时贵机构没有该贷款的案件",
            "why_en": "no case of this loan was with you then",
        }
    ]
    collector: Client = sign_in(make_user(role="collector"))
    assert collector.get("/agencies/logs/").status_code == 403


def test_the_house_sees_all_logs_and_brings_none(sign_in: Any, abroad: Abroad) -> None:
    log = take(abroad, row("A-1", at(1, hour=23)), row("A-2", at(1), result="nonsense"))
    client: Client = sign_in(make_user(role="compliance_officer"), language="en")
    page = words(client.get(f"/agencies/logs/{log.pk}/"))
    assert "Breach: made without the gate" in page
    assert "Download these rows" not in page
    assert client.post(f"/agencies/logs/{log.pk}/rows/").status_code == 403
    assert client.post("/agencies/logs/bring/", file_of(HEAD)).status_code == 403


def test_breaches_stand_on_the_compliance_screen_and_the_scorecard(
    sign_in: Any, abroad: Abroad
) -> None:
    take(abroad, row("A-1", at(1, hour=23)), row("A-2", at(1, hour=10)))
    client: Client = sign_in(make_user(role="compliance_officer"), language="en")
    assert "Breaches 1" in words(client.get("/compliance/"))
    found = words(client.get("/compliance/attempts/", {"action": "breach"}))
    assert found.count("Breach: made without the gate") == 1
    attempt = Breach.objects.get().attempt_id
    assert "the rules speak against it" in words(client.get(f"/compliance/attempts/{attempt}/"))
    file = b"".join(client.get("/compliance/agencies/file/")).decode("utf-8-sig").splitlines()
    [ours] = [one for one in file if one.startswith("HENGXIN")]
    told = dict(zip(file[0].split(","), ours.split(","), strict=True))
    assert (told["attempts"], told["breaches"], told["contacts"]) == ("2", "1", "2")


def test_a_program_of_the_agency_tells_its_contacts(abroad: Abroad) -> None:
    bearer = {"Authorization": f"Bearer {issue_token(abroad.user, name='dialler')}"}
    told = {"rows": [row("A-1", at(1)), row("A-2", at(1, hour=23))]}
    kinds: dict[str, Any] = {"content_type": "application/json", "headers": bearer}
    answer = Client().post("/api/contact-logs", told, **kinds)
    assert answer.status_code == 201
    assert answer.json()["breaking"][0]["reference"] == "A-2"
    again = Client().post("/api/contact-logs", told, **kinds).json()
    assert (again["taken"], again["known"]) == (0, 2)
    file = {"file": SimpleUploadedFile("log.csv", (HEAD + line("A-3", 11, "busy")).encode())}
    answer = Client().post("/api/contact-logs/file", file, headers=bearer)
    assert (answer.status_code, answer.json()["taken"]) == (201, 1)
    assert len(Client().get("/api/contact-logs", headers=bearer).json()) == 3
