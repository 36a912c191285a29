"""What a day asks of a book, as one expression each: composed from delinquency and risk."""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.sql.datatypes import PostgresType

from carrears.delinquency.engine import ibis_table
from carrears.delinquency.ledger.habits import HABITS
from carrears.delinquency.pattern import PATTERN
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.delinquency.screen import MILLION, AsOf, date_expression
from carrears.delinquency.state import loan_states
from carrears.layout import TABLES
from carrears.risk.features import scoring_features
from carrears.risk.scorecard import load_scorecard, score_expression
from carrears.warning.card import load_card
from carrears.warning.features import DEBTORS, scored_warnings, warning_features
from carrears.warning.signals import load_signals

Dialect: TypeAlias = Literal["duckdb", "postgres"]

# What is told of a loan's open case; a loan without one has none of it.
CASE_FACTS = ibis.schema(
    {
        "loan_no": "string",
        "broken_promises": "int32",
        "open_promise": "boolean",
        "on_hold": "boolean",
        "disputed": "boolean",
        "hardship": "boolean",
        "promises_broken_90d": "int32",
        "promises_kept_90d": "int32",
        "last_promise_state": "string",
    }
)
# What all loans of one debtor that are behind sum up to, where they are more than one.
DEBTOR_FACTS = ibis.schema(
    {
        "obligor_no": "string",
        "currency": "string",
        "loans_behind": "int32",
        "arrears": "int64",
        "worst_dpd": "int32",
    }
)
PRODUCT_FACTS = ibis.schema({"product": "string", "jurisdiction": "string", "language": "string"})


@ibis.udf.scalar.builtin(name="asked_day")  # type: ignore[untyped-decorator]
def asked_day() -> date:  # type: ignore[empty-body]
    """The day asked for, left open when a question is compiled once for all days."""


def state_expression(as_of: AsOf) -> ir.Table:
    """The delinquency of every open loan, out of what the ledger ``reckoned``."""
    return loan_states(_table("loans"), ibis_table("reckoned", RECKONED), as_of=as_of)


def score_expression_of(as_of: AsOf) -> ir.Table:
    """The table ``state`` with the loan's figures, and a score for every loan that is behind.

    Without the habits and the pattern of paying: they have been asked.
    """
    card, loans = load_scorecard(), _with_bureau_changes(_table("loans"), as_of=as_of)
    state = ibis.table(state_expression(as_of).schema(), name="state")
    behind = state.filter(state.dpd > 0)
    scores = score_expression(scoring_features(loans, behind, as_of=as_of), card)
    about = loans.select("loan_id", "obligor_no", "vehicle_value", "instalment")
    scored = state.drop(*HABITS, *PATTERN).left_join(about, "loan_id", rname="about_{name}")
    scored = scored.drop("about_loan_id")
    kept = scores.select("loan_id", "score", "band", "reasons")
    scored = scored.left_join(kept, "loan_id", rname="score_{name}").drop("score_loan_id")
    return _with_alarms(scored, as_of=as_of).mutate(as_of=date_expression(as_of))


def _with_alarms(scored: ir.Table, *, as_of: AsOf) -> ir.Table:
    """With ``alarm_on``, the day of the newest alarm of the car's device until ``as_of``."""
    events = _table("events")
    told = events.filter(
        events.kind.startswith("device_"), events.happened_on <= date_expression(as_of)
    )
    newest = told.group_by("loan_id").aggregate(alarm_on=told.happened_on.max())
    return scored.left_join(newest, "loan_id", rname="alarm_{name}").drop("alarm_loan_id")


def _with_bureau_changes(loans: ir.Table, *, as_of: AsOf) -> ir.Table:
    """Loans whose ``bureau_score`` is the newest that was told until ``as_of``, else the tape's."""
    events = _table("events")
    told = events.filter(
        events.kind == "bureau_change", events.happened_on <= date_expression(as_of)
    )
    newest = ibis.window(
        group_by="loan_id", order_by=[told.happened_on.desc(), told.event_no.desc()]
    )
    told = told.mutate(place=ibis.row_number().over(newest))
    told = told.filter(told.place == 0).select("loan_id", told=told.amount.cast("int32"))
    joined = loans.left_join(told, "loan_id", rname="told_{name}").drop("told_loan_id")
    return joined.mutate(bureau_score=joined.told.fill_null(joined.bureau_score)).drop("told")


def facts_expression(as_of: AsOf) -> ir.Table:
    """The table ``scored`` with what the strategy must know of cases and products.

    ``loan_to_value`` is the principal outstanding over the car's value, ``arrears_instalments``
    the arrears over the regular instalment: both with six decimal places, null where the divisor
    is unknown or not above zero, or where a million or more comes out.
    """
    scored = ibis.table(score_expression_of(as_of).schema(), name="scored")
    cases = ibis.table(CASE_FACTS, name="case_given")
    products = ibis.table(PRODUCT_FACTS, name="product_given")
    joined = scored.left_join(cases, "loan_no", rname="case_{name}").drop("case_loan_no")
    joined = joined.left_join(products, "product", rname="by_{name}").drop("by_product")
    joined = _with_debtors(joined)
    absent = {
        name: ibis.literal(0, "int32") if kind.is_integer() else ibis.literal(value=False)
        for name, kind in CASE_FACTS.items()
        if not kind.is_string()  # the loan's number, and what is missing where there is none
    }
    filled = {name: joined[name].fill_null(value) for name, value in absent.items()}
    return joined.mutate(
        **filled,
        has_plan=ibis.null("boolean"),
        loan_to_value=_ratio(joined.principal_outstanding, joined.vehicle_value),
        arrears_instalments=_ratio(joined.arrears, joined.instalment),
        alarm_days=joined.as_of.delta(joined.alarm_on, unit="day").cast("int32"),
        days_to_due=joined.next_due_on.delta(joined.as_of, unit="day").cast("int32"),
    )


def _with_debtors(facts: ir.Table) -> ir.Table:
    """With what the debtor's loans that are behind sum up to, in the loan's currency.

    ``debtor_loans_behind``, ``debtor_arrears`` (minor units), ``debtor_worst_dpd``.
    """
    debtors = ibis.table(DEBTOR_FACTS, name="debtor_given")
    joined = facts.left_join(debtors, ["obligor_no", "currency"], rname="debtor_{name}")
    is_behind = joined.dpd > 0
    own_arrears = ibis.ifelse(is_behind, joined.arrears, 0)
    return joined.select(
        *facts.columns,
        debtor_loans_behind=joined.loans_behind.fill_null(is_behind.cast("int32")),
        debtor_arrears=joined.debtor_arrears.fill_null(own_arrears),
        debtor_worst_dpd=joined.worst_dpd.fill_null(joined.dpd),
    )


def warnings_expression(as_of: AsOf) -> ir.Table:
    """What the early-warning table is told of each loan of ``state`` that is not behind."""
    features = warning_features(
        ibis.table(state_expression(as_of).schema(), name="state"),
        {name: _table(name) for name in ("loans", "events")}
        | {"debtors": ibis.table(DEBTORS, name="behind_given")},
        as_of=as_of,
        signals=load_signals(),
    )
    return scored_warnings(features, load_card())


def _ratio(part: ir.IntegerValue, whole: ir.IntegerValue) -> ir.DecimalValue:
    """``part / whole`` to six places, by way of whole millionths: so every engine rounds alike.

    Both engines take the nearest whole number, and of two the even one.
    """
    ratio = part.cast("float64") / ibis.ifelse(whole > 0, whole, ibis.null("int64")).cast("float64")
    kept = ibis.ifelse(ratio.abs() < MILLION, ratio, ibis.null("float64"))
    millionths = (kept * MILLION).cast("int64")
    return (millionths.cast("float64") / MILLION).cast("decimal(12, 6)")


def compile_for(expression: ir.Table, dialect: Dialect) -> str:
    """The expression as an engine's SQL."""
    return str(ibis.to_sql(expression, dialect=dialect))


def given_tables(*questions: ir.Table) -> dict[str, ibis.Schema]:
    """The tables that the questions read, with their columns."""
    read = [node for one in questions for node in one.op().find(ops.UnboundTable)]
    return {node.name: node.schema for node in read}


def columns_for_postgres(schema: ibis.Schema) -> dict[str, str]:
    """The columns, with their types, of a table of PostgreSQL that can hold such rows."""
    return {name: PostgresType.to_string(kind) for name, kind in schema.items()}


def _table(name: str) -> ir.Table:
    return ibis_table(name, TABLES[name])
