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

from carrears import layout
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


def test_a_statement_can_be_worked_out_again_by_hand() -> None:
    ReceivedPayment.objects.create(
        idempotency_key="part", loan_no="L1", amount=40_00, currency="CNY", source="api",
        paid_on=date(2025, 2, 9), known_on=date(2025, 2, 9),
    )  # fmt: skip
    client = client_of(make_user(role="team_lead"))

    told = client.get("/api/loans/L1/statement", {"on": DAY.isoformat()}).json()

    assert (told["terms"]["penalty_rate"], told["terms"]["year_days"]) == ("0.18", 360)
    one, two = told["instalments"]
    # Ten days on 100.00: 0.50. The 40.00 pay the fee, the penalty so far, the interest, and 28.50
    # of principal; twenty days on the 71.50 left: 0.7150. In all 1.215, of which 0.50 is paid.
    assert [
        (run["start"], run["days"], run["penalty"]["base"], run["penalty"]["exact"])
        for run in one["interest_runs"]
    ] == [("2025-01-30", 10, 100_00, "50"), ("2025-02-09", 20, 71_50, "143/2")]
    assert one["accrued"]["penalty"] == {"exact": "243/2", "decimals": "121.500000"}
    assert (one["owed"]["penalty"], one["paid"]["penalty"]) == (1_22, 50)
    [entry] = told["entries"]
    assert [(p["seq"], p["timing"], p["part"], p["amount"]) for p in entry["portions"]] == [
        (1, "past", "fee", 1_00),
        (1, "past", "penalty", 50),
        (1, "past", "interest", 10_00),
        (1, "past", "principal", 28_50),
    ]
    assert (entry["told"], entry["left"]) == (40_00, 0)
    assert two["payoff"] == {
        "rest": 101_00, "interest": 3_33, "earned": 3_33, "given_back": 0,
        "days": 30, "of_days": 90,
    }  # fmt: skip
    assert told["payoff"] == 72 + 71_50 + 101_00 + 3_33


def test_money_taken_back_is_told_in_the_statement() -> None:
    paid = date(2025, 2, 1)
    for number, amount in (("p", 20_00), ("back", -5_00)):
        ReceivedPayment.objects.create(
            idempotency_key=number, loan_no="L1", amount=amount, currency="CNY", source="api",
            paid_on=paid, known_on=paid,
        )  # fmt: skip
    client = client_of(make_user(role="team_lead"))

    told = client.get("/api/loans/L1/statement", {"on": DAY.isoformat()}).json()

    assert [(e["number"], e["told"], e["amount"]) for e in told["entries"]] == [("p", 20_00, 15_00)]
    assert told["taken_back"] == [{"number": "back", "day": "2025-02-01", "amount": -5_00}]


def test_what_entries_did_beside_money_is_told_in_the_statement(tmp_path: Path) -> None:
    loan = books.loan(1, product="auto", annual_rate=Decimal("0.12"), originated_on=START)
    due = [books.instalment(1, date(2025, 1, 30)), books.instalment(2, date(2025, 4, 30))]
    blank = dict.fromkeys(layout.EVENTS.names) | {"loan_id": 1, "happened_on": date(2025, 1, 20)}
    told: list[dict[str, Any]] = [
        {"event_no": "M", "kind": "deferral", "seq": 1, "until_on": date(2025, 2, 9)},
        {"event_no": "S", "kind": "pause", "until_on": date(2025, 2, 19)},
        {"event_no": "W", "kind": "waiver", "amount": 9_00, "part": "fee"},
    ]
    register(Book([loan], due, [], [], [blank | one for one in told]), tmp_path, DAY, revision=2)
    client = client_of(make_user(role="team_lead"))

    entries = client.get("/api/loans/L1/statement", {"on": DAY.isoformat()}).json()["entries"]

    move, pause, waiver = sorted(entries, key=lambda one: str(one["number"]))
    assert move["due_moved"] == {"seq": 1, "was": "2025-01-30", "now": "2025-02-09"}
    assert (pause["until"], pause["used"], pause["due_moved"]) == ("2025-02-19", None, None)
    assert (waiver["told"], waiver["used"]) == (9_00, 2_00)
    assert set(waiver["moved"]) == {"fee", "penalty", "compound", "interest", "principal"}


def test_only_those_see_a_statement_who_may() -> None:
    client = client_of(make_user(role="collector"))
    asked = {"on": DAY.isoformat()}

    assert client.get("/api/loans/L1/statement", asked).status_code == 404
