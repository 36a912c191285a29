from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from delinquency import books
from delinquency.books import Book
from django.conf import settings
from django.test import Client
from factories import DAY, make_user
from standing_book import register

from carrears.access.models import User
from carrears.portfolio.models import Snapshot

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def static_folder() -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns of none


@pytest.fixture
def sign_in() -> SignIn:
    def enter(user: User, *, language: str = "zh-hans") -> Client:
        client = Client()
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        return client

    return enter


@pytest.fixture
def me() -> User:
    return make_user(role="collector")


@pytest.fixture
def case_book(tmp_path: Path, settings: Any) -> Snapshot:
    """Loan 3: six instalments of 1,100.00 due by DAY, of which 5,150.00 was paid."""
    settings.BOOK_DIR = tmp_path
    lent = {"product": "auto", "originated_on": date(2025, 12, 15)}
    parts = {"principal": 1_000_00, "interest": 100_00, "fee": 0}
    due = [books.instalment(n, date(2026, n, 15), 3, **parts) for n in range(1, 13)]
    moved = books.instalment(
        5, date(2026, 5, 1), 3, principal=999, interest=0, fee=0, superseded_on=date(2026, 5, 2)
    )
    paid = [
        books.payment("P1", date(2026, 4, 14), 4_400_00, 3),
        books.payment("P2", date(2026, 5, 14), 750_00, 3),
        books.payment("P3", date(2026, 5, 20), 1_100_00, 3),
        books.payment("P4", date(2026, 5, 21), -1_100_00, 3),
        books.payment("P5", date(2026, 5, 21), 5, 4),
        books.payment("P6", date(2026, 7, 1), 7, 3),
    ]
    loans = [books.loan(3, loan_no="A-03", **lent), books.loan(4, loan_no="A-04", **lent)]
    return register(Book(loans, [*due, moved], paid, []), tmp_path, DAY)
