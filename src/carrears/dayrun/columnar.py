"""The columnar half of a day: state, scores and decisions of every loan, as Parquet.

Each result is a file that appears only when it is whole. One loan goes through the same
expressions in ``carrears.dayrun.events``; only where the rows come from differs.
"""

# ruff: noqa: S608  names come from the layout, paths are quoted, values are parameters

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from carrears.casework.intake import STATE_COLUMNS
from carrears.dayrun.facts import make_facts
from carrears.dayrun.questions import Questions
from carrears.layout import TABLES
from carrears.portfolio.compact import open_engine, quoted
from carrears.portfolio.products import Products
from carrears.strategy.batch import decided
from carrears.strategy.compile import Compiled

# The loan's terms and car that a case page shows.
_LOAN_FIELDS = (
    "originated_on", "first_due_on", "term_months", "annual_rate", "principal", "instalment",
    "region", "dealer", "channel", "make", "model", "model_year", "vehicle_condition",
    "vehicle_value", "bureau_score", "payment_to_income", "obligor_no",
)  # fmt: skip


@contextmanager
def book_engine(snapshot: Path, products: Products) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the snapshot's tables and the products' terms as views."""
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        for name in TABLES:
            engine.execute(
                f"create view {name} as from read_parquet({quoted(snapshot / f'{name}.parquet')})"
            )
        add_terms(engine, products)
        yield engine
    finally:
        engine.close()


def add_terms(engine: duckdb.DuckDBPyConnection, products: Products) -> None:
    """Make the table ``terms`` of the products that the view ``loans`` names."""
    names = [row[0] for row in engine.execute("select distinct product from loans").fetchall()]
    engine.register("terms_given", products.terms(names))
    engine.execute("create or replace table terms as from terms_given")
    engine.unregister("terms_given")


def write_state(
    snapshot: Path, out: Path, *, products: Products, questions: Questions
) -> dict[int, int]:
    """Compute and keep the state of every open loan; returns loans by bucket."""
    with book_engine(snapshot, products) as engine:
        keep(engine, f"from ({questions.state}) order by loan_id", out)
        counts = engine.execute(
            f"select bucket, count(*) from read_parquet({quoted(out)}) group by 1"
        ).fetchall()
    return {int(bucket): int(number) for bucket, number in counts}


def write_scores(
    snapshot: Path, state: Path, out: Path, *, products: Products, questions: Questions
) -> None:
    """Score every loan and keep the result."""
    with book_engine(snapshot, products) as engine:
        engine.execute(f"create view state as from read_parquet({quoted(state)})")
        keep(engine, f"from ({questions.score}) order by loan_id", out)


def write_decisions(
    scored: Path,
    out: Path,
    *,
    facts: Mapping[str, Mapping[str, Any]],
    products: Products,
    strategy: Compiled,
) -> None:
    """Decide the treatment of every loan and keep the result."""
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        engine.execute(f"create view scored as from read_parquet({quoted(scored)})")
        make_facts(engine, facts=facts, products=products)
        with decided(engine, "facts", strategy) as query:
            keep(engine, f"from ({query}) order by loan_id", out)
    finally:
        engine.close()


def read_case_rows(
    snapshot: Path,
    decisions: Path,
    *,
    loan_nos: Sequence[str],
    as_of: date,
    products: Products,
    strategy: Compiled,
) -> list[list[Any]]:
    """The rows for ``take_in``: every loan behind, and every loan of ``loan_nos``."""
    with book_engine(snapshot, products) as engine:
        engine.execute(f"create view decisions as from read_parquet({quoted(decisions)})")
        return case_rows(engine, loan_nos=loan_nos, as_of=as_of, strategy=strategy)


def case_rows(
    engine: duckdb.DuckDBPyConnection,
    *,
    loan_nos: Sequence[str],
    as_of: date,
    strategy: Compiled,
) -> list[list[Any]]:
    """The same from the engine's own tables ``loans`` and ``decisions``."""
    engine.register("wanted", pa.table({"loan_no": pa.array(sorted(set(loan_nos)), pa.string())}))
    loan = ", ".join(f"'{name}', l.{name}" for name in _LOAN_FIELDS)
    outputs = ", ".join(f"'{name}', d.{name}" for name in (*strategy.outputs, "rule_id"))
    query = f"""
        select l.loan_id, l.loan_no, l.product, l.currency, l.closed_on, l.closed_reason,
               to_json(json_object({loan})) as loan_json,
               d.* exclude (loan_no, loan_id, product, currency),
               to_json(json_object({outputs})) as decision_json
        from loans l left join decisions d using (loan_id)
        where d.dpd > 0 or l.loan_no in (select loan_no from wanted)
        order by l.loan_id
        """
    rows = engine.sql(query).to_arrow_table().to_pylist()
    engine.unregister("wanted")
    return [_case_row(row, as_of) for row in rows]


def _case_row(row: Mapping[str, Any], as_of: date) -> list[Any]:
    review = row.get("review_days")
    ended = row["closed_on"] is not None and row["closed_on"] <= as_of
    values = dict(row) | {
        "as_of": as_of,
        "loan": row["loan_json"],
        "decision": row["decision_json"] if row["dpd"] is not None else "{}",
        "reasons": json.dumps(row["reasons"] or []),
        "next_review_on": as_of + timedelta(days=int(review)) if review is not None else None,
        "closed_reason": (row["closed_reason"] or "other") if ended else None,
        "treatment": row.get("treatment") or "",
        "stage": row.get("stage") or "",
        "band": row.get("band") or "",
        "priority": int(row.get("priority") or 0),
    }
    return [_filled(name, values.get(name)) for name in STATE_COLUMNS]


_ZERO = {
    "dpd", "bucket", "arrears", "arrears_principal", "arrears_interest", "arrears_fee",
    "instalments_behind", "principal_outstanding", "paid_total",
}  # fmt: skip


def _filled(name: str, value: Any) -> Any:
    return 0 if value is None and name in _ZERO else value


def keep(engine: duckdb.DuckDBPyConnection, query: str, out: Path) -> None:
    """Write a query's rows to ``out``, which appears only when it is whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_suffix(".making")
    engine.execute(f"copy ({query}) to {quoted(fresh)} (format parquet)")
    fresh.replace(out)


def sha256(path: Path) -> str:
    """The file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
