"""Messages of an application to members of a WeCom corporation (企业微信应用消息).

As published: tokens https://developer.work.weixin.qq.com/document/path/91039, messages
https://developer.work.weixin.qq.com/document/path/90236, codes
https://developer.work.weixin.qq.com/document/path/90313. WeCom answers HTTP 200 to what it refuses
and tells of it in ``errcode``. It has no receipts: it says at once whom it does not know.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from carrears import outgoing

_HOST = "qyapi.weixin.qq.com"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SECONDS = 10
_HTTP_OK = 200
# The same message again within so many seconds reaches nobody twice; WeCom's most.
_SAME_SECONDS = 14_400
_EARLY_SECONDS = 60
_TOKEN_GONE = frozenset({40014, 42001})
_PASSING = frozenset({-1, 45009, 45033})
_NOBODY = frozenset({60111, 81013})

Why = Literal["passes", "nobody", "account"]


class WecomError(RuntimeError):
    """WeCom did not take a message; holds neither secret nor token.

    ``why``: it ``passes`` (busy, too many, no connection), there is ``nobody`` of that name whom
    the application may write to, or the ``account`` is refused and so is every other message.
    """

    def __init__(self, message: str, *, why: Why) -> None:
        super().__init__(message)
        self.why = why


@dataclass(frozen=True, slots=True)
class Card:
    """What is said: a title, a line, and where it leads."""

    title: str
    text: str
    url: str
    button: str


@dataclass(slots=True)
class WecomApp:
    """One application of a corporation. A token is asked for when it is needed, and kept."""

    base: str
    corp: str
    agent: int
    secret: str = field(repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _token: str = field(default="", repr=False)
    _until: float = field(default=0.0, repr=False)

    def send(self, userid: str, card: Card) -> str:
        """Send a card to one member; its ``msgid``. The same card again reaches him once.

        Raises:
            WecomError: it was not taken.
        """
        body = {
            "touser": userid,
            "agentid": self.agent,
            "msgtype": "textcard",
            "textcard": {
                "title": card.title,
                "description": card.text,
                "url": card.url,
                "btntxt": card.button,
            },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _SAME_SECONDS,
        }
        told = self._post(body)
        if told["errcode"] in _TOKEN_GONE:  # WeCom may end a token before its time
            self._until = 0.0
            told = self._post(body)
        _judge(told)
        unknown = told.get("invaliduser") or told.get("unlicenseduser")
        if unknown:
            raise WecomError("WeCom knows nobody of that name", why="nobody")
        return str(told.get("msgid", ""))

    def _post(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        query = {"access_token": self._current_token()}
        return self._ask("message/send", query, json.dumps(body, ensure_ascii=False).encode())

    def _current_token(self) -> str:
        if self.clock() >= self._until:
            query = {"corpid": self.corp, "corpsecret": self.secret}
            told = self._ask("gettoken", query, None)
            _judge(told)
            self._token = str(told["access_token"])
            self._until = self.clock() + int(told["expires_in"]) - _EARLY_SECONDS
        return self._token

    def _ask(self, what: str, query: Mapping[str, str], body: bytes | None) -> Mapping[str, Any]:
        url = f"{self.base}/cgi-bin/{what}?{urlencode(query)}"
        try:
            answer = outgoing.fetch(url, body=body, timeout=_SECONDS, at_most=1 << 16)
            if answer.status != _HTTP_OK:
                raise WecomError(f"HTTP {answer.status}", why="passes")
            told: dict[str, Any] = json.loads(answer.body)
            return told | {"errcode": int(told["errcode"])}
        except outgoing.OutgoingError as error:
            raise WecomError(str(error), why="passes") from error
        except (ValueError, KeyError, TypeError) as error:
            raise WecomError("WeCom answers what it should not", why="passes") from error


def _judge(told: Mapping[str, Any]) -> None:
    code = told["errcode"]
    if code == 0:
        return
    why: Why = "passes" if code in _PASSING else "nobody" if code in _NOBODY else "account"
    raise WecomError(f"refused with {code}", why=why)


def app_of(url: str, *, secret: str) -> WecomApp:
    """The application that is set: ``wecom://corpid@[host]?agent=1000002``.

    ``wecom+http://`` goes without TLS, to a server on this machine only.

    Raises:
        ValueError: it is no such address, or there is no secret.
    """
    parts = urlsplit(url)
    name, _, how = parts.scheme.partition("+")
    agent = dict(parse_qsl(parts.query)).get("agent", "")
    if name != "wecom" or how not in {"", "http"} or not parts.username or not agent.isdecimal():
        raise ValueError("an application of WeCom is wecom://corpid@[host]?agent=1000002")
    if how and parts.hostname not in _LOOPBACK:
        raise ValueError("WeCom elsewhere is asked by TLS only (wecom://)")
    if not secret:
        raise ValueError("the application's secret is lacking (CARREARS_WECOM_SECRET_FILE)")
    host = parts.netloc.rpartition("@")[2] or _HOST
    base = f"{'http' if how else 'https'}://{host}"
    return WecomApp(base, unquote(parts.username), int(agent), secret)
