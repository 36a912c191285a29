"""Group robots: what is posted is signed as the vendors ask, and a refusal is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alerts.robots import Robots, running_robots

from carrears.alerts.robots import TargetError, send_by_robot

KINDS = ("wecom", "dingtalk", "feishu")


@pytest.fixture
def robots() -> Iterator[Robots]:
    with running_robots() as running:
        yield running


def send(robots: Robots, kind: str, text: str = "公共池中有案件", **changes: str) -> None:
    send_by_robot(kind, robots.secret(kind, **changes), text, at=datetime.now(UTC))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_reaches_the_group(robots: Robots, kind: str) -> None:
    send(robots, kind)
    assert robots.said == ["公共池中有案件"]


@pytest.mark.parametrize(("kind", "code"), [("dingtalk", 310000), ("feishu", 19021)])
def test_another_key_is_refused_and_not_tried_again(robots: Robots, kind: str, code: int) -> None:
    with pytest.raises(TargetError, match=f"refused with {code}") as refused:
        send(robots, kind, key="SECwrong")
    assert (refused.value.again, robots.said) == (False, [])


@pytest.mark.parametrize(
    ("kind", "told", "again"),
    [
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, False),
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, True),
        ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, True),
        ("feishu", {"code": 11232, "msg": "frequency limited"}, True),
        ("feishu", {"code": 19001, "msg": "param invalid"}, False),
    ],
)
def test_a_refusal_answered_with_200_is_one(
    robots: Robots, kind: str, told: dict[str, object], *, again: bool
) -> None:
    robots.answers.append((200, told))
    with pytest.raises(TargetError, match="refused with") as refused:
        send(robots, kind)
    assert refused.value.again is again


@pytest.mark.parametrize(("status", "again"), [(404, False), (429, True), (502, True)])
def test_a_status_that_is_not_200_is_a_refusal(robots: Robots, status: int, *, again: bool) -> None:
    robots.answers.append((status, {}))
    with pytest.raises(TargetError, match=f"HTTP {status}") as refused:
        send(robots, "wecom")
    assert refused.value.again is again


def test_a_long_text_is_cut_between_characters(robots: Robots) -> None:
    send(robots, "wecom", "案" * 1000)
    assert robots.said == ["案" * 665 + "…"]


@pytest.mark.parametrize(
    "secret", ["", "http://robot.example/send?key=1", "ftp://127.0.0.1/", "no address"]
)
def test_an_address_without_tls_elsewhere_is_not_asked(secret: str) -> None:
    with pytest.raises(TargetError) as refused:
        send_by_robot("wecom", secret, "x", at=datetime.now(UTC))
    assert refused.value.again is False


def test_nobody_listening_is_worth_another_try_and_tells_no_key(robots: Robots) -> None:
    secret = robots.secret("wecom").replace(str(robots.port), "9")
    with pytest.raises(TargetError) as refused:
        send_by_robot("wecom", secret, "x", at=datetime.now(UTC))
    assert refused.value.again is True
    assert "693a91f6" not in str(refused.value)
