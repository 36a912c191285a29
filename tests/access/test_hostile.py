"""Hostile values at every address, in many shapes and as many people: never an error of the server.

Each address is asked a few times; who asks, how and with what is drawn by a hash of address and
turn, so that a run is the same as the last, and every address, person, shape and value has its
turns. ``CARREARS_PROBE_TURNS`` asks each address so many times: a night's run finds more.
"""

from __future__ import annotations

import json
import os
import re
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import pytest
from access.addresses import screens
from access.outsiders import Abroad, go_abroad
from django.contrib.auth.models import Permission
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from factories import DAY, make_action, make_promise, make_user

from carrears.access.services import issue_token
from carrears.api import api
from carrears.casework.models import Hold
from carrears.outreach.calls import book_call

pytestmark = pytest.mark.django_db
TURNS = int(os.environ.get("CARREARS_PROBE_TURNS", "3"))
OTHERS = "孙试九"  # whom nobody of the agency may see; no value below has it
_OUTSIDE = {"stranger", "agency", "robot"}
_DEEP = 3000
_T = TypeVar("_T")

# As they stand in addresses, forms and JSON alike.
VALUES: tuple[str, ...] = (
    "", " ", "0", "-1", "1", "00", "1e9", "NaN", "Infinity", "9" * 30, "-" + "9" * 19, "2147483648",
    "9223372036854775808", "1.5", "１２", "٣", "²", "None", "true", "[]", "{}", "a" * 70_000,
    "'", '"', "' or 1=1 --", "'; select pg_sleep(9) --", "\\", "%", "%s %d %(a)s", "{0}{x.y}",
    "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "../../../etc/passwd", "..\\..\\windows",
    "/etc/passwd", "file:///etc/passwd", "http://169.254.169.254/", "//example.org", "C:\\con",
    "\0", "a\0b", "\r\nSet-Cookie: a=b", "\udc80",
    "\u202e\u2066", "\ufeff", "é" * 300, "𠀀" * 300, "🚗", "2026-02-30", "0000-00-00", "9999-12-31",
    "0001-01-01", "2026-13-01T25:61", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
    "12:60", "*", "?", "#", "&a=b", ";", "|id", "`id`", "$(id)", ".", "..", "(" * _DEEP,
)  # fmt: skip
# What stands in JSON besides: null, numbers, lists, things within things.
JSON_VALUES: tuple[str, ...] = (
    "null", "true", "-1", "1e400", "1" + "0" * 400, "9223372036854775808", "NaN", "1.5", "[]", "{}",
    "[null]", '{"a":{"b":[]}}', '"\\u0000"', '"\\ud800"', "[" * 90 + "]" * 90, '[{"a":1},2]',
)  # fmt: skip
_BROKEN_FILE = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../a\0b"\r\n\r\n'
    b"%PDF-\r\n--x--\r\n"
)
# Whole bodies that are what they say they are not.
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b'{"a":1,"a":2}'),
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"a":' * 5000 + b"1" + b"}" * 5000),
    ("application/json", b"\xff\xfe\x00"),
    ("application/json", "﻿{}".encode()),
    ("application/json; charset=utf-16", '{"a":1}'.encode("utf-16")),
    ("application/json; charset=nothing", b"{}"),
    ("application/x-www-form-urlencoded", b"%ff%fe=%00&a&=&==&a=1&a=2&" + b"b=" * 50),
    ("application/x-www-form-urlencoded; charset=utf-7", b"q=+ADw-"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % one for one in range(3000))),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\0\r\n"),
    ("multipart/form-data; boundary=x", _BROKEN_FILE),
    ("multipart/form-data; boundary=" + "y" * 300, b"--y--"),
    ("text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    ("", b"\0" * 64),
    ('a/b/c;;="', b"x"),
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Current-URL": "http://[::"},
    {"HX-Request": "true", "HX-Target": "\xff", "HX-Trigger-Name": "'"},
    {"Accept": "application/json;q=x, */*", "Accept-Language": "zz;q=,,"},
    {"Cookie": "sessionid=\xff\x01; csrftoken=a; django_language=../../x"},
    {"Range": "bytes=-9-9, 1-", "If-None-Match": '"', "If-Modified-Since": "x"},
    {"Idempotency-Key": "k" * 5000},
    {"Idempotency-Key": "\xff'"},
    {"Referer": "http://[", "Origin": "null", "X-Forwarded-For": "1.2.3.4.5, ::gg"},
    {"X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "a b", "Host": "exa mple:99999"},
)
METHODS = (
    "GET",
    "POST",
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "PATCH",
    "DELETE",
    "TRACE",
    "X Y",
)
# By what the fields of forms are called, what makes them go further than the first refusal.
PLAUSIBLE = {
    "reason": "legal", "kind": "phone", "channel": "call", "loan_no": "PLACED-1", "amount": "100",
    "currency": "CNY", "due_on": "2026-07-05", "from_on": "2026-07-01", "until_on": "2026-07-09",
    "first": "2026-06-01", "last": "2026-06-30", "from": "2026-06-01", "to": "2026-06-30",
    "on": "2026-06-30", "at": "2026-06-30T10:00", "page": "1", "state": "open", "text": "x",
    "words": "x", "note": "x", "why": "x", "name": "n", "key": str(uuid.UUID(int=7)), "code": "x",
}  # fmt: skip


class Draw:
    """What a turn at an address gets, by a hash; the same in every run."""

    def __init__(self, address: str, turn: int) -> None:
        self._seed, self._drawn = f"{address}|{turn}", 0

    def one(self, of: Sequence[_T]) -> _T:
        self._drawn += 1
        drawn = sha256(f"{self._seed}|{self._drawn}".encode()).digest()
        return of[int.from_bytes(drawn[:8], "big") % len(of)]


@dataclass(frozen=True)
class Ask:
    """One request."""

    who: str
    method: str
    address: str
    kind: str = ""
    told: bytes = b""
    more: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        told = self.told[:200]
        return f"{self.who} {self.method} {self.address[:200]} {self.kind} {told!r} {self.more}"


@dataclass
class Probe:
    """Whoever asks, what was tried, and what came of it."""

    people: dict[str, Client]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    tried: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def value(self, draw: Draw) -> str:
        found = draw.one(VALUES)
        self.values[found] += 1
        return found

    def ask(self, one: Ask) -> None:
        """Ask once, as if nobody had asked, and note what no server should say."""
        raised: list[str] = []

        def note(**_: Any) -> None:
            raised.append(traceback.format_exc(limit=-3))

        client = self.people[one.who]
        got_request_exception.connect(note)
        try:
            with transaction.atomic():
                answer = client.generic(
                    one.method, one.address, one.told, content_type=one.kind, headers=one.more
                )
                said = b"".join(answer) if answer.streaming else answer.content
                transaction.set_rollback(True)
        except Exception:  # noqa: BLE001  a fault of the server, as whoever asks sees it
            self.faults.append(f"{one}\n{traceback.format_exc(limit=-3)[-1500:]}")
            return
        finally:
            got_request_exception.disconnect(note)
        self.tried[one.who] += 1
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or raised:
            self.faults.append(f"{one}: {answer.status_code}\n{''.join(raised)[-1500:]}")
        if one.who in _OUTSIDE and OTHERS in said.decode(errors="replace"):
            self.faults.append(f"{one} shows another's")


@pytest.fixture
def probe(settings: Any, tmp_path: Path) -> Probe:
    settings.API_PER_MINUTE = settings.SCREENS_PER_MINUTE = settings.SIGN_IN_PER_MINUTE = 0
    settings.MAIL_DIR, settings.VAULT_DIR = tmp_path / "mail", tmp_path / "vault"
    abroad = go_abroad()
    everything = make_user(role="team_lead", username="everything")
    everything.user_permissions.set(Permission.objects.all())
    people = {"stranger": Client()}
    for name, user in (
        ("agency", abroad.user),
        ("collector", make_user(role="collector")),
        ("officer", make_user(role="compliance_officer")),
        ("everything", type(everything).objects.get(pk=everything.pk)),
    ):
        people[name] = Client()
        people[name].force_login(user)
    for name, user in (("robot", abroad.user), ("program", everything)):
        secret = issue_token(user, name=name)
        people[name] = Client(headers={"Authorization": f"Bearer {secret}"})
    for client in people.values():
        client.raise_request_exception = False
    return Probe(people, _objects(abroad), _names())


def _objects(abroad: Abroad) -> tuple[str, ...]:
    """Numbers of things that are there, of the agency's and of others."""
    told = [abroad.user.pk, abroad.agency.pk]
    for case in (abroad.placed, abroad.other):
        assert case.party is not None
        call = book_call(case, party=case.party, key=f"call-{case.pk}", by=None)
        hold = Hold.objects.create(case=case, reason="legal", from_on=DAY)
        promise = make_promise(case, (1, DAY))
        point = case.party.contact_points.first()
        assert point is not None
        told += [case.pk, call.pk, hold.pk, promise.pk, make_action(case=case).pk, point.pk]
    return tuple(str(one) for one in told)


def _names() -> tuple[str, ...]:
    """By what the pages read addresses and forms, as their code has it."""
    found: set[str] = set()
    for path in Path("src/carrears").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(
            re.findall(r'(?:params|GET|POST|FILES|asked|told)\.get(?:list)?\("(\w+)"', text)
        )
        if path.name.endswith("forms.py"):
            found |= set(re.findall(r"^    (\w+) = (?:forms\.)?\w*Field\(", text, re.MULTILINE))
    return tuple(sorted(found))


def _quoted(probe: Probe, draw: Draw) -> str:
    return quote(probe.value(draw)[:3000], safe="", errors="surrogatepass")


def _filled(route: str, probe: Probe, draw: Draw) -> str:
    """An address of the route: what is there, or a value that is hostile."""

    def fill(found: re.Match[str]) -> str:
        kind = found[1] or "str"
        if kind == "int":
            return draw.one([*probe.keys, *probe.keys, "0", "9" * 19, "9" * 40])
        if kind == "uuid":
            return draw.one([str(uuid.UUID(int=0)), str(uuid.UUID(int=2**128 - 1))])
        good = {"path": ["PLACED-1", "OTHERS-9"], "slug": ["cn", "queue"]}.get(kind, ["phone"])
        return draw.one([*good, *good, _quoted(probe, draw)])

    return "/" + re.sub(r"<(?:(\w+):)?\w+>", fill, route)


def _asked(pairs: Sequence[tuple[str, str]]) -> str:
    return "?" + urlencode(pairs, errors="surrogatepass")


def _pairs(probe: Probe, draw: Draw) -> list[tuple[str, str]]:
    """Fields of a form: plausible ones, and hostile ones among them, some twice."""
    hostile = {draw.one(probe.names) for _ in range(draw.one([1, 3, 40]))}
    value = probe.value(draw)
    pairs = [(name, PLAUSIBLE.get(name, "1")) for name in probe.names if name not in hostile]
    pairs += [(name, value) for name in hostile]
    return pairs + ([(draw.one(probe.names), probe.value(draw))] if draw.one([0, 1]) else [])


def _body(probe: Probe, draw: Draw) -> tuple[str, bytes]:
    shape = draw.one(["form", "form", "form", "file", "odd"])
    if shape == "odd":
        return draw.one(list(BODIES))
    pairs = _pairs(probe, draw)
    if shape == "form":
        told = urlencode(pairs, errors="surrogatepass").encode()
        return "application/x-www-form-urlencoded", told
    lines = [
        b'--xYz\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (name.encode(), value.encode(errors="surrogatepass"))
        for name, value in pairs
    ]
    for name in ("file", "files", "manifest", "archive"):
        content = draw.one([b"", b"\0", b"PK\3\4", b"%PDF-1.7", b"a,b\n\xff\xfe,1\n", b"RIFF"])
        name_told = draw.one(["a.csv", "../a.zip", "a\0.pdf", "ä" * 300, ""]).encode()
        lines.append(
            b'--xYz\r\nContent-Disposition: form-data; name="%b"; filename="%b"\r\n'
            b"Content-Type: text/csv\r\n\r\n%b\r\n" % (name.encode(), name_told, content)
        )
    return "multipart/form-data; boundary=xYz", b"".join(lines) + b"--xYz--\r\n"


_INSIDE = ["everything", "everything", "everything", "agency", "collector", "officer", "stranger"]


def test_no_screen_breaks(probe: Probe) -> None:
    for route in sorted({route for _, route in screens()}):
        for turn in range(TURNS):
            draw = Draw(route, turn)
            method = METHODS[turn] if turn < 2 else draw.one(METHODS)
            address, kind, told = _filled(route, probe, draw), "", b""
            if draw.one([0, 1, 1]):
                address += _asked(_pairs(probe, draw)[-draw.one([1, 6, 400]) :])
            if method not in {"GET", "HEAD"}:
                kind, told = _body(probe, draw)
            probe.ask(Ask(draw.one(_INSIDE), method, address, kind, told, draw.one(HEADERS)))
    assert probe.faults == [], "\n".join(probe.faults)
    assert set(_INSIDE) == set(probe.tried)
    assert {value for value in VALUES if probe.values[value] == 0} == set()


@cache
def _schema() -> dict[str, Any]:
    found: dict[str, Any] = api.get_openapi_schema()
    return found


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in sorted(_schema()["paths"].items()):
        for method, told in methods.items():
            yield method.upper(), path, told


def _of_schema(schema: dict[str, Any], parts: dict[str, Any], depth: int = 0) -> Any:
    """What a schema takes, as simple as may be."""
    if "$ref" in schema:
        return _of_schema(parts[schema["$ref"].rsplit("/", 1)[1]], parts, depth + 1)
    for name in ("anyOf", "allOf", "oneOf"):
        if name in schema:
            return _of_schema(schema[name][0], parts, depth + 1)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {}).items() if depth < 6 else ()
        return {
            name: PLAUSIBLE.get(name) or _of_schema(one, parts, depth + 1) for name, one in fields
        }
    if kind == "array":
        return [_of_schema(schema.get("items", {}), parts, depth + 1)]
    formats = {"date": "2026-07-05", "date-time": "2026-06-30T10:00:00+08:00"}
    formats |= {"uuid": str(uuid.UUID(int=7))}
    text = formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
    return {"integer": 1, "number": 1, "boolean": True, "string": text}.get(str(kind))


def _spoilt(told: Any, value: str, draw: Draw) -> str:
    """The JSON with one field, however deep, that is something else."""
    places: list[Callable[[], None]] = []

    def walk(here: Any) -> None:
        pairs = here.items() if isinstance(here, dict) else enumerate(here)
        for key, one in list(pairs):
            places.append(lambda here=here, key=key: here.__setitem__(key, "@@"))  # type: ignore[misc]
            if isinstance(one, dict | list):
                walk(one)

    if isinstance(told, dict | list):
        walk(told)
    if places:
        draw.one(places)()
    return json.dumps(told).replace('"@@"', value, 1)


def _sent(told: dict[str, Any], probe: Probe, draw: Draw) -> tuple[str, bytes]:
    """A body for an operation: what its schema takes with one thing in it that is not, or worse."""
    content = told.get("requestBody", {}).get("content", {})
    if "application/json" in content and draw.one([0, 1, 1, 1]):
        parts = _schema()["components"]["schemas"]
        good = _of_schema(content["application/json"]["schema"], parts)
        value = draw.one([json.dumps(probe.value(draw)), draw.one(JSON_VALUES)])
        return "application/json", _spoilt(good, value, draw).encode()
    if content:
        return _body(probe, draw) if draw.one([0, 1]) else draw.one(BODIES)
    return "", b""


def _address(path: str, told: dict[str, Any], probe: Probe, draw: Draw) -> str:
    def fill(_: re.Match[str]) -> str:
        return draw.one([*probe.keys, "PLACED-1", "OTHERS-9", _quoted(probe, draw)])

    asked = [one["name"] for one in told.get("parameters", []) if one["in"] == "query"]
    address = re.sub(r"\{\w+\}", fill, path)
    if not asked or not draw.one([0, 1, 1]):
        return address
    return address + _asked([(draw.one(asked), probe.value(draw)) for _ in range(2)])


def test_no_operation_breaks(probe: Probe) -> None:
    people = ["program", "program", "program", "robot", "stranger"]
    for wanted, path, told in _operations():
        for turn in range(TURNS):
            draw = Draw(f"{wanted} {path}", turn)
            method = wanted if turn < 2 else draw.one((wanted, *METHODS))
            kind, body = _sent(told, probe, draw)
            more = {"Idempotency-Key": f"k-{turn}-of-this"} | draw.one(HEADERS)
            address = _address(path, told, probe, draw)
            probe.ask(Ask(draw.one(people), method, address, kind, body, more))
    assert probe.faults == [], "\n".join(probe.faults)
    assert set(people) == set(probe.tried)
