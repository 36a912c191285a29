"""What a loan owes, as a program asks for it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from delinquency import books
from delinquency.books import START, Book
from django.test import Client
from factories import make_case, make_user
from standing_book import register
from typer.testing import CliRunner

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.cli import app
from carrears.portfolio.models import ReceivedPayment

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 1)
PRODUCTS = """
auto:
  penalty: {surcharge: "0.5"}
"""


@pytest.fixture(autouse=True)
def book(tmp_path: Path, settings: Any) -> None:
    """One loan of 18 % penalty interest, its first instalment 30 days past due on DAY."""
    settings.BOOK_DIR = settings.CARREARS_HOME = tmp_path
    (tmp_path / "products.yaml").write_text(PRODUCTS)
    loan = books.loan(1, product="auto", annual_rate=Decimal("0.12"), originated_on=START)
    due = [books.instalment(1, date(2025, 1, 30)), books.instalment(2, date(2025, 4, 30))]
    register(Book([loan], due, [], []), tmp_path, DAY)


def client_of(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='test')}"})


def test_arrears_come_by_part_with_the_payoff() -> None:
    client = client_of(make_user(role="team_lead"))

    answer = client.get("/api/loans/L1/ledger", {"on": DAY.isoformat()}).json()

    assert answer["dpd"] == 30
    assert answer["arrears"] == {
        "fee": 1_00, "penalty": 1_50, "compound": 0, "interest": 10_00, "principal": 100_00,
        "total": 112_50,
    }  # fmt: skip
    # Of the second instalment its principal, its fee, and 30 of 90 days of its interest.
    assert answer["payoff"] == 112_50 + 100_00 + 1_00 + 3_33
    later = client.get("/api/loans/L1/ledger", {"on": "2025-03-11"}).json()
    assert later["arrears"]["penalty"] == 2_00


def test_what_was_known_then_and_what_is_known_now() -> None:
    ReceivedPayment.objects.create(
        idempotency_key="late", loan_no="L1", amount=111_00, currency="CNY", source="api",
        paid_on=date(2025, 1, 30), known_on=date(2025, 3, 5),
    )  # fmt: skip
    client = client_of(make_user(role="team_lead"))

    now = client.get("/api/loans/L1/ledger", {"on": "2025-03-01"}).json()
    then = client.get("/api/loans/L1/ledger", {"on": "2025-03-01", "known": "2025-03-01"}).json()

    assert (now["dpd"], now["arrears"]["total"]) == (0, 0)
    assert (then["dpd"], then["arrears"]["total"]) == (30, 112_50)
    [entry] = now["entries"]
    assert (entry["number"], entry["moved"]["principal"]) == ("late", 100_00)


def test_only_those_see_it_who_may() -> None:
    me = make_user(role="collector")
    client = client_of(me)
    asked = {"on": DAY.isoformat()}
    assert client.get("/api/loans/L1/ledger", asked).status_code == 404
    make_case(loan_no="L1", name="", assignee=me)
    assert client.get("/api/loans/L1/ledger", asked).status_code == 200
    assert client.get("/api/loans/L2/ledger", asked).status_code == 404
    assert client.get("/api/loans/L1/ledger", {"on": "soon"}).status_code == 422


def test_the_command_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carrears.cli.ledger.start_django", lambda: None)
    run = CliRunner().invoke

    quoted = run(app, ["ledger", "quote", "L1", "--on", "2025-03-01", "--json"])
    assert json.loads(quoted.stdout)["payoff"] == 216_83
    unknown = run(app, ["ledger", "quote", "L9", "--on", "2025-03-01"])
    assert (unknown.exit_code, run(app, ["ledger", "quote", "L1", "--on", "x"]).exit_code) == (1, 1)
