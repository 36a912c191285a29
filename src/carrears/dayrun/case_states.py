"""From decided loans to the states that cases take in, in the database's own session.

The night and an event fill the same tables of the session, and the same statement makes the
states of them; only where the rows come from differs.
"""

# ruff: noqa: S608  names are constants of this module, values are parameters

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from carrears.casework.intake import INTAKE_TABLES, STATE_COLUMNS
from carrears.casework.rulings import overruling
from carrears.database.session import ensure_tables, run_kept
from carrears.dayrun.questions import Compiled
from carrears.warning.intake import WARNED_TABLES

# The loan's terms and car that a case page shows.
LOAN_FIELDS = (
    "originated_on", "first_due_on", "term_months", "annual_rate", "principal", "instalment",
    "region", "dealer", "channel", "make", "model", "model_year", "vehicle_condition",
    "vehicle_value", "bureau_score", "payment_to_income", "obligor_no",
)  # fmt: skip
# What a loan that has ended has none of.
_ZERO = frozenset(
    {
        "dpd", "bucket", "arrears", "arrears_principal", "arrears_interest", "arrears_fee",
        "arrears_penalty", "arrears_compound",
        "instalments_behind", "principal_outstanding", "paid_total",
    }
)  # fmt: skip
_OTHERWISE = {
    "loan_no": "l.loan_no",
    "loan_id": "l.loan_id",
    "obligor_no": "l.obligor_no",
    "product": "l.product",
    "currency": "l.currency",
    "loan": "jsonb_build_object({loan})",
    "as_of": "{as_of}",
    "band": "coalesce(f.band, '')",
    "reasons": "to_jsonb(coalesce(f.reasons, '{{}}'))",
    "treatment": "coalesce(c.decision ->> 'treatment', '')",
    "stage": "coalesce(c.decision ->> 'stage', '')",
    "decision": "coalesce(c.decision, '{{}}')",
    "strategy_id": "c.strategy_id",
    "priority": "coalesce((c.decision ->> 'priority')::numeric, 0)::integer",
    "next_review_on": "{as_of} + (c.decision ->> 'review_days')::numeric::integer",
    "closed_reason": "case when l.closed_on <= {as_of} then coalesce(l.closed_reason, 'other') end",
}


def session_tables(questions: Compiled) -> Mapping[str, Mapping[str, str]]:
    """All tables that a session needs to ask, to decide, and to take in."""
    chosen = {"loan_id": "bigint", "decision": "jsonb"}
    tables = {"chosen": chosen | {"strategy_id": "bigint"}, "chosen_warning": chosen}
    return {**questions.tables, **tables, **INTAKE_TABLES, **WARNED_TABLES}


def prepare_session(questions: Compiled) -> bool:
    """Make or empty the session's tables; tells whether any was made."""
    return ensure_tables(session_tables(questions))


def make_incoming(*, as_of: date) -> None:
    """Fill ``incoming`` from the session's ``loans``, ``facts`` and ``chosen``.

    What people have ruled about a loan's treatment is laid over what the strategy chose.
    """
    run_kept([(_MAKE_INCOMING, {"as_of": as_of}), overruling(as_of=as_of)])


def _value(name: str) -> str:
    return _OTHERWISE.get(name, f"coalesce(f.{name}, 0)" if name in _ZERO else f"f.{name}")


_LOAN = ", ".join(f"'{name}', l.{name}" for name in LOAN_FIELDS)
_VALUES = ", ".join(_value(name) for name in STATE_COLUMNS)
_MAKE_INCOMING = (
    f"insert into incoming ({', '.join(STATE_COLUMNS)})"
    f" select {_VALUES.format(loan=_LOAN, as_of='%(as_of)s::date')} from loans l"
    " left join facts f using (loan_id) left join chosen c using (loan_id) order by l.loan_id"
)
