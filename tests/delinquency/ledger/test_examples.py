"""The worked examples: replayed by the twin, and shown in docs/ledger.md as they are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from carrears.delinquency.ledger.entries import Account, Due, Entry, Kind, LoanTerms
from carrears.delinquency.ledger.twin import replay
from carrears.delinquency.ledger.waterfall import Component, make_waterfall

EXAMPLES = yaml.safe_load(Path(__file__).with_name("examples.yaml").read_text("utf-8"))
PAGE = Path(__file__).parents[3] / "docs" / "ledger.md"
STARTS = [date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 15)]
HEAD = "| Example | Day | 费用 | 罚息 | 复利 | 利息 | 本金 | DPD |"


def minor(text: str) -> int:
    return int(Decimal(text) * 100)


def account_of(example: dict[str, Any]) -> Account:
    given = {"penalty_rate": 18_000_000} | example.get("terms", {})
    waterfall = make_waterfall(given.pop("style", "installment_by_installment"))
    return Account(
        terms=LoanTerms(waterfall=waterfall, **given),
        schedule=tuple(
            Due(starts_on=a, due_on=b, principal=1000_00, interest=100_00, fee=10_00)
            for a, b in pairwise(STARTS)
        ),
        entries=tuple(entry_of(raw) for raw in example.get("entries", [])),
    )


def entry_of(raw: dict[str, Any]) -> Entry:
    fields = raw | {"kind": Kind[raw["kind"]], "amount": minor(raw.get("amount", "0"))}
    if "component" in raw:
        fields["component"] = Component[raw["component"]]
    return Entry(**fields)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_worked_example(example: dict[str, Any]) -> None:
    position = replay(account_of(example), as_of=example["day"])
    assert (position.arrears, position.dpd) == (
        [minor(amount) for amount in example["owes"]],
        example["dpd"],
    )


def test_the_page_shows_the_examples() -> None:
    rows = [
        f"| {e['name']} | {e['day']} | " + " | ".join(e["owes"]) + f" | {e['dpd']} |"
        for e in EXAMPLES
    ]
    lines = PAGE.read_text("utf-8").splitlines()
    begin = lines.index(HEAD) + 2
    assert lines[begin : begin + len(rows) + 1] == [*rows, ""]
