from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from carrears.delinquency.buckets import load_buckets
from carrears.money import to_minor
from delinquency.books import Book, Judge, Row, instalment, loan, payment, terms

EXAMPLES = yaml.safe_load(Path(__file__).with_name("worked_examples.yaml").read_text("utf-8"))
MONEY = {"arrears", "arrears_fee", "arrears_interest", "arrears_principal"}
MONEY |= {"paid_total", "paid_ahead", "principal_outstanding"}


def read_book(example: dict[str, Any]) -> Book:
    parts = {"principal": 1000_00, "interest": 100_00, "fee": 10_00}
    rows = [instalment(n, date(2025, 1 + n, 15), **parts) for n in (1, 2, 3)]
    if deferral := example.get("deferral"):
        moved = rows[deferral["instalment"] - 1]
        moved["superseded_on"] = deferral["agreed_on"]
        fresh = {
            "due_on": deferral["to"],
            "effective_on": deferral["agreed_on"],
            "superseded_on": None,
        }
        rows.append(moved | fresh)
    paid = [
        payment(number, entry["paid_on"], to_minor(entry["amount"], "CNY"))
        for number, entry in enumerate(example.get("payments", []))
    ]
    given = example.get("terms", {})
    tolerated = to_minor(given.get("materiality", 0), "CNY")
    return Book([loan()], rows, paid, [terms(grace=given.get("grace_days", 0), minor=tolerated)])


def in_minor(expect: Row) -> Row:
    return {n: to_minor(v, "CNY") if n in MONEY else v for n, v in expect.items()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_worked_example(judge: Judge, example: dict[str, Any]) -> None:
    state = judge(read_book(example), as_of=example["as_of"])[1]
    state["bucket"] = load_buckets().names[state["bucket"]]

    assert {name: state[name] for name in example["expect"]} == in_minor(example["expect"])
