from __future__ import annotations

from datetime import date
from decimal import Decimal

import duckdb
from delinquency.books import Book, instalment, loan, payment, terms

from carrears.delinquency.engine import fetch, register_tables
from carrears.delinquency.pattern import payment_pattern
from carrears.delinquency.screen import delinquency
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
        t = register_tables(engine, Book(loans, rows, paid, [terms()]).arrow())
        state = delinquency(t["loans"], t["instalments"], t["payments"], t["terms"], as_of=DAY)
        pattern = payment_pattern(state, t["instalments"], t["payments"], t["events"], as_of=DAY)
        features = scoring_features(t["loans"], state, pattern)
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
