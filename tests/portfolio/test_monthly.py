"""Schedules derived from monthly reports, on small ledgers worked by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from carrears import layout
from carrears.portfolio.monthly import derive_instalments

LOAN = {
    "loan_id": 1,
    "loan_no": "A",
    "product": "p",
    "currency": "USD",
    "obligor_no": "A",
    "originated_on": date(2023, 1, 1),
    "principal": 500_000,
    "annual_rate": None,
}


def _end(month: int) -> date:
    """The end of month ``month`` of 2024 (13 is January 2025)."""
    year, place = divmod(month, 12)
    return date(2024 + year, place + 1, 1) - timedelta(days=1)


def _report(month: int, **told: Any) -> dict[str, Any]:
    usual = {"scheduled": 10_000, "next_due": 10_000, "paid": 10_000, "balance": 100_000}
    return {"loan_id": 1, "period_end": _end(month), "reported_dpd": 0} | usual | told


def _derive(*reports: dict[str, Any], **loan: Any) -> list[dict[str, Any]]:
    engine = duckdb.connect()
    engine.register("reports", pa.Table.from_pylist(list(reports), layout.REPORTS))
    engine.register("loans", pa.Table.from_pylist([LOAN | loan], layout.LOANS))
    found = engine.sql(_derivation()).to_arrow_table()
    assert found.schema.types == layout.INSTALMENTS.types
    rows: list[dict[str, Any]] = found.to_pylist()
    return sorted(rows, key=lambda r: (r["effective_on"] or date.min, r["seq"]))


@cache
def _derivation() -> str:
    tables = [
        ibis.table(ibis.Schema.from_pyarrow(schema), name=name)
        for name, schema in (("reports", layout.REPORTS), ("loans", layout.LOANS))
    ]
    return str(ibis.to_sql(derive_instalments(*tables), dialect="duckdb"))


def _live(rows: list[dict[str, Any]], day: date) -> list[tuple[date, int]]:
    """Due dates and amounts as they stood on ``day``."""
    live = [
        r
        for r in rows
        if (r["effective_on"] is None or r["effective_on"] <= day)
        and (r["superseded_on"] is None or r["superseded_on"] > day)
    ]
    return sorted((r["due_on"], r["principal"] + r["interest"]) for r in live if r["principal"])


def test_square_loan_owes_nothing_and_runs_until_it_is_repaid() -> None:
    rows = _derive(_report(3, balance=25_000, interest_paid_through=date(2024, 3, 9)))
    assert _live(rows, _end(3)) == [
        (date(2024, 3, 9), 10_000),
        (date(2024, 4, 9), 10_000),
        (date(2024, 5, 9), 10_000),
        (date(2024, 6, 9), 5_000),
    ]
    assert {r["effective_on"] for r in rows} == {None}


def test_opening_arrears_lie_on_the_latest_due_dates() -> None:
    """Days past due 51 at the end of March: due day 9, oldest 9 February; 15 of 20 owed.

    The half instalment that was paid is out of the balance, so 5,000 are left for April.
    """
    rows = _derive(_report(3, balance=20_000, paid=0, next_due=25_000, reported_dpd=51))
    assert _live(rows, _end(3))[:3] == [
        (date(2024, 2, 9), 5_000),
        (date(2024, 3, 9), 10_000),
        (date(2024, 4, 9), 5_000),
    ]


def test_paid_part_stays_with_the_oldest_instalment() -> None:
    """5,000 of the February instalment came in March: the row keeps its full amount."""
    rows = _derive(_report(3, balance=40_000, paid=5_000, next_due=25_000, reported_dpd=51))
    assert _live(rows, _end(3))[:2] == [(date(2024, 2, 9), 10_000), (date(2024, 3, 9), 10_000)]


def test_status_without_a_bill_counts_every_instalment_since() -> None:
    rows = _derive(_report(3, balance=40_000, paid=0, next_due=10_000, reported_dpd=51))
    assert _live(rows, _end(3))[:2] == [(date(2024, 2, 9), 10_000), (date(2024, 3, 9), 10_000)]


def test_bill_below_the_payment_is_money_ahead() -> None:
    """12,500 paid and only 7,500 billed: 2,500 of it belong to April, whose row stays whole."""
    rows = _derive(_report(3, balance=20_000, paid=12_500, next_due=7_500))
    assert _live(rows, _end(3))[:2] == [(date(2024, 3, 1), 10_000), (date(2024, 4, 1), 10_000)]


def test_due_day_that_a_month_lacks_is_its_last() -> None:
    rows = _derive(_report(1, balance=20_000, interest_paid_through=date(2024, 1, 31)))
    assert [due for due, _ in _live(rows, _end(1))] == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
    ]


def test_split_is_an_annuity_on_the_balance() -> None:
    """100,000 at 12 %: interest 1,000, then 910 on 91,000 (figures in minor units)."""
    rows = _derive(_report(3), annual_rate=Decimal("0.12"))
    assert [(r["principal"], r["interest"]) for r in rows[1:3]] == [(9_000, 1_000), (9_090, 910)]
    assert sum(r["principal"] for r in rows[1:]) == pytest.approx(100_000, abs=1)


def test_extension_moves_the_due_dates_from_its_day_on() -> None:
    """April unpaid, two months granted at its end: nothing is due in May, June is next."""
    rows = _derive(
        _report(3, balance=30_000),
        _report(4, balance=30_000, paid=0, next_due=0, extended_months=2, modified=True),
    )
    before = _live(rows, _end(4) - timedelta(days=1))
    after = _live(rows, _end(4))
    assert [due.month for due, _ in before] == [3, 4, 5, 6]
    assert [due.month for due, _ in after] == [3, 6, 7, 8]


def test_later_report_changes_no_past_day() -> None:
    early = [_report(3, balance=30_000), _report(4, balance=20_000)]
    late = [*early, _report(5, balance=20_000, paid=0, next_due=0, extended_months=1)]
    for day in (_end(3), _end(4), _end(5) - timedelta(days=1)):
        assert _live(_derive(*early), day) == _live(_derive(*late), day)


def test_restated_arrears_are_owed_and_the_rest_is_settled() -> None:
    """Two payments missed; at the end of May an extension leaves 15,000 overdue."""
    rows = _derive(
        _report(3, balance=50_000),
        _report(4, balance=50_000, paid=0, next_due=20_000, reported_dpd=29),
        _report(5, balance=50_000, paid=2_000, next_due=25_000, extended_months=1),
    )
    due = sum(amount for day, amount in _live(rows, _end(5)) if day <= _end(5))
    assert due - 12_000 == 15_000


def test_row_that_a_shorter_agreement_ends_is_nothing() -> None:
    rows = _derive(
        _report(3, balance=50_000),
        _report(4, balance=15_000, paid=35_000, modified=True),
    )
    assert [due.month for due, _ in _live(rows, _end(4)) if due > _end(4)][-1] >= 6
    future = [a for due, a in _live(rows, _end(4)) if due > _end(4)]
    assert sum(future) + sum(a for d, a in _live(rows, _end(4)) if d <= _end(4)) == 60_000


def test_loan_without_a_scheduled_payment_gets_none() -> None:
    assert _derive(_report(3, scheduled=None)) == []
    assert _derive(_report(3, scheduled=0, balance=10_000), instalment=10_000)
