"""A cloud's HTTP service for texts on loopback: it checks signatures by code of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote

KEY, SECRET = "key-1", "very-secret"
Told = dict[str, Any]


@dataclass
class Heard:
    """One request that was rightly signed."""

    action: str
    told: Told
    body: bytes


@dataclass
class Cloud:
    """What one service heard, and what it answers: ``answers`` first, then ``usually``.

    An answer is a status and a JSON value; None hangs up without one.
    """

    name: str
    usually: Callable[[Heard], tuple[int, Any]]
    heard: list[Heard] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    answers: list[tuple[int, Any] | None] = field(default_factory=list)
    port: int = 0

    def sent(self) -> list[Told]:
        """What it was to send."""
        return [one.told for one in self.heard if one.action in {"SendSms", "Messages"}]

    def answer(self, heard: Heard) -> tuple[int, Any] | None:
        """What it answers to this one."""
        self.heard.append(heard)
        return self.answers.pop(0) if self.answers else self.usually(heard)


def alibaba_answers(heard: Heard) -> tuple[int, Any]:
    """As Alibaba Cloud does where all is well."""
    return 200, {"Code": "OK", "Message": "OK", "BizId": f"biz-{heard.told['OutId'][:6]}^0"}


def tencent_answers(heard: Heard) -> tuple[int, Any]:
    """As Tencent Cloud does where all is well."""
    serial = f"2640:{heard.told['SessionContext'][:8]}"
    one = {"SerialNo": serial, "PhoneNumber": heard.told["PhoneNumberSet"][0], "Code": "Ok"}
    return 200, {"Response": {"SendStatusSet": [one], "RequestId": "r"}}


def twilio_answers(heard: Heard) -> tuple[int, Any]:
    """As Twilio does where all is well."""
    return 201, {"sid": "SM" + hashlib.sha256(heard.body).hexdigest()[:32], "status": "queued"}


ANSWERS = {"alibaba": alibaba_answers, "tencent": tencent_answers, "twilio": twilio_answers}


def read_alibaba(path: str, headers: dict[str, str], body: bytes) -> Heard:
    """Check ACS3-HMAC-SHA256 from the parts of the request as they came."""
    scheme, _, rest = headers["authorization"].partition(" ")
    told = dict(one.split("=", 1) for one in rest.split(","))
    lines = [f"{name}:{headers[name]}" for name in told["SignedHeaders"].split(";")]
    query = path.partition("?")[2]
    pairs = sorted(tuple(one.split("=", 1)) for one in query.split("&"))
    canonical = "\n".join(
        [
            "POST", "/", "&".join("=".join(pair) for pair in pairs), *lines, "",
            told["SignedHeaders"], hashlib.sha256(body).hexdigest(),
        ]
    )  # fmt: skip
    whole = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    proof = hmac.digest(SECRET.encode(), whole.encode(), "sha256").hex()
    assert (scheme, told["Credential"], told["Signature"]) == ("ACS3-HMAC-SHA256", KEY, proof)
    assert {"host", "x-acs-action", "x-acs-content-sha256"} <= set(told["SignedHeaders"].split(";"))
    read = {name: values[0] for name, values in parse_qs(query).items()}
    assert [quote(read[name], safe="-_.~") for name, _ in pairs] == [value for _, value in pairs]
    return Heard(headers["x-acs-action"], read, body)


def read_tencent(path: str, headers: dict[str, str], body: bytes) -> Heard:
    """Check TC3-HMAC-SHA256 from the parts of the request as they came."""
    scheme, _, rest = headers["authorization"].partition(" ")
    told = dict(one.split("=", 1) for one in rest.split(", "))
    who, day, service, end = told["Credential"].split("/")
    lines = [f"{name}:{headers[name].lower()}" for name in told["SignedHeaders"].split(";")]
    canonical = "\n".join(
        ["POST", path, "", *lines, "", told["SignedHeaders"], hashlib.sha256(body).hexdigest()]
    )
    stamp = headers["x-tc-timestamp"]
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    whole = f"TC3-HMAC-SHA256\n{stamp}\n{day}/{service}/{end}\n{hashed}"
    key = hmac.digest(f"TC3{SECRET}".encode(), day.encode(), "sha256")
    key = hmac.digest(hmac.digest(key, service.encode(), "sha256"), end.encode(), "sha256")
    proof = hmac.digest(key, whole.encode(), "sha256").hex()
    assert (scheme, who, told["Signature"]) == ("TC3-HMAC-SHA256", KEY, proof)
    return Heard(headers["x-tc-action"], json.loads(body), body)


def read_twilio(path: str, headers: dict[str, str], body: bytes) -> Heard:
    """Check name and token."""
    kind, _, told = headers["authorization"].partition(" ")
    assert (kind, base64.b64decode(told).decode()) == ("Basic", f"{KEY}:{SECRET}")
    start = f"/2010-04-01/Accounts/{KEY}/Messages"
    assert path.startswith(start)
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    rest = path.removeprefix(start)
    return Heard(
        "Messages" if rest == ".json" else rest.strip("/").removesuffix(".json"), form, body
    )


READERS = {"alibaba": read_alibaba, "tencent": read_tencent, "twilio": read_twilio}


def signed_by_twilio(url: str, form: dict[str, str]) -> str:
    """The header that Twilio would send."""
    words = [url]
    for name in sorted(form):
        words += [name, form[name]]
    told = hmac.digest(SECRET.encode(), "".join(words).encode(), "sha1")
    return base64.b64encode(told).decode()


@contextmanager
def running_cloud(name: str, port: int = 0) -> Iterator[Cloud]:
    """The service on a free port unless one is given."""
    cloud = Cloud(name, ANSWERS[name])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  as the base has it
            del format, args

        def do_GET(self) -> None:
            self._hear()

        def do_POST(self) -> None:
            self._hear()

        def _hear(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {key.lower(): value for key, value in self.headers.items()}
            try:
                heard = READERS[name](self.path, headers, body)
            except (AssertionError, KeyError, ValueError) as error:
                cloud.forged.append(repr(error))
                told: tuple[int, Any] | None = (400, {"wrongly": "signed"})
            else:
                told = cloud.answer(heard)
            self.close_connection = True
            if told is None:
                return
            words = json.dumps(told[1]).encode()
            self.send_response(told[0])
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    cloud.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
