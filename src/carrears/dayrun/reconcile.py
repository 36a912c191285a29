"""Hold the whole book's computed days past due against what its tapes report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import ibis
from django.conf import settings

from carrears.dayrun import columnar
from carrears.delinquency.buckets import load_buckets
from carrears.delinquency.engine import compile_sql, ibis_table
from carrears.delinquency.reconcile import Reconciliation, reconcile, states_at_reports
from carrears.layout import TABLES
from carrears.portfolio.compact import open_engine, quoted
from carrears.portfolio.products import TERMS, load_products
from carrears.portfolio.services import newest_book


def reconcile_book() -> tuple[Reconciliation, dict[int, str]]:
    """The comparison over all loan-months that tapes report, and loan numbers by loan id.

    Raises:
        BookError: no tape has been imported.
    """
    book = newest_book()
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        for name in TABLES:
            path = quoted(book / f"{name}.parquet")
            engine.execute(f"create view {name} as from read_parquet({path})")
        columnar.add_terms(engine, load_products(Path(settings.CARREARS_HOME)))
        loans, instalments, payments, reports = (
            ibis_table(name, TABLES[name])
            for name in ("loans", "instalments", "payments", "reports")
        )
        states = states_at_reports(
            loans, instalments, payments, ibis_table("terms", TERMS), reports
        )
        engine.execute(f"create temp table states as {compile_sql(states)}")
        result = reconcile(engine, ibis.table(states.schema(), name="states"), reports)
        numbers = dict(engine.execute("select loan_id, loan_no from loans").fetchall())
    finally:
        engine.close()
    return result, numbers


def as_json(result: Reconciliation, numbers: dict[int, str]) -> dict[str, Any]:
    """The comparison as ``carrears book reconcile --json`` prints it."""
    names = load_buckets().names
    return {
        "comparable": result.comparable,
        "bucket_agree": result.bucket_agree,
        "bucket_share": round(result.bucket_share, 6),
        "dpd_agree": result.dpd_agree,
        "causes": result.causes,
        "differences": [
            {"loan_no": numbers[one.loan_id]}
            | asdict(one)
            | {
                "period_end": one.period_end.isoformat(),
                "computed_bucket": names[one.computed_bucket],
                "reported_bucket": names[one.reported_bucket],
            }
            for one in result.differences
        ],
    }
