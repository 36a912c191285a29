from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from carrears.delinquency.ledger.daycount import (
    DayCount,
    add_months,
    days_30_360,
    year_fraction,
)
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.schedule import ScheduleTerms, Style, due_dates, make_schedule

EXAMPLES = yaml.safe_load(Path(__file__).with_name("schedules.yaml").read_text("utf-8"))


def minor(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_schedule_worked_example(example: dict[str, Any]) -> None:
    terms = example["terms"]
    rows = make_schedule(
        ScheduleTerms(
            principal=minor(terms["principal"]),
            annual_rate=Decimal(terms["rate"]),
            style=Style(terms["style"]),
            day_count=DayCount(terms["day_count"]),
        ),
        start=example["start"],
        due=due_dates(example["start"], number=example["months"]),
    )
    found = {nr: [rows[nr - 1].principal, rows[nr - 1].interest] for nr in example["rows"]}
    assert found == {nr: [minor(x) for x in row] for nr, row in example["rows"].items()}


@given(
    principal=st.integers(1, 10**10),
    rate=st.decimals(0, 1, places=4),
    number=st.integers(1, 72),
    style=st.sampled_from(Style),
    day_count=st.sampled_from(DayCount),
    start=st.dates(date(2000, 1, 1), date(2040, 12, 31)),
)
def test_schedule_pays_back_what_was_paid_out(
    *, principal: int, rate: Decimal, number: int, style: Style, day_count: DayCount, start: date
) -> None:
    terms = ScheduleTerms(principal=principal, annual_rate=rate, style=style, day_count=day_count)
    rows = make_schedule(terms, start=start, due=due_dates(start, number=number))
    assert sum(row.principal for row in rows) == principal
    assert rows[-1].balance == 0
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)


def test_actual_actual_counts_each_day_over_its_own_year() -> None:
    part = year_fraction(date(2023, 12, 31), date(2024, 1, 2), day_count=DayCount.ACT_ACT)
    assert part == Fraction(1, 365) + Fraction(1, 366)


def test_thirty_360_takes_the_31st_as_the_30th() -> None:
    part = year_fraction(date(2026, 1, 31), date(2026, 3, 31), day_count=DayCount.THIRTY_360)
    assert part == Fraction(60, 360)


@pytest.mark.parametrize(
    ("start", "end", "bond", "us", "european"),
    [
        ("2007-01-15", "2007-01-31", 16, 16, 15),
        ("2007-01-30", "2007-03-31", 60, 60, 60),
        ("2007-02-28", "2007-03-31", 33, 30, 32),
        ("2007-02-28", "2008-02-29", 361, 360, 361),
        ("2008-02-29", "2008-08-31", 182, 180, 181),
    ],
)
def test_thirty_360_by_country(start: str, end: str, bond: int, us: int, european: int) -> None:
    kinds = (DayCount.THIRTY_360, DayCount.THIRTY_US_360, DayCount.THIRTY_E_360)
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert [days_30_360(first, last, day_count=kind) for kind in kinds] == [bond, us, european]


def test_due_dates_keep_the_day_past_a_short_month() -> None:
    assert due_dates(date(2026, 1, 31), number=3) == [
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_rounding_goes_the_stated_way() -> None:
    half = Fraction(5, 2)
    assert [round_to(half, rounding=rule) for rule in Rounding] == [3, 2, 2, 3]
    assert [round_to(-half, rounding=rule) for rule in Rounding] == [-3, -2, -2, -3]
    assert round_to(Fraction(150), rounding=Rounding.HALF_UP, unit=100) == 200


def test_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        year_fraction(date(2026, 1, 2), date(2026, 1, 1), day_count=DayCount.ACT_365)
