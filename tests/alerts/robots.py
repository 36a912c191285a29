"""Group robots as WeCom, DingTalk and Feishu run them, on loopback: always 200, a code in the body.

Signatures are checked by code of its own, from what the vendors publish.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "SEC0123456789abcdef"


@dataclass
class Robots:
    """What was posted into the groups, and what is answered instead: first ``answers``."""

    port: int = 0
    said: list[str] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)

    def secret(self, kind: str, *, key: str = KEY) -> str:
        """What stands in the key file of a target."""
        paths = {
            "wecom": "/cgi-bin/webhook/send?key=693a91f6-7xxx",
            "dingtalk": "/robot/send?access_token=abc",
            "feishu": "/open-apis/bot/v2/hook/xxx",
        }
        signed = f"\n{key}" if kind != "wecom" else ""
        return f"http://127.0.0.1:{self.port}{paths[kind]}{signed}\n"

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        """What the service says to a request."""
        if self.answers:
            return self.answers.pop(0)
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/cgi-bin/"):
            return self._wecom(query, body)
        if parts.path.startswith("/robot/"):
            return self._dingtalk(query, body)
        return self._feishu(body)

    def _wecom(self, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if query.get("key") != "693a91f6-7xxx":
            return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
        if body["msgtype"] != "text" or len(body["text"]["content"].encode()) > 2048:
            return 200, {"errcode": 40008, "errmsg": "invalid message type"}
        self.said.append(body["text"]["content"])
        return 200, {"errcode": 0, "errmsg": "ok"}

    def _dingtalk(self, query: dict[str, str], body: Any) -> tuple[int, Any]:
        stamp = query.get("timestamp", "0")
        wanted = hmac.new(KEY.encode(), f"{stamp}\n{KEY}".encode(), hashlib.sha256).digest()
        is_fresh = abs(time.time() * 1000 - int(stamp)) < 3_600_000
        if not is_fresh or query.get("sign") != base64.b64encode(wanted).decode():
            return 200, {"errcode": 310000, "errmsg": "sign not match"}
        self.said.append(body["text"]["content"])
        return 200, {"errcode": 0, "errmsg": "ok"}

    def _feishu(self, body: Any) -> tuple[int, Any]:
        key = f"{body.get('timestamp')}\n{KEY}".encode()
        wanted = base64.b64encode(hmac.new(key, digestmod=hashlib.sha256).digest()).decode()
        if body.get("sign") != wanted:
            return 200, {
                "code": 19021,
                "msg": "sign match fail",
            }
        self.said.append(body["content"]["text"])
        return 200, {"code": 0, "msg": "success", "data": {}}


@contextmanager
def running_robots(robots: Robots | None = None) -> Iterator[Robots]:
    """Serve until the block ends; those that ran before at their port."""
    robots = robots or Robots()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, told = robots.answer(self.path, json.loads(raw))
            said = json.dumps(told).encode()
            self.send_response(status)
            if status in {301, 302, 307, 308}:
                self.send_header("Location", str(told))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", robots.port), Handler)
    robots.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield robots
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class StoppedRobots:
    """A service at one port that is stopped and started, as a server that is away is."""

    def __init__(self) -> None:
        self.robots = Robots()
        self._running: Any = None

    def start(self) -> None:
        """Serve, from the first time on at the same port."""
        self._running = running_robots(self.robots)
        self._running.__enter__()

    def stop(self) -> None:
        """Nobody listens there any more."""
        self._running.__exit__(None, None, None)
        self._running = None

    @property
    def is_running(self) -> bool:
        """Whether somebody listens."""
        return self._running is not None
