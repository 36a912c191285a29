"""A robot whose server is away or whose minute is full: what waits, is given up, and sent again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alerts.robots import StoppedRobots
from alerts.test_alerts import write_file, write_key
from django.conf import LazySettings
from django.test import Client
from factories import make_user

from carrears.alerts.models import AlertMessage
from carrears.alerts.sending import send_again, send_all_again, send_due
from carrears.alerts.services import write_test

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[StoppedRobots]:
    service = StoppedRobots()
    service.start()
    yield service
    if service.is_running:
        service.stop()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings, service: StoppedRobots) -> Path:
    settings.CARREARS_HOME, settings.KEYS_DIR = tmp_path, tmp_path / "keys"
    (tmp_path / "keys").mkdir()
    write_file(tmp_path)
    write_key(tmp_path, "desk", service.robots.secret("wecom"))
    write_key(tmp_path, "ops", service.robots.secret("dingtalk"))
    return tmp_path


def write(number: int, target: str = "desk") -> list[AlertMessage]:
    return [write_test(target, at=AT, by=None) for _ in range(number)]


def states() -> list[tuple[str, int]]:
    return list(AlertMessage.objects.order_by("pk").values_list("state", "tries"))


def send(seconds: float) -> int:
    return send_due(at=AT + timedelta(seconds=seconds))


def test_while_its_server_is_away_messages_wait_and_leave_once_it_is_back(
    service: StoppedRobots,
) -> None:
    write(3)
    service.stop()
    assert send(0) == 0
    # The first try tells that nobody is there: the others are not tried in vain.
    assert states() == [("waiting", 1), ("waiting", 0), ("waiting", 0)]
    assert send(1) == 0
    assert states() == [("waiting", 1), ("waiting", 1), ("waiting", 0)]
    first = AlertMessage.objects.earliest("pk")
    assert first.next_at == AT + timedelta(seconds=60)
    assert "693a91f6" not in first.error

    service.start()
    assert [send(2), send(59), send(60), send(61)] == [1, 0, 1, 1]
    assert states() == [("sent", 2), ("sent", 2), ("sent", 1)]
    assert len(service.robots.said) == 3


def test_pauses_grow_until_it_is_given_up_and_somebody_sends_it_again(
    service: StoppedRobots,
) -> None:
    [message, other] = write(2)
    service.stop()
    waits, at = [], 0.0
    AlertMessage.objects.filter(pk=other.pk).update(next_at=AT + timedelta(days=1))
    while True:
        send(at)
        message.refresh_from_db()
        if message.state == "failed":
            break
        waits.append((message.next_at - AT).total_seconds() - at)
        at += waits[-1]
    assert (waits, message.tries) == ([60, 300, 900, 3600], 5)  # as shipped

    service.start()
    assert send(at + 7200) == 0  # given up is given up
    assert send_again(message, at=AT + timedelta(seconds=at + 7200))
    assert not send_again(message, at=AT)
    assert send(at + 7200) == 1
    message.refresh_from_db()
    assert (message.state, message.tries, message.error) == ("sent", 1, "")


def test_a_robot_is_given_twenty_messages_a_minute(service: StoppedRobots) -> None:
    write(45)
    write(1, "ops")
    assert [send(0), send(20), send(59)] == [21, 0, 0]
    assert len(service.robots.said) == 21
    # None of the others used up a try by waiting for their minute.
    assert sorted(set(states())) == [("sent", 1), ("waiting", 0)]
    assert [send(90), send(180)] == [20, 5]
    tried = sorted(AlertMessage.objects.filter(target="desk").values_list("tried_at", flat=True))
    spans = [last - first for first, last in zip(tried, tried[20:], strict=False)]
    assert min(spans) >= timedelta(minutes=1)  # no minute holds twenty-one


def test_the_robots_own_word_that_it_is_too_much_is_heard(service: StoppedRobots) -> None:
    write(3)
    service.robots.answers.append((200, {"errcode": 45009, "errmsg": "api freq out of limit"}))
    assert send(0) == 0
    assert states() == [("waiting", 1), ("waiting", 0), ("waiting", 0)]
    assert [send(1), send(61)] == [2, 1]


def test_after_an_outage_all_are_sent_again_from_the_page(
    service: StoppedRobots,
) -> None:
    write(22)
    AlertMessage.objects.update(state="failed", tries=5, error="no connection")
    collector, operator = Client(), Client()
    collector.force_login(make_user(role="collector"))
    operator.force_login(make_user(role="operator", username="op"))
    assert collector.post("/alerts/desk/again/").status_code == 403
    assert "全部 22 条重新发送" in operator.get("/alerts/").content.decode()
    one = AlertMessage.objects.latest("pk")
    assert operator.post(f"/alerts/messages/{one.pk}/again/").status_code == 302
    assert AlertMessage.objects.filter(state="waiting").count() == 1
    assert operator.post("/alerts/desk/again/").status_code == 302
    assert AlertMessage.objects.filter(state="waiting").count() == 22
    assert send_all_again("desk", at=AT) == 0
    AlertMessage.objects.update(next_at=AT)
    assert [send(0), send(90)] == [20, 2]
    assert len(service.robots.said) == 22
