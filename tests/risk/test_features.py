from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
import pytest
from delinquency.books import Book, instalment, loan, payment, terms

from carrears.delinquency.engine import fetch, register_tables
from carrears.delinquency.reckoning.reckon import reckon
from carrears.delinquency.state import loan_states
from carrears.portfolio.products import Product, Products
from carrears.risk.features import scoring_features
from carrears.risk.scorecard import explain, load_scorecard, score_expression, score_row

DAY = date(2025, 4, 30)


def test_a_book_is_scored_from_its_tables() -> None:
    known = {"vehicle_value": 1_500_00, "bureau_score": 700, "payment_to_income": Decimal("0.09")}
    loans = [loan(1, **known), loan(2), loan(3, closed_on=DAY)]
    rows = [instalment(n, date(2025, 1 + n, 15), k) for n in (1, 2, 3) for k in (1, 2, 3)]
    paid = [payment(n, date(2025, 1 + n, 15), 111_00) for n in (1, 2, 3)]
    card = load_scorecard()
    with duckdb.connect() as engine:
        tables = Book(loans, rows, paid, [terms()]).arrow()
        reckoned = reckon(tables, products=Products({"default": Product()}), as_of=DAY)
        t = register_tables(engine, {"loans": tables["loans"], "reckoned": reckoned})
        state = loan_states(t["loans"], t["reckoned"], as_of=DAY)
        features = scoring_features(t["loans"], state, as_of=DAY)
        scored = fetch(engine, score_expression(features, card).order_by("loan_id")).to_pylist()

    payer, misser = scored
    assert payer["loan_to_value"] == 1_200_00 / 1_500_00
    assert payer["payment_to_income"] == 0.09
    assert (misser["loan_to_value"], misser["bureau_score"]) == (None, None)
    assert (misser["dpd"], misser["late_of_last_12"], misser["paid_share_3m"]) == (74, 3, 0.0)
    assert payer["score"] > misser["score"]
    for row in scored:
        assert row["score"] == score_row(card, row)
        assert row["reasons"] == [reason.code for reason in explain(card, row)]


@pytest.mark.parametrize(
    ("as_of", "whole"), [(date(2025, 3, 19), 0), (date(2025, 3, 20), 1), (date(2025, 2, 20), 0)]
)
def test_months_since_payment_are_whole(as_of: date, whole: int) -> None:
    tables = Book([loan(1)], [], [payment(1, date(2025, 2, 20), 1)], [terms()]).arrow()
    reckoned = reckon(tables, products=Products({"default": Product()}), as_of=as_of)
    with duckdb.connect() as engine:
        t = register_tables(engine, {"loans": tables["loans"], "reckoned": reckoned})
        state = loan_states(t["loans"], t["reckoned"], as_of=as_of)
        [row] = fetch(engine, scoring_features(t["loans"], state, as_of=as_of)).to_pylist()

    assert row["months_since_payment"] == whole
