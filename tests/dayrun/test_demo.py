"""The demo, run again."""

from __future__ import annotations

from datetime import date

import pytest

from carrears.cli.demo import still_to_run
from carrears.dayrun.models import DayRun

pytestmark = pytest.mark.django_db
MONTHS = [date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31)]


def test_a_fresh_home_runs_all_days() -> None:
    assert still_to_run(MONTHS) == MONTHS


def test_run_again_it_takes_up_the_day_at_which_the_book_stands() -> None:
    DayRun.objects.create(as_of=MONTHS[0], inputs_hash="a", folder="a")
    DayRun.objects.create(as_of=MONTHS[1], inputs_hash="b", folder="b")
    assert still_to_run(MONTHS) == MONTHS[1:]


def test_a_book_that_has_gone_further_is_left_alone() -> None:
    DayRun.objects.create(as_of=date(2026, 11, 15), inputs_hash="c", folder="c")
    assert still_to_run(MONTHS) == []
