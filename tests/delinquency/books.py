"""Small books: drawn by Hypothesis, or written by hand, and judged by the screen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from hypothesis import strategies as st

from carrears import layout
from carrears.dayrun.expressions import asked_day
from carrears.delinquency.engine import compile_sql, ibis_table
from carrears.delinquency.screen import delinquency
from carrears.portfolio.products import TERMS

Row = dict[str, Any]
START = date(2025, 1, 15)
SCHEMAS = {**layout.TABLES, "terms": TERMS}
ASIDE = 1000


@dataclass(frozen=True)
class Book:
    """Rows of a small book."""

    loans: list[Row]
    instalments: list[Row]
    payments: list[Row]
    terms: list[Row]
    events: list[Row] = field(default_factory=list)

    def of(self, loan_id: int) -> Book:
        """The rows of one loan."""
        tables = ("loans", "instalments", "payments", "events")
        kept = {t: [r for r in getattr(self, t) if r["loan_id"] == loan_id] for t in tables}
        return replace(self, **kept)

    def with_payments(self, payments: Iterable[Row]) -> Book:
        return replace(self, payments=list(payments))

    def beside(self, other: Book) -> Book:
        """Both books as one; the other's loans get numbers of their own."""
        names = ("loans", "instalments", "payments", "events")
        moved = {
            name: [row | {"loan_id": row["loan_id"] + ASIDE} for row in getattr(other, name)]
            for name in names
        }
        return replace(self, **{name: getattr(self, name) + moved[name] for name in names})

    def arrow(self) -> dict[str, pa.Table]:
        names = ("loans", "instalments", "payments", "events", "terms")
        return {n: pa.Table.from_pylist(getattr(self, n), schema=SCHEMAS[n]) for n in names}


class Judge:
    """The screen over small books; its SQL is compiled once, with the days left open."""

    def __init__(self) -> None:
        self._engine = duckdb.connect(config={"threads": 1})

    def __call__(self, book: Book, *, as_of: date, known_on: date | None = None) -> dict[int, Row]:
        for name, table in book.arrow().items():
            self._engine.register(name, table)
        rows = self._engine.sql(_screen(as_of, known_on)).to_arrow_table().to_pylist()
        return {row["loan_id"]: row for row in rows}

    def both(self, book: Book, changed: Book, *, as_of: date) -> list[tuple[Row, Row]]:
        """Each loan's state in one book and in the other, asked at once."""
        states = self(book.beside(changed), as_of=as_of)
        return [
            (_bare(state), _bare(states[loan_id + ASIDE]))
            for loan_id, state in states.items()
            if loan_id < ASIDE
        ]


def on_days(sql: str, as_of: date, known_on: date | None = None) -> str:
    """SQL that was compiled with ``asked_day`` and ``known_day`` left open, on these days."""
    sql = sql.replace("ASKED_DAY()", f"DATE '{as_of}'")
    return sql.replace("KNOWN_DAY()", f"DATE '{known_on}'")


@ibis.udf.scalar.builtin(name="known_day")
def known_day() -> date:  # type: ignore[empty-body]
    """The day on which all has to be known, left open."""


def _screen(as_of: date, known_on: date | None) -> str:
    return on_days(_open_screen(is_past=known_on is not None), as_of, known_on)


@cache
def _open_screen(*, is_past: bool) -> str:
    tables = [ibis_table(name, SCHEMAS[name]) for name in ("loans", "instalments", "payments")]
    terms = ibis_table("terms", SCHEMAS["terms"])
    known = known_day() if is_past else None
    return compile_sql(delinquency(*tables, terms, as_of=asked_day(), known_on=known))


def _bare(state: Row) -> Row:
    return {name: value for name, value in state.items() if name != "loan_id"}


def loan(loan_id: int = 1, **changes: Any) -> Row:
    blank: Row = dict.fromkeys(layout.LOANS.names)
    return (
        blank
        | {
            "loan_id": loan_id,
            "loan_no": f"L{loan_id}",
            "product": "standard",
            "currency": "CNY",
            "obligor_no": f"O{loan_id}",
            "originated_on": START,
            "principal": 1_200_00,
        }
        | changes
    )


def instalment(seq: int, due_on: date, loan_id: int = 1, **changes: Any) -> Row:
    return {
        "loan_id": loan_id,
        "seq": seq,
        "due_on": due_on,
        "principal": 100_00,
        "interest": 10_00,
        "fee": 1_00,
        "effective_on": None,
        "superseded_on": None,
    } | changes


def payment(no: object, paid_on: date, amount: int, loan_id: int = 1, **changes: Any) -> Row:
    kind = "payment" if amount >= 0 else "reversal"
    return {
        "loan_id": loan_id,
        "payment_no": str(no),
        "paid_on": paid_on,
        "amount": amount,
        "kind": kind,
    } | changes


def terms(
    product: str = "standard", grace: int = 0, minor: int = 0, share: str = "0", **changes: Any
) -> Row:
    return changes | {
        "product": product,
        "grace_days": grace,
        "materiality_minor": minor,
        "materiality_share": Decimal(share),
    }


def days(low: int = -5, high: int = 430) -> st.SearchStrategy[date]:
    return st.integers(low, high).map(lambda offset: START + timedelta(days=offset))


# Few days, so that due dates are hit exactly.
AS_OF = st.sampled_from([START + timedelta(days=d) for d in (0, 31, 59, 60, 120, 243, 400)])
ALL_TERMS = [
    terms(),
    terms("lenient", 3, 500, "0.05"),
    terms("share", 0, 0, "0.1"),
    terms("shifted", 5, grace_shifts=True),
]


@st.composite
def schedules(draw: st.DrawFn, loan_id: int) -> list[Row]:
    """Monthly, uneven, with fee rows on the same day, and re-issued by deferrals."""
    rows: list[Row] = []
    step = draw(st.sampled_from([14, 30, 31, 92]))
    for seq in range(1, draw(st.integers(0, 8)) + 1):
        due_on = START + timedelta(days=seq * step)
        parts = {
            "principal": draw(st.sampled_from([0, 1, 100_00, 333_33])),
            "interest": draw(st.sampled_from([0, 10_00])),
            "fee": draw(st.sampled_from([0, 1_00])),
        }
        row = instalment(seq, due_on, loan_id, **parts)
        rows.append(row)
        if draw(st.integers(0, 5)) == 0:
            from_day = START + timedelta(days=draw(st.integers(1, 400)))
            row["superseded_on"] = from_day
            moved = due_on + timedelta(days=draw(st.sampled_from([0, step, 60])))
            rows.append(row | {"due_on": moved, "effective_on": from_day, "superseded_on": None})
    return rows


@st.composite
def receipts(draw: st.DrawFn, loan_id: int) -> list[Row]:
    amounts = st.sampled_from([1, 50_00, 105_99, 106_00, 111_00, 222_00, 2_000_00, -111_00, -1])
    return [
        payment(
            number,
            draw(days()),
            draw(amounts),
            loan_id,
            **({"kind": "recovery"} if draw(st.integers(0, 9)) == 0 else {}),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


@st.composite
def books(draw: st.DrawFn, *, max_loans: int = 9) -> Book:
    count = draw(st.integers(3, max_loans))
    products = ["standard", "lenient", "share", "shifted", "unnamed"]
    loans = [
        loan(
            loan_id,
            product=draw(st.sampled_from(products)),
            originated_on=draw(st.sampled_from([START, START + timedelta(days=40)])),
            closed_on=draw(st.sampled_from([None, None, START + timedelta(days=60)])),
        )
        for loan_id in range(1, count + 1)
    ]
    ids = [row["loan_id"] for row in loans]
    return Book(
        loans=loans,
        instalments=[row for i in ids for row in draw(schedules(i))],
        payments=[row for i in ids for row in draw(receipts(i))],
        terms=ALL_TERMS,
    )
