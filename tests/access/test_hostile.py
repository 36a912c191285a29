"""Hostile values at every address, in many shapes and as many people: never an error of the server.

Each address is asked a few times; who asks, how and with what is drawn by a hash of address and
turn, so that a run is the same as the last, and every address, person, shape and value has its
turns. ``CARREARS_PROBE_TURNS`` asks each address so many times: a night's run finds more.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from access.addresses import screens
from access.hostile import BODIES, HEADERS, JSON_VALUES, METHODS, PLAUSIBLE, VALUES, Draw
from access.probing import Ask, Probe, make_probe

from carrears.api import api

pytestmark = pytest.mark.django_db
TURNS = int(os.environ.get("CARREARS_PROBE_TURNS", "3"))


@pytest.fixture
def probe(settings: Any, tmp_path: Path) -> Probe:
    return make_probe(settings, tmp_path)


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
