"""A mistake in a file of the lender's own is told of in words: on pages, over HTTP, before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from access.outsiders import open_agency, place
from django.conf import LazySettings
from django.test import Client
from factories import make_case, make_user
from homes import Home

from carrears.access.organisations import access_day
from carrears.access.services import issue_token
from carrears.clock import now

pytestmark = pytest.mark.django_db
FAULTY = {
    "next_case.yaml": ("/case/A-03/", "lease_seconds: Field required"),
    "currency_rates.yaml": ("/queue/?sort=worth", "rates.JPY: Input should be greater than 0"),
    "allocation.yaml": ("/allocation/", "0.most_people: Field required"),
    "placing.yaml": ("/agencies/destruction/", "0.rest_days: Field required"),
    "pull_back.yaml": ("/allocation/pull-back/", "0.promise_days: Field required"),
    "outcome_codes.yaml": ("/case/A-03/", "0.codes: Field required"),
    "dispute_kinds.yaml": ("/disputes/", "0.kinds: Field required"),
    "service_levels.yaml": ("/team/", "0.days: Field required"),
    "alerts.yaml": ("/alerts/", "0.targets: Field required"),
    "promises.yaml": ("/case/A-03/", "auto.0.from: Field required"),
    "products.yaml": ("/case/A-03/", "auto.penalti: Extra inputs are not permitted"),
}
READERS = {"placing.yaml": "compliance_officer"}
TITLES = {"zh-hans": "本机构的配置文件有错", "en": "A file of the house has a mistake"}
TEXTS = {
    "next_case.yaml": "closing_minutes: 90",
    "currency_rates.yaml": "{reference: CNY, as_of: 2026-01-01, source: own, rates: {JPY: 0}}",
    "allocation.yaml": "[{from: 2026-01-01}]",
    "placing.yaml": "[{from: 2020-01-01}]",
    "pull_back.yaml": "[{from: 2026-01-01, rules: []}]",
    "outcome_codes.yaml": "[{from: 2026-01-01, follow_up_at_most: 9}]",
    "dispute_kinds.yaml": "[{from: 2026-01-01}]",
    "service_levels.yaml": "[{from: 2020-01-01, reply_hours: 9}]",
    "alerts.yaml": "[{from: 2026-01-01}]",
    "promises.yaml": "auto: [{slack_minor: 1}]",
    "products.yaml": "auto: {penalti: 1}",
}


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    return tmp_path


@pytest.mark.parametrize("name", FAULTY)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_says_which_file_and_field(
    home: Path, sign_in: Any, name: str, language: str
) -> None:
    path, fault = FAULTY[name]
    ended = access_day(now()) - timedelta(days=1)
    place(make_case(obligor_no="P-1"), open_agency("AG-1"), from_on=ended, until_on=ended)
    client: Client = sign_in(make_user(role=READERS.get(name, "team_lead")), language=language)
    assert client.get(path).status_code == 200
    (home / name).write_text(TEXTS[name])

    answer = client.get(path)

    assert answer.status_code == 503
    text = answer.content.decode()
    assert f"{name}: " in text
    assert fault in text
    assert TITLES[language] in text
    (home / name).unlink()
    assert client.get(path).status_code == 200  # mended, and nothing has to be started again


def test_a_stranger_is_told_nothing_of_it(home: Path, client: Client) -> None:
    (home / "next_case.yaml").write_text("{")
    assert client.get("/case/A-03/").status_code == 302


def test_the_api_says_it(home: Path) -> None:
    case = make_case()
    (home / "promises.yaml").write_text("auto: [{slack_minor: x}]")
    token = issue_token(make_user(role="team_lead"), name="test")
    answer = Client().post(
        f"/api/cases/{case.pk}/promises",
        {"amount": 100, "due_on": "2026-07-01"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 503
    detail = answer.json()["detail"]
    assert "promises.yaml: auto.0.from: Field required; auto.0.slack_minor" in detail


def test_the_command_and_the_start_name_every_fault(migrated_home: Home, tmp_path: Path) -> None:
    home = migrated_home.copy_to(tmp_path / "home")
    assert home.run("home-files").strip() == "The files of the house can be used."
    for name, text in TEXTS.items():
        (home.folder / name).write_text(text)
    for arguments in (["home-files"], ["serve", "--port", "0"]):
        told = home.run(*arguments, expect=1)
        for name, (_, fault) in FAULTY.items():
            assert f"{name}: {fault}" in told.replace("\n", "")
