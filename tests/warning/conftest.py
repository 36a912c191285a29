from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from delinquency.books import Book
from factories import make_person
from warning.nights import Night, begin_night, watched_book

from carrears.dayrun.models import RunState
from carrears.dayrun.steps import STEPS, Day


@pytest.fixture
def night(db: None, settings: Any, tmp_path: Path) -> Night:  # noqa: ARG001  it has to be there
    """Run the night of a day over a book, all its steps or those before ``until``."""
    settings.BOOK_DIR, settings.MAIL_DIR = tmp_path / "book", tmp_path / "mail"
    make_person(loan_no="L1")

    def run(as_of: date, book: Book | None = None, *, until: str = "") -> Day:
        known = book or watched_book()
        payments = [row for row in known.payments if row["paid_on"] <= as_of]
        day = begin_night(replace(known, payments=payments), settings.BOOK_DIR, as_of)
        for step in STEPS:
            if step.name == until:
                return day
            step.work(day)
        day.run.state = RunState.DONE
        day.run.save()
        return day

    return run
