"""The page of the API names every endpoint, and its examples are what the API answers."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from docs.pages import code_of, table_rows
from factories import make_user

from carrears.access.services import issue_token


@pytest.fixture(scope="session")
def page(docs: Path) -> str:
    return (docs / "api.md").read_text(encoding="utf-8")


def _json_blocks(page: str) -> list[Any]:
    return [json.loads(one) for one in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]


def _token() -> str:
    user = make_user(role="operator")
    return issue_token(user, name="test")


def test_every_endpoint_is_documented_and_no_other(page: str) -> None:
    from carrears.api import api  # noqa: PLC0415  Django has to be up

    paths = api.get_openapi_schema(path_prefix="/api/")["paths"]
    served = {f"{method.upper()} {path}" for path, by in paths.items() for method in by}
    documented = {
        name for row in table_rows(page) for name in code_of(row[0]) if re.match(r"[A-Z]+ /", name)
    }
    assert documented == served


@pytest.mark.django_db
def test_the_example_of_an_error_is_what_is_answered(page: str, client: Client) -> None:
    expected = next(one for one in _json_blocks(page) if "instance" in one)
    answer = client.post(
        expected["instance"],
        data={"amount": 123456, "currency": "cny", "paid_on": "2026-11-02"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {_token()}", "Idempotency-Key": "bank-20261102-000173"},
    )
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == expected
    assert answer.status_code == expected["status"]


def test_the_example_of_a_payment_has_the_members_of_the_answer(page: str) -> None:
    from carrears.inbox.api import EffectOut, PaymentIn  # noqa: PLC0415  Django has to be up

    [sent] = [json.loads(one) for one in re.findall(r"-d '(.*?)'", page)]
    assert PaymentIn.model_validate(sent).model_dump(mode="json") == sent
    shown = next(one for one in _json_blocks(page) if "repeated" in one)
    assert list(shown) == list(EffectOut.model_fields)


@pytest.mark.django_db
def test_documentation_and_description_are_served(page: str, client: Client) -> None:
    for address in ("/api/docs", "/api/openapi.json"):
        assert f"`{address}`" in page
        assert client.get(address).status_code == HTTPStatus.OK


@pytest.mark.django_db
def test_without_a_token_the_door_is_shut(client: Client) -> None:
    assert client.get("/api/cases").status_code == HTTPStatus.UNAUTHORIZED
