"""Going through the door as a browser does."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from carrears.evidence.models import Entry

PASSWORD = "x" * 12


def enter(
    client: Client, username: str, password: str = PASSWORD, *, address: str = "203.0.113.7"
) -> HttpResponse:
    """Send user name and password, from an address."""
    data = {"username": username, "password": password}
    answer: Any = client.post("/sign-in/", data, REMOTE_ADDR=address)
    return answer  # type: ignore[no-any-return]


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows now, or so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_app_up(client: Client) -> tuple[str, list[str]]:
    """Set an authenticator app up: its secret, and the recovery codes that come with it."""
    confirm(client)
    page = client.get("/account/app/").content.decode()
    secret = re.findall(r"<code[^>]*>([A-Z2-7]+)</code>", page)[0]
    answer = client.post("/account/app/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/account/codes/"
    shown = client.get("/account/codes/").content.decode()
    cache.clear()  # the code that set it up would be good again half a minute later
    return secret, re.findall(r"<li>(\d{8})</li>", shown)


def confirm(client: Client, password: str = PASSWORD) -> None:
    """Confirm by password."""
    client.post("/account/confirm/", {"password": password})


def told(*kinds: str) -> list[dict[str, Any]]:
    """The payloads of what was recorded of these kinds, in order, with subject and actor."""
    found = Entry.objects.filter(kind__in=kinds).order_by("pk")
    return [
        json.loads(one.payload) | {"kind": one.kind, "subject": one.subject, "actor": one.actor}
        for one in found
    ]
