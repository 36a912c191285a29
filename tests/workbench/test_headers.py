"""Every address there is answers with the headers that bind a browser, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from access.test_doors import OPERATIONS, SCREENS, address_of
from django.test import Client
from factories import make_case, make_user
from pytest_django import Settings

from carrears.access.models import User
from carrears.access.services import issue_token

pytestmark = pytest.mark.django_db


def asked() -> Iterator[tuple[str, str]]:
    """The name and an address of each screen and each operation that reads."""
    for name, route in SCREENS:
        yield name, address_of(route, pk=1)
    for method, route, address in OPERATIONS:
        if method == "GET":
            yield route, "/" + address.replace("{pk}", "1").lstrip("/")


@pytest.mark.parametrize("role", ["", "administrator", "collector", "api"])
def test_every_address_has_the_headers(settings: Settings, role: str) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    make_case(loan_no="OTHERS-9")
    client = Client(raise_request_exception=False)
    if role == "api":
        secret = issue_token(_everything(), name="x")
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        client.raise_request_exception = False
    elif role:
        client.force_login(_everything() if role == "administrator" else make_user(role=role))
    lacking = []
    for name, address in asked():
        answer = client.get(address, secure=True)
        told = answer.headers
        policy = told.get("Content-Security-Policy", "")
        is_well = (
            told.get("X-Content-Type-Options") == "nosniff"
            and told.get("X-Frame-Options") in {"DENY", "SAMEORIGIN"}
            and told.get("Referrer-Policy") in {"same-origin", "no-referrer"}
            and told.get("Strict-Transport-Security", "").startswith("max-age=31536000")
            and told.get("Cross-Origin-Opener-Policy") == "same-origin"
            and "default-src 'self'" in policy
            and "frame-ancestors" in policy
            and "unsafe" not in policy
            and "http:" not in policy
        )
        if not is_well or "no-store" not in told.get("Cache-Control", ""):
            lacking.append((name, answer.status_code, dict(told)))
    assert lacking == [], lacking


def _everything() -> User:
    user = make_user(role="auditor", username="everything")
    user.is_superuser = True
    user.save()
    return user
