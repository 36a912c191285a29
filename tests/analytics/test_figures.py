"""Figures of the small book, which one can follow by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_book import write_small_book

from carrears.analytics.asking import make_question
from carrears.analytics.figures import QuestionError, answer
from carrears.analytics.months import Months
from carrears.portfolio.products import load_products

NEWEST = date(2026, 6, 30)
Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_book(tmp_path_factory.mktemp("small") / "book")


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("months")


@pytest.fixture
def ask(merged: Path, kept: Path) -> Ask:
    months = Months(merged, kept, products=load_products(merged))

    def asked(figure: str, **choices: Any) -> list[dict[str, Any]]:
        question = make_question(
            figure, **{"first": None, "last": None, "newest": NEWEST} | choices
        )
        rows: list[dict[str, Any]] = answer(question, months).to_pylist()
        return rows

    return asked


def test_rolls_by_hand(ask: Ask) -> None:
    rows = ask("roll", first="2026-06")

    # On 05-31: A-04 had paid four of five (16 days, M1), A-05 three (46, M2), A-06 none (136, M5);
    # the other seven were current. In June did not pay, and A-10 was paid off.
    cells = [(r["from_bucket"], r["to_bucket"], r["loans"]) for r in rows]
    assert cells == [(0, 0, 3), (0, 1, 3), (0, None, 1), (1, 2, 1), (2, 3, 1), (5, 6, 1)]
    assert [r["balance_before"] for r in rows if r["from_bucket"] == 5] == [12_000_00]


def test_vintage_by_hand(ask: Ask) -> None:
    rows = ask("vintage", first="2025-12", by=("region",))

    # Ever 30+ by month on book: A-06 since February, then A-05 in May and A-04 in June.
    ever = [row["bad"] for row in rows if row["curve"] == "30+"]
    assert ever == [0, 0, 1, 1, 1, 2, 3]


def test_first_payments_by_hand(ask: Ask) -> None:
    rows = ask("first-payment", first="2025-12")

    # A-06 never paid; it fails with the first instalment and so with no later one.
    figures = [(r["ordinal"], r["judged"], r["defaulted"], r["defaulted_lent"]) for r in rows]
    assert figures == [(1, 10, 1, 12_000_00), (2, 10, 0, 0), (3, 10, 0, 0)]


def test_what_is_worked_out_is_kept(ask: Ask, kept: Path) -> None:
    first = ask("stock", first="2026-05")
    made = {path: path.stat().st_mtime_ns for path in kept.rglob("*.parquet")}

    assert ask("stock", first="2026-05") == first
    assert {path: path.stat().st_mtime_ns for path in kept.rglob("*.parquet")} == made


def test_a_later_fact_leaves_earlier_months_alone(merged: Path, tmp_path: Path) -> None:
    book, cache = tmp_path / "book", tmp_path / "cache"
    shutil.copytree(merged, book)
    products = load_products(merged)
    june = date(2026, 6, 30)
    Months(book, cache, products=products).moves(date(2026, 5, 31), june)
    may = sorted((cache / "2026-05").iterdir())
    payments = pq.read_table(book / "payments.parquet")
    (first,) = payments.slice(0, 1).to_pylist()
    late = first | {"loan_id": 3, "payment_no": "late", "paid_on": date(2026, 6, 20)}
    more = pa.Table.from_pylist([late], schema=payments.schema)
    pq.write_table(pa.concat_tables([payments, more]), book / "payments.parquet")

    months = Months(book, cache, products=products)
    question = make_question("stock", first="2026-06", last=None, newest=june)
    rows = answer(question, months).to_pylist()

    assert sorted((cache / "2026-05").iterdir()) == may
    assert {r["bucket"]: r["loans"] for r in rows} == {0: 4, 1: 2, 2: 1, 3: 1, 6: 1}


def test_a_book_of_an_older_layout_is_read(merged: Path, tmp_path: Path, ask: Ask) -> None:
    book = tmp_path / "book"
    shutil.copytree(merged, book)
    for name in ("payments", "instalments"):
        table = pq.read_table(book / f"{name}.parquet")
        pq.write_table(table.drop_columns("known_on"), book / f"{name}.parquet")

    months = Months(book, tmp_path / "cache", products=load_products(merged))
    question = make_question("stock", first="2026-06", last=None, newest=NEWEST)

    assert answer(question, months).to_pylist() == ask("stock", first="2026-06")


def test_filters_keep_the_loans_of_any_value_given(ask: Ask) -> None:
    assert ask("stock", where=["region=nowhere"]) == []
    assert ask("stock", where=["region=浙江", "region=nowhere"]) == ask("stock")
    assert ask("stock", where=["region=浙江", "make=' or 1=1 --"]) == []


@pytest.mark.parametrize(
    ("figure", "choices", "told"),
    [
        ("stock", {"where": ["colour=red"]}, "where: 'colour' is no segment; there are currency"),
        ("roll", {"by": ["dealer", "dealer"]}, "by: each segment once"),
        ("nonsense", {}, "figure: 'nonsense' is none of roll"),
        ("roll", {"first": "2026-13"}, "from: '2026-13' is no month; write YYYY-MM"),
        ("roll", {"last": "9999-12"}, "to: '9999-12' is no month; write YYYY-MM"),
        ("roll", {"last": "2031-01"}, "to: the book's last whole month is 2026-06"),
        ("roll", {"first": "2026-06", "last": "2026-01"}, "from, to: from 1 to 120 months"),
        ("roll", {"where": ["region"]}, "where: 'region' is not of the form SEGMENT=VALUE"),
        ("redefault", {"within": 0}, "within: from 1 to 24 months"),
        ("vintage", {"cohort": "week"}, "cohort: one of cohort_month"),
        ("concentration", {"top": 0}, "top: 1 or more"),
    ],
)
def test_a_bad_choice_is_named(figure: str, choices: dict[str, Any], told: str) -> None:
    with pytest.raises(QuestionError) as caught:
        make_question(figure, **{"first": None, "last": None, "newest": NEWEST} | choices)
    assert str(caught.value).startswith(told)
