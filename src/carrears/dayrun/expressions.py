"""What a day asks of a book, as one expression each: composed from delinquency and risk."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from carrears.delinquency.engine import compile_sql, ibis_table
from carrears.delinquency.pattern import payment_pattern
from carrears.delinquency.screen import delinquency
from carrears.layout import TABLES
from carrears.portfolio.products import TERMS
from carrears.risk.features import scoring_features
from carrears.risk.scorecard import load_scorecard, score_expression


def state_sql(as_of: date) -> str:
    """The delinquency of every open loan of an engine's tables."""
    return compile_sql(_state(as_of))


def _state(as_of: date) -> ir.Table:
    names = ("loans", "instalments", "payments", "terms")
    return delinquency(*(_table(name) for name in names), as_of=as_of)


def _table(name: str) -> ir.Table:
    return ibis_table(name, TABLES.get(name, TERMS))


def score_sql(as_of: date) -> str:
    """The table ``state`` with the loan's figures, and a score for every loan that is behind."""
    card, loans = load_scorecard(), _table("loans")
    state = ibis.table(_state(as_of).schema(), name="state")
    behind = state.filter(state.dpd > 0)
    pattern = payment_pattern(
        behind,
        _table("instalments"),
        _table("payments"),
        _table("events"),
        as_of=as_of,
        late_after_days=card.pattern.late_after_days,
        late_shortfall_share=card.pattern.late_shortfall_share,
    )
    scores = score_expression(scoring_features(loans, behind, pattern), card)
    about = loans.select("loan_id", "vehicle_value", "instalment")
    scored = state.left_join(about, "loan_id", rname="about_{name}").drop("about_loan_id")
    kept = scores.select("loan_id", "score", "band", "reasons")
    scored = scored.left_join(kept, "loan_id", rname="score_{name}").drop("score_loan_id")
    return compile_sql(scored.mutate(as_of=ibis.date(as_of)))
