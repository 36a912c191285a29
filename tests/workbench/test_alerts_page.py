"""The screen of alerts: what is amiss, where it is told, and a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from alerts.robots import Robots, running_robots
from django.conf import LazySettings
from django.test import Client
from factories import make_user

from carrears.alerts.models import Alert
from carrears.alerts.sending import send_due
from carrears.clock import now

pytestmark = pytest.mark.django_db
URL = "/alerts/"
SHIPPED = Path("src/carrears/alerts/alerts.yaml")


@pytest.fixture
def robots() -> Iterator[Robots]:
    with running_robots() as running:
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME, settings.KEYS_DIR = tmp_path, tmp_path / "keys"
    (tmp_path / "keys").mkdir()
    [one] = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    night = {"from": "22:00", "until": "08:00"}
    one["targets"] = {"desk": {"kind": "feishu"}, "mail": {"kind": "apprise"}}
    one["routes"] = [{"alerts": ["pool", "worker"], "to": ["desk"], "quiet": night}]
    (tmp_path / "alerts.yaml").write_text(yaml.safe_dump([one]))
    return tmp_path


@pytest.fixture
def operator(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="operator"), language="en")
    return client


def test_what_is_amiss_and_the_targets_are_shown(operator: Client) -> None:
    at = now()
    Alert.objects.create(kind="pool", figures={"cases": 3}, since=at, seen_at=at)
    page = operator.get(URL).context["page"]
    assert [(row.kind, row.line) for row in page.standing] == [
        ("pool", "The pool is not empty: 3 cases are nobody's")
    ]
    desk, mail = page.targets
    assert (desk.name, desk.alerts, desk.key) == ("desk", ("pool", "worker"), "alert-desk.key")
    assert desk.routes == ("at most every 60 minutes · quiet from 22:00 to 08:00",)
    assert (mail.name, mail.alerts, mail.routes) == ("mail", (), ())


def test_a_test_arrives_and_a_refusal_is_told_without_the_key(
    operator: Client, home: Path, robots: Robots
) -> None:
    key = home / "keys" / "alert-desk.key"
    key.write_text(robots.secret("feishu"))
    key.chmod(0o600)
    assert operator.post(f"{URL}desk/test/").status_code == 302
    assert send_due(at=now()) == 1
    assert robots.said == ["【催收系统告警】\n这是一条测试告警，无需处理。"]

    robots.answers.append((200, {"code": 19024, "msg": "Key Words Not Found"}))
    operator.post(f"{URL}desk/test/")
    assert send_due(at=now()) == 0
    answer = operator.get(URL)
    [desk, _] = answer.context["page"].targets
    assert (desk.key, desk.error) == ("", "refused with code 19024")
    text = answer.content.decode()
    assert "/hook/" not in text
    # On a phone, where columns have no heads, each says what it is: two targets, two messages.
    assert text.count('data-label="What the target answered"') == 4
    assert [row.is_test for row in answer.context["page"].messages] == [True, True]


def test_a_target_that_is_not_there_is_not_found(operator: Client) -> None:
    assert operator.post(f"{URL}nobody/test/").status_code == 404


def test_who_may_only_look_sends_no_test(sign_in: Any) -> None:
    client: Client = sign_in(make_user(role="team_lead"))
    assert "/desk/test/" not in client.get(URL).content.decode()
    assert client.post(f"{URL}desk/test/").status_code == 403
