"""The real tapes, from the file to the matrix and the curves, against a count in plain Python.

The count follows docs/kpi.md and shares no code with the figures: it walks each loan's
instalments and payments, loan by loan and month-end by month-end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
from pytest_django import Settings

from carrears.analytics import services
from carrears.analytics.figures import Figure, Question
from carrears.exchange.discover import collect_files, detect_mapping
from carrears.portfolio.imports import import_tape
from carrears.portfolio.services import ensure_snapshot

pytestmark = [pytest.mark.tapes, pytest.mark.slow, pytest.mark.django_db]
FIRST, MONTHS = date(2016, 7, 1), 24
MATERIAL = Fraction(1, 10)  # the product us-auto: a tenth of an instalment


class Stand(NamedTuple):
    """Where a loan stood at a month-end: its bucket, and its principal outstanding."""

    bucket: int
    balance: int


@dataclass(frozen=True)
class Book:
    """Whole loans as the snapshot has them."""

    loans: list[dict[str, Any]]
    instalments: Mapping[int, list[dict[str, Any]]]
    payments: Mapping[int, list[dict[str, Any]]]


def month_ends(first: date, count: int) -> list[date]:
    """``count`` month-ends from that of ``first``."""
    places = range(first.year * 12 + first.month, first.year * 12 + first.month + count)
    return [date(place // 12, place % 12 + 1, 1) - timedelta(days=1) for place in places]


def months_on_book(loan: Mapping[str, Any], day: date) -> int:
    lent = loan["originated_on"]
    return (day.year - lent.year) * 12 + day.month - lent.month


def stand_on(loan: Mapping[str, Any], book: Book, day: date) -> Stand | None:
    """By hand, as docs/kpi.md says; None for a loan that is not open."""
    closed = loan["closed_on"]
    if loan["originated_on"] > day or (closed is not None and closed <= day):
        return None
    number = loan["loan_id"]
    schedule = [
        one
        for one in book.instalments[number]
        if (one["effective_on"] is None or one["effective_on"] <= day)
        and (one["superseded_on"] is None or one["superseded_on"] > day)
    ]
    schedule.sort(key=lambda one: (one["due_on"], one["seq"]))
    money = sum(
        one["amount"]
        for one in book.payments[number]
        if one["paid_on"] <= day and one["kind"] != "recovery"
    )
    covered = left = max(money, 0)
    up_to, balance, oldest = 0, 0, None
    for one in schedule:
        amount = one["principal"] + one["interest"] + one["fee"]
        up_to += amount
        still_open = amount - min(left, amount)
        left -= amount - still_open
        balance += min(still_open, one["principal"])  # fee and interest are filled first
        shortfall = max(up_to - covered, 0)
        is_unpaid = one["due_on"] <= day and amount > 0 and shortfall > MATERIAL * amount
        if is_unpaid and oldest is None:
            oldest = one["due_on"]
    days = (day - oldest).days if oldest else 0
    return Stand(0 if days == 0 else min(7, (days - 1) // 30 + 1), balance)


def history(book: Book, days: list[date]) -> dict[int, list[Stand | None]]:
    return {one["loan_id"]: [stand_on(one, book, day) for day in days] for one in book.loans}


def read_book(folder: Path) -> Book:
    rows = {
        name: pq.read_table(folder / f"{name}.parquet").to_pylist()
        for name in ("loans", "instalments", "payments")
    }
    by_loan: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for name in ("instalments", "payments"):
        by_loan[name] = defaultdict(list)
        for row in rows[name]:
            by_loan[name][row["loan_id"]].append(row)
    return Book(rows["loans"], by_loan["instalments"], by_loan["payments"])


@pytest.fixture(params=["ally", "abs-ee"])
def book(request: pytest.FixtureRequest, shared: Path, tmp_path: Path, settings: Settings) -> Book:
    """A book out of real files."""
    settings.CARREARS_HOME = tmp_path
    settings.BOOK_DIR = tmp_path / "book"
    place = shared / "tapes"
    ally = [place / "ally-2017-3-used.csv.gz"]  # one file: the other has nothing else to tell
    for path in collect_files(
        ally if request.param == "ally" else [place / "abs-ee" / "americredit-2017-1"]
    ):
        import_tape(path, mapping=detect_mapping(path))
    return read_book(Path(ensure_snapshot(month_ends(FIRST, MONTHS)[-1]).folder))


def test_matrix_and_vintage_equal_a_count_by_hand(book: Book) -> None:
    days = month_ends(FIRST, MONTHS)
    before = FIRST - timedelta(days=1)
    stands = history(book, [before, *days])

    rolled = services.ask(Question(Figure.ROLL, days[0], days[-1]))
    curves = services.ask(Question(Figure.VINTAGE, days[0], days[-1], cohort="cohort_quarter"))

    assert matrix_of(rolled.to_pylist()) == count_matrix(stands, days)
    counted = count_curves(book, stands, days)
    shown = {
        (r["cohort"], r["curve"], r["mob"]): (r["loans"], r["lent"], r["bad"], r["bad_balance"])
        for r in curves.to_pylist()
    }
    assert shown == counted
    # The count itself has something to tell: cohorts, and loans that went bad.
    assert len({cohort for cohort, _, _ in counted}) >= 2
    assert any(bad for _, _, bad, _ in counted.values())
    rates = {(r["bad"], r["loans"], r["loan_rate"]) for r in curves.to_pylist()}
    assert all(rate == pytest.approx(bad / loans) for bad, loans, rate in rates)


def matrix_of(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    return {
        (r["month"], r["from_bucket"], r["to_bucket"]): (
            r["loans"], r["balance_before"], r["balance_after"]
        )
        for r in rows
    }  # fmt: skip


def count_matrix(
    stands: Mapping[int, list[Stand | None]], days: list[date]
) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    loans: Counter[tuple[Any, ...]] = Counter()
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for walk in stands.values():
        for place, day in enumerate(days):
            then, now = walk[place], walk[place + 1]
            if then is None:
                continue
            cell = (day, then.bucket, now.bucket if now else None)
            loans[cell] += 1
            sums[cell][0] += then.balance
            sums[cell][1] += now.balance if now else 0
    return {cell: (loans[cell], *sums[cell]) for cell in loans}  # type: ignore[misc]


def count_curves(
    book: Book, stands: Mapping[int, list[Stand | None]], days: list[date]
) -> dict[tuple[str, str, int], tuple[int, int, int, int]]:
    starts = {"30+": 2, "60+": 3, "90+": 4, "lost": 99}
    lent = [one for one in book.loans if days[0].replace(day=1) <= one["originated_on"] <= days[-1]]
    cohorts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in lent:
        day = one["originated_on"]
        cohorts[f"{day.year}-Q{(day.month + 2) // 3}"].append(one)
    counted = {}
    for cohort, members in cohorts.items():
        oldest_age = min(months_on_book(one, days[-1]) for one in members)
        for curve, worst in starts.items():
            hits = [first_hit(one, stands[one["loan_id"]], days, worst) for one in members]
            for age in range(oldest_age + 1):
                inside = [owed for hit in hits if hit for at, owed in [hit] if at <= age]
                counted[cohort, curve, age] = (
                    len(members),
                    sum(one["principal"] for one in members),
                    len(inside),
                    sum(inside),
                )
    return counted


def first_hit(
    loan: Mapping[str, Any], walk: list[Stand | None], days: list[date], worst: int
) -> tuple[int, int] | None:
    """At which age a loan first was in the curve, and what it owed then; None for never."""
    for place, day in enumerate(days):
        then, now = walk[place], walk[place + 1]
        if now and now.bucket >= worst:
            return months_on_book(loan, day), now.balance
        is_lost = loan["closed_reason"] in {"charged_off", "repossessed"}
        if then and now is None and is_lost:
            return months_on_book(loan, day), then.balance
    return None
