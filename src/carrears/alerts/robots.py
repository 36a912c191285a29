"""Group robots of WeCom (企业微信), DingTalk (钉钉) and Feishu (飞书).

Not by Apprise: its plugins take a refusal for success where the service answers 200 and tells of it
in ``errcode`` (WeCom, DingTalk), sign nothing for Feishu, have their hosts fixed, and connect past
the guard for outgoing addresses. Formats as the vendors publish them:

- WeCom: https://developer.work.weixin.qq.com/document/path/91770
- DingTalk: https://open.dingtalk.com/document/orgapp/customize-robot-security-settings
- Feishu: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from carrears import outgoing

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SECONDS = 10
# WeCom takes 2,048 bytes of text, the others more.
_BYTES = 2_000
# How many messages a minute a robot takes, as its vendor publishes on the page above; what is more
# is refused, by DingTalk for ten minutes.
PER_MINUTE: Mapping[str, int] = {"wecom": 20, "dingtalk": 20, "feishu": 100}
# By vendor, refusals that pass: too many a minute, or the service is busy.
_PASSING: Mapping[str, frozenset[int]] = {
    "wecom": frozenset({-1, 45009, 45033}),
    "dingtalk": frozenset({-1, 130101, 130102, 410100}),
    "feishu": frozenset({9499, 11232, 11233}),
}


class TargetError(RuntimeError):
    """A target did not take a message; the message says why and holds nothing of its address.

    ``again`` says whether another try may help; ``away``: nor would it take another message now.
    """

    def __init__(self, message: str, *, again: bool, away: bool = False) -> None:
        super().__init__(message)
        self.again = again
        self.away = away


def send_by_robot(kind: str, secret: str, text: str, *, at: datetime) -> None:
    """Post a text into the robot's group.

    Args:
        kind: wecom, dingtalk or feishu.
        secret: the webhook's address; on a second line the key by which it is signed, if any.
        text: what to say; cut where it is too long.
        at: now, which DingTalk and Feishu want within an hour of their own.

    Raises:
        TargetError: it was not taken.
    """
    url, key = _split(secret)
    url, body = _ASKED[kind](url, key, _cut(text), at)
    try:
        answer = outgoing.fetch(
            url,
            body=json.dumps(body, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
            timeout=_SECONDS,
            at_most=1 << 16,
        )
    except outgoing.OutgoingError as error:
        raise TargetError(str(error), again=True, away=True) from error
    _judge(kind, answer)


def _split(secret: str) -> tuple[str, str]:
    lines = [line.strip() for line in secret.splitlines() if line.strip()]
    if not lines:
        raise TargetError("its key file is empty", again=False)
    parts = urlsplit(lines[0])
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise TargetError("its address is not https://…", again=False)
    return lines[0], lines[1] if len(lines) > 1 else ""


def _cut(text: str) -> str:
    if len(text.encode()) <= _BYTES:
        return text
    return text.encode()[: _BYTES - 3].decode(errors="ignore") + "…"


def _wecom(url: str, _key: str, text: str, _at: datetime) -> tuple[str, dict[str, Any]]:
    return url, {"msgtype": "text", "text": {"content": text}}


def _dingtalk(url: str, key: str, text: str, at: datetime) -> tuple[str, dict[str, Any]]:
    body = {"msgtype": "text", "text": {"content": text}}
    if not key:
        return url, body
    stamp = int(at.timestamp() * 1000)
    signed = hmac.new(key.encode(), f"{stamp}\n{key}".encode(), hashlib.sha256).digest()
    sign = quote(base64.b64encode(signed), safe="")
    return f"{url}{'&' if '?' in url else '?'}timestamp={stamp}&sign={sign}", body


def _feishu(url: str, key: str, text: str, at: datetime) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if key:
        stamp = str(int(at.timestamp()))
        # As published: what is signed is the key of the HMAC, and its message is empty.
        signed = hmac.new(f"{stamp}\n{key}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": stamp, "sign": base64.b64encode(signed).decode()}
    return url, body


_ASKED: Mapping[str, Callable[[str, str, str, datetime], tuple[str, dict[str, Any]]]] = {
    "wecom": _wecom,
    "dingtalk": _dingtalk,
    "feishu": _feishu,
}


def _judge(kind: str, answer: outgoing.Answer) -> None:
    """All three answer 200 to what they refuse; the code in the body tells."""
    if answer.status != 200:  # noqa: PLR2004  HTTP's own
        passes = answer.status >= 429  # noqa: PLR2004  too many requests; the service is at fault
        raise TargetError(f"HTTP {answer.status}", again=passes, away=passes)
    try:
        told = json.loads(answer.body)
        code = int(told["code"] if kind == "feishu" else told["errcode"])
    except (ValueError, KeyError, TypeError) as error:
        raise TargetError("it answers what it should not", again=True) from error
    if code != 0:
        passes = code in _PASSING[kind]
        raise TargetError(f"refused with {code}", again=passes, away=passes)
