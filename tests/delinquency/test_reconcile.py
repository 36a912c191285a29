"""What we count against what a servicer reports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from carrears import layout
from carrears.delinquency.engine import fetch, register_tables
from carrears.delinquency.reconcile import Reconciliation, reconcile, states_at_reports
from carrears.delinquency.screen import delinquency

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
STATES = pa.schema(
    {"loan_id": pa.int64(), "as_of": pa.date32(), "arrears": pa.int64()}
    | {"dpd": pa.int32(), "bucket": pa.int32()}
)

TERMS = pa.schema(
    {"product": pa.string(), "grace_days": pa.int32()}
    | {
        "materiality_minor": pa.int64(),
        "materiality_share": layout.RATE,
        "grace_shifts": pa.bool_(),
    }
)


def _state(day: date, dpd: int, arrears: int = 0) -> dict[str, Any]:
    bucket = 0 if dpd == 0 else (dpd - 1) // 30 + 1
    return {"loan_id": 1, "as_of": day, "arrears": arrears, "dpd": dpd, "bucket": bucket}


def _report(day: date, dpd: int | None, **told: Any) -> dict[str, Any]:
    usual = {"scheduled": 10_000, "next_due": 10_000, "paid": 10_000, "balance": 90_000}
    return {"loan_id": 1, "period_end": day, "reported_dpd": dpd} | usual | told


def _table(engine: Any, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> ir.Table:
    return register_tables(engine, {name: pa.Table.from_pylist(rows, schema)})[name]


def _reconcile(states: list[dict[str, Any]], reports: list[dict[str, Any]]) -> Reconciliation:
    engine = duckdb.connect()
    return reconcile(
        engine,
        _table(engine, "states", states, STATES),
        _table(engine, "reports", reports, layout.REPORTS),
    )


def test_counts() -> None:
    found = _reconcile(
        [_state(MARCH, 0), _state(APRIL, 28), _state(MAY, 31)],
        [_report(MARCH, 0), _report(APRIL, 30), _report(MAY, 29)],
    )
    assert (found.comparable, found.bucket_agree, found.dpd_agree) == (3, 2, 3)
    assert found.bucket_share == pytest.approx(2 / 3)
    assert [(d.period_end, d.computed_bucket, d.reported_bucket) for d in found.differences] == [
        (MAY, 2, 1)
    ]


@pytest.mark.parametrize(
    "report",
    [
        _report(MARCH, None),
        _report(MARCH, 5, balance=0),
        _report(date(2024, 2, 29), 5),
        _report(MARCH, 5, loan_id=2),
    ],
)
def test_what_cannot_be_compared_is_left_out(report: dict[str, Any]) -> None:
    found = _reconcile([_state(MARCH, 0)], [report])
    assert (found.comparable, found.bucket_share, found.differences) == (0, 1.0, ())


def test_reported_days_below_zero_are_none() -> None:
    assert _reconcile([_state(MARCH, 0)], [_report(MARCH, -2)]).bucket_agree == 1


@pytest.mark.parametrize(
    ("cause", "reports"),
    [
        ("closing", [_report(MARCH, 0, repossessed=True)]),
        ("closing", [_report(MARCH, 0), _report(APRIL, None, balance=0)]),
        ("deferral", [_report(MARCH, 0, extended_months=2)]),
        ("deferral", [_report(date(2024, 2, 29), 60), _report(MARCH, 0, paid=0)]),
        ("small_shortfall", [_report(MARCH, 0, next_due=11_000)]),
        ("late_posting", [_report(MARCH, 0), _report(APRIL, 0)]),
        ("earlier_deferral", [_report(date(2024, 2, 29), 0, modified=True), _report(MARCH, 0)]),
        ("earlier_adjustment", [_report(MARCH, 0, opening_balance=80_000)]),
        ("unknown", [_report(MARCH, 0)]),
    ],
)
def test_cause(cause: str, reports: list[dict[str, Any]]) -> None:
    arrears = 5_500 if cause == "small_shortfall" else 20_000
    states = [_state(MARCH, 40, arrears)]
    if cause == "late_posting":
        states.append(_state(APRIL, 0))
    assert list(_reconcile(states, reports).causes) == [cause]


def test_all_periods_at_once_are_each_period_by_itself() -> None:
    engine = duckdb.connect()
    loans = [
        {
            "loan_id": n,
            "loan_no": str(n),
            "product": "p",
            "currency": "USD",
            "obligor_no": str(n),
            "originated_on": date(2024, 1, n),
            "closed_on": date(2024, 5, 2) if n == 3 else None,
            "principal": 1,
        }
        for n in (1, 2, 3)
    ]
    rows = [
        {"loan_id": n, "seq": m, "due_on": date(2024, m, 10 * n), "principal": 100, "interest": 7}
        | {"fee": 0, "superseded_on": date(2024, 4, 15) if (n, m) == (2, 4) else None}
        for n in (1, 2, 3)
        for m in range(3, 7)
    ]
    paid = [
        {"loan_id": n, "payment_no": str(n), "paid_on": date(2024, 4, n), "amount": 60 * n}
        | {"kind": "payment"}
        for n in (1, 2, 3)
    ]
    reports = [_report(day, 0, loan_id=n) for n in (1, 2, 3) for day in (MARCH, APRIL, MAY)]
    share = Decimal(0)
    terms = {"product": "p", "grace_days": 3, "materiality_minor": 10, "materiality_share": share}
    tables = (
        _table(engine, "loans", loans, layout.LOANS),
        _table(engine, "instalments", rows, layout.INSTALMENTS),
        _table(engine, "payments", paid, layout.PAYMENTS),
        _table(engine, "terms", [terms], TERMS),
    )
    told = _table(engine, "reports", reports, layout.REPORTS)
    at_once = fetch(engine, states_at_reports(*tables, told)).to_pylist()
    singly = [
        row | {"as_of": day}
        for day in (MARCH, APRIL, MAY)
        for row in fetch(engine, delinquency(*tables, as_of=day))
        .select(["loan_id", "arrears", "dpd", "bucket"])
        .to_pylist()
    ]
    order = ["loan_id", "as_of"]
    assert sorted(at_once, key=lambda r: [r[k] for k in order]) == sorted(
        singly, key=lambda r: [r[k] for k in order]
    )
    assert len(singly) == 8
    assert {row["bucket"] for row in singly} == {0, 1, 2, 3}
