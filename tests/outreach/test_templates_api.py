"""Templates as a program and the command line work on them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user
from typer.testing import CliRunner

from carrears.access.models import ApiToken, User
from carrears.access.services import issue_token
from carrears.cli import app
from carrears.cli import templates as _  # noqa: F401  it registers there
from carrears.clock import now
from carrears.outreach.models import TemplateVersion
from carrears.outreach.template_book import template_in_force, today
from carrears.outreach.template_versions import words_of
from carrears.outreach.templates import TemplateFile, load_template
from carrears.signin.tokens import rotate

pytestmark = pytest.mark.django_db
runner = CliRunner()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    return tmp_path


def client_of(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='test')}"})


@pytest.fixture
def author() -> Client:
    return client_of(make_user(username="author", role="team_lead"))


@pytest.fixture
def officer() -> Client:
    return client_of(make_user(username="officer", role="compliance_officer"))


def words(old: str = "", new: str = "") -> dict[str, Any]:
    raw = words_of(load_template("reminder")).model_dump(mode="json")
    text = raw["locales"]["zh-CN"]
    assert old in text["body"]
    text["body"] = text["body"].replace(old, new) if old else text["body"] + new
    return dict(raw)


def put(client: Client, body: dict[str, Any], key: str = "reminder") -> Any:
    return client.put(f"/api/templates/{key}/draft", body, content_type="application/json")


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"/api/templates/{path}", body, content_type="application/json")


def test_a_template_goes_from_an_upload_to_what_is_sent(author: Client, officer: Client) -> None:
    begun = put(author, {"words": words(new="谢谢。")})
    saved = put(author, {"words": words(new="多谢。"), "revision": begun.json()["revision"]})
    stale = put(author, {"words": words(new="多谢。"), "revision": 1})
    why = {"effective_on": today().isoformat(), "reason": "kinder"}
    waiting = post(author, "reminder/2/propose", why)
    alone = post(author, "reminder/2/approve", {"reason": "good"})
    returned = post(officer, "reminder/2/return", {"reason": "shorter"})
    post(author, "reminder/2/propose", why)
    approved = post(officer, "reminder/2/approve", {"reason": "good"})

    assert [one.status_code for one in (begun, saved, stale)] == [201, 200, 409]
    assert saved.json()["words"]["locales"]["zh-CN"]["body"].endswith("多谢。")
    assert (waiting.json()["state"], alone.status_code) == ("proposed", 403)
    assert returned.json()["state"] == "draft"
    assert (approved.json()["state"], approved.json()["approved_by"]) == ("approved", "officer")
    assert template_in_force("reminder").number == 2
    read = author.get("/api/templates/reminder").json()
    assert (read["number"], read["version"]) == (2, approved.json()["version"])
    assert author.get("/api/templates/reminder?number=1").json()["number"] == 1
    [row] = [one for one in author.get("/api/templates").json() if one["key"] == "reminder"]
    assert (row["number"], row["making"], row["channel"]) == (2, None, "email")

    gone = post(officer, "reminder/2/withdraw", {"reason": "unclear"})
    assert gone.json()["state"] == "withdrawn"
    assert template_in_force("reminder").number == 1


def test_approving_wants_a_token_made_just_now(author: Client, officer: Client) -> None:
    put(author, {"words": words(new="谢谢。")})
    why = {"effective_on": today().isoformat(), "reason": "kinder"}
    post(author, "reminder/2/propose", why)
    made = ApiToken.objects.filter(user__username="officer")
    made.update(created_at=now() - timedelta(minutes=31))

    refused = post(officer, "reminder/2/approve", {"reason": "good"})

    assert (refused.status_code, "30 minutes" in refused.json()["detail"]) == (403, True)
    assert "insufficient_user_authentication" in refused.headers["WWW-Authenticate"]
    assert TemplateVersion.objects.get(number=2).state == "proposed"
    fresh = rotate(made.get(), by="officer")
    again = Client(headers={"Authorization": f"Bearer {fresh.secret}"})
    assert post(again, "reminder/2/approve", {"reason": "good"}).json()["state"] == "approved"


@pytest.mark.usefixtures("officer")
def test_whoever_may_approve_does_not_approve_his_own() -> None:
    both = make_user(username="both", role="team_lead")
    both.groups.add(*User.objects.get(username="officer").groups.all())
    client = client_of(both)
    put(client, {"words": words(new="谢谢。")})
    later = (today() + timedelta(days=1)).isoformat()
    post(client, "reminder/2/propose", {"effective_on": later, "reason": "x"})

    refused = post(client, "reminder/2/approve", {"reason": "x"})

    assert (refused.status_code, "second person" in refused.json()["detail"]) == (409, True)


def test_what_nobody_may_send_is_refused_with_its_place(author: Client) -> None:
    refused = put(author, {"words": words("{phone}", "")})
    checked = post(author, "check", words("{phone}", ""))

    assert refused.status_code == 422
    assert {
        (one["locale"], one["part"], one["prohibited"]) for one in refused.json()["findings"]
    } >= {("zh-CN", "body", True)}
    assert any("must show phone" in one["says"] for one in checked.json())
    assert not TemplateVersion.objects.exists()


def test_a_draft_is_put_away_and_unknown_ones_are_told(author: Client) -> None:
    put(author, {"words": words(new="谢谢。")})
    gone = post(author, "reminder/2/discard", {})

    assert gone.json()["state"] == "discarded"
    assert author.get("/api/templates/none").status_code == 404
    assert author.get("/api/templates/reminder?number=9").status_code == 404
    assert put(author, {"words": words()}, key="other").status_code == 409


def test_words_are_tried_on_a_case_with_the_name_masked(author: Client) -> None:
    make_case(loan_no="A-03", name="赵试一")
    shown = author.get("/api/templates/reminder/preview?loan_no=A-03").json()

    assert (shown["loan_no"], shown["locale"], shown["number"]) == ("A-03", "zh-CN", 1)
    assert "赵试一" not in shown["body"]
    assert "赵" in shown["body"]
    assert "https://…/" in shown["body"]
    assert shown["gate_action"] in {"allow", "block", "review"}
    assert author.get("/api/templates/reminder/preview?loan_no=none").status_code == 404


def test_who_may_not_is_refused() -> None:
    client = client_of(make_user(username="nobody"))
    assert client.get("/api/templates").status_code == 403
    assert put(client, {"words": words()}).status_code == 403


def test_a_file_is_checked_taken_in_and_written_out(tmp_path: Path) -> None:
    make_user(username="lin", role="team_lead")
    out = tmp_path / "reminder.yaml"
    listed = runner.invoke(app, ["templates", "list"])
    wrote = runner.invoke(app, ["templates", "export", "reminder", str(out)])
    again = runner.invoke(app, ["templates", "export", "reminder", str(out)])
    assert '"key": "reminder"' in listed.stdout
    assert (wrote.exit_code, again.exit_code) == (0, 1)

    text = out.read_text(encoding="utf-8")
    assert (
        TemplateFile.model_validate(words()).locales == words_of(load_template("reminder")).locales
    )
    checked = runner.invoke(app, ["templates", "check", str(out)])
    taken = runner.invoke(app, ["templates", "import", str(out), "--by", "lin"])
    shown = runner.invoke(app, ["templates", "show", "reminder", "--number", "2"])
    assert (checked.exit_code, taken.exit_code) == (0, 0)
    assert shown.stdout == text
    assert TemplateVersion.objects.get().state == "draft"

    out.write_text(text.replace("{phone}", ""), encoding="utf-8")
    barred = runner.invoke(app, ["templates", "check", str(out)])
    refused = runner.invoke(app, ["templates", "import", str(out), "--by", "lin"])
    assert (barred.exit_code, refused.exit_code) == (1, 1)
    assert "prohibited: zh-CN, body: a message must show phone" in barred.stdout
