"""Values, bodies and headers that break servers, and the drawing of them, the same in every run."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

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
