"""What all pages share: signing in, language, clock, headers, errors; and the API's own page."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.urls import path
from factories import MOMENT, make_case, make_user
from pytest_django import Settings
from workbench.documents import Document

import carrears.casework.services
from carrears.access.demo import DEMO_PASSWORD, DEMO_USERS, ensure_demo_users
from carrears.access.services import ensure_roles
from carrears.urls import handler400, handler403, handler404, handler500, urlpatterns
from carrears.workbench.templatetags.workbench import moment
from carrears.workbench.views.casework import REFUSALS

pytestmark = pytest.mark.django_db


def words_of(text: str) -> list[str]:
    document = Document()
    document.feed(text)
    return document.words


def test_the_demo_offers_its_people_and_lets_them_in(settings: Settings) -> None:
    ensure_roles()
    ensure_demo_users(at=MOMENT)
    settings.DEMO = True
    client = Client()
    text = client.get("/sign-in/").content.decode()

    assert {name for name in DEMO_USERS if f'value="{name}"' in text} == set(DEMO_USERS)
    answer = client.post("/sign-in/", {"username": "lead", "password": DEMO_PASSWORD})
    assert answer.headers["Location"] == "/"
    assert client.get("/sign-in/").headers["Location"] == "/"


def test_outside_a_demo_nobody_is_offered() -> None:
    text = Client().get("/sign-in/").content.decode()

    assert DEMO_PASSWORD not in text
    assert "demo-user" not in text


def test_a_wrong_password_is_told_and_nothing_else() -> None:
    make_user(username="lin")
    answer = Client().post("/sign-in/", {"username": "lin", "password": "no"})

    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert Client().get("/queue/").status_code == 302


def test_signing_in_leads_on_to_this_house_only() -> None:
    make_user(username="lin")
    data = {"username": "lin", "password": "x" * 12}

    inside = Client().post("/sign-in/", data | {"next": "/queue/?bucket=2"})
    outside = Client().post("/sign-in/", data | {"next": "https://elsewhere.example/"})

    assert inside.headers["Location"] == "/queue/?bucket=2"
    assert outside.headers["Location"] == "/"


def test_chinese_until_english_is_chosen(sign_in: Any) -> None:
    client = Client(headers={"Accept-Language": "en-US,en"})
    client.force_login(make_user(role="team_lead"))

    assert 'lang="zh-Hans"' in client.get("/").content.decode()
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    assert '<html lang="en"' in client.get("/").content.decode()
    client.cookies["django_language"] = "nonsense"
    assert client.get("/").headers["Content-Language"] == "zh-hans"
    assert sign_in(make_user(), language="en").get("/").headers["Content-Language"] == "en"


def test_moments_are_shown_by_the_readers_clock(settings: Settings) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415  with the moment it is for

    from django.http import HttpRequest, HttpResponse  # noqa: PLC0415  see above

    from carrears.workbench.middleware import ReaderClock  # noqa: PLC0415  see above

    noon = datetime(2026, 6, 30, 12, tzinfo=UTC)
    request = HttpRequest()
    request.user = make_user()
    clock = ReaderClock(lambda _: HttpResponse(moment(noon)))

    shown = []
    for zone in ("Asia/Shanghai", "America/New_York", "Not/AZone"):
        request.user.time_zone = zone
        shown.append(clock(request).content.decode())

    assert settings.TIME_ZONE == "Asia/Shanghai"
    assert shown == ["2026-06-30 20:00", "2026-06-30 08:00", "2026-06-30 20:00"]


@pytest.mark.parametrize("address", ["/", "/queue/", "/sign-in/", "/nowhere/", "/api/docs"])
def test_every_answer_carries_the_policy(sign_in: Any, address: str) -> None:
    answer = sign_in(make_user(role="team_lead")).get(address)
    policy = answer.headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    document = Document()
    document.feed(answer.content.decode())
    assert document.forbidden == []


def test_pages_of_staff_are_kept_by_no_cache(sign_in: Any) -> None:
    answer = sign_in(make_user(role="team_lead")).get("/queue/")

    assert "no-store" in answer.headers["Cache-Control"]


def _explode(_request: Any) -> None:
    raise RuntimeError("the database password is hunter2")


class Broken:
    """The house's addresses and one that fails."""

    urlpatterns = [*urlpatterns, path("explode/", _explode)]
    handler400, handler403, handler404, handler500 = handler400, handler403, handler404, handler500


@override_settings(ROOT_URLCONF=Broken)
def test_a_fault_is_told_without_what_is_inside() -> None:
    answer = Client(raise_request_exception=False).get("/explode/")

    assert answer.status_code == 500
    assert "hunter2" not in answer.content.decode()
    assert "500" in words_of(answer.content.decode())


def test_a_form_from_elsewhere_is_refused_in_words(sign_in: Any) -> None:
    make_case()
    signed_in = sign_in(make_user(role="team_lead"))
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in.cookies

    answer = client.post("/case/A-03/note/", {"text": "x"})

    assert answer.status_code == 403
    assert "页面打开时间过长" in words_of(answer.content.decode())


def test_health_tells_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError  # noqa: PLC0415  what a lost database raises

    assert Client().get("/healthz").json() == {"database": "ok"}

    def lost() -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", lost)
    assert Client().get("/healthz").status_code == 503


def test_the_api_page_has_its_scripts_from_here() -> None:
    text = Client().get("/api/docs").content.decode()

    assert re.findall(r'(?:src|href)="(https?:[^"]*)"', text) == []
    assert "/static/ninja/swagger-ui-bundle.js" in text
    paths = json.loads(Client().get("/api/openapi.json").content)["paths"]
    assert "/api/cases" in paths


def test_every_refusal_of_the_services_can_be_said_in_chinese() -> None:
    room = Path(carrears.casework.services.__file__).parent
    raised = {
        node.args[0].value
        for name in ("services", "promises", "promise_withdrawal", "following")
        for node in ast.walk(ast.parse((room / f"{name}.py").read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "CaseworkError"
        and isinstance(node.args[0], ast.Constant)
    }

    assert raised == set(REFUSALS)


def test_what_was_done_is_said_once(sign_in: Any) -> None:
    user = make_user(role="team_lead")
    make_case()

    client = sign_in(user)

    first = client.post("/case/A-03/note/", {"text": "x"}, follow=True)
    second = client.get("/case/A-03/")

    assert first.content.decode().count('data-toast="success"') == 1
    assert 'data-toast="success"' not in second.content.decode()
