from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from delinquency.books import Book, instalment, loan, payment
from standing_book import stand

AS_OF = date(2026, 6, 30)
DUE = [date(2026, month, 15) for month in (4, 5, 6)]


def small_book() -> Book:
    """Three loans with instalments of 111.00 due in April, May and June, and in July to come.

    L1 is one behind, L2 and L3 are current.
    """
    loans = [loan(n, originated_on=date(2026, 3, 1), instalment=111_00) for n in (1, 2, 3)]
    due = [*DUE, DUE[-1] + timedelta(days=30)]
    schedule = [
        instalment(seq, day, row["loan_id"]) for row in loans for seq, day in enumerate(due, 1)
    ]
    paid = [
        payment(f"{row['loan_id']}-{n}", day, 111_00, row["loan_id"])
        for row in loans
        for n, day in enumerate(DUE[: 2 if row["loan_id"] == 1 else 3])
    ]
    return Book(loans, schedule, paid, [])


@pytest.fixture
def book(db: None, settings: Any, tmp_path: Path) -> Book:  # noqa: ARG001  it has to be there
    """A book that stands at the end of June."""
    settings.BOOK_DIR = tmp_path / "book"
    made = small_book()
    stand(made, settings.BOOK_DIR, AS_OF)
    return made
