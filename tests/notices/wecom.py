"""WeCom's server for applications on loopback: 200 to everything, tokens that end, limits."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CORP, SECRET, AGENT = "ww0123456789", "app-secret", 1000002
MEMBERS = ("zhangsan", "lisi")


@dataclass
class Wecom:
    """What members got. ``answers`` are given first; ``tokens`` are those that were given out."""

    port: int = 0
    got: list[tuple[str, Any]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    bodies: set[bytes] = field(default_factory=set)
    known: set[str] = field(default_factory=lambda: set(MEMBERS))
    calls: int = 0
    expires_in: int = 7200

    @property
    def url(self) -> str:
        """As the setting names it."""
        return f"wecom+http://{CORP}@127.0.0.1:{self.port}?agent={AGENT}"

    def answer(self, path: str, body: bytes | None) -> Any:
        """What it says to a request."""
        self.calls += 1
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/cgi-bin/gettoken":
            if (query["corpid"], query["corpsecret"]) != (CORP, SECRET):
                return {"errcode": 40001, "errmsg": "invalid credential"}
            self.tokens.append(f"token-{len(self.tokens)}")
            told = {"errcode": 0, "errmsg": "ok", "access_token": self.tokens[-1]}
            return told | {"expires_in": self.expires_in}
        if self.answers:
            return self.answers.pop(0)
        if not self.tokens or query.get("access_token") != self.tokens[-1]:
            return {"errcode": 40014, "errmsg": "invalid access_token"}
        return self._send(json.loads(body or b"{}"), body or b"")

    def end_token(self) -> None:
        """End the newest token before its time."""
        self.tokens.append("ended")

    def _send(self, told: Any, raw: bytes) -> Any:
        if told["agentid"] != AGENT:
            return {"errcode": 40056, "errmsg": "invalid agentid"}
        if told["touser"] not in self.known:
            return {"errcode": 81013, "errmsg": "all users invalid"}
        is_same = told["enable_duplicate_check"] == 1 and raw in self.bodies
        self.bodies.add(raw)
        if not is_same:
            self.got.append((told["touser"], told["textcard"]))
        return {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": f"m{len(self.bodies)}"}


@contextmanager
def running_wecom() -> Iterator[Wecom]:
    """Serve until the block ends."""
    wecom = Wecom()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say()

        def do_POST(self) -> None:
            self._say()

        def _say(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = json.dumps(wecom.answer(self.path, raw)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wecom.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield wecom
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
