"""Schedules: the worked figures of 100,000 at 12 % over 12 months, and laws."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.schedules import Method, monthly_schedule

TWELVE_PERCENT = Decimal("0.12")


def worked(method: Method) -> list[tuple[int, int]]:
    rows = monthly_schedule(100_000_00, annual_rate=TWELVE_PERCENT, months=12, method=method)
    return [(row.principal, row.interest) for row in rows]


def test_equal_instalment_is_level_but_for_the_last() -> None:
    rows = worked(Method.EQUAL_INSTALMENT)
    assert rows[0] == (7_884_88, 1_000_00)
    assert {principal + interest for principal, interest in rows[:-1]} == {8_884_88}
    assert abs(sum(rows[-1]) - 8_884_88) <= 12


def test_equal_principal_falls_by_the_interest_on_one_part() -> None:
    # 100,000 / 12 = 8,333.33; with 1,000 of interest 9,333.33, then 83.33 less a month
    amounts = [principal + interest for principal, interest in worked(Method.EQUAL_PRINCIPAL)]
    assert amounts[:3] == [9_333_33, 9_250_00, 9_166_66]


def test_interest_only_ends_with_the_principal() -> None:
    assert worked(Method.INTEREST_ONLY) == [(0, 1_000_00)] * 11 + [(100_000_00, 1_000_00)]


def test_flat_interest_stays_on_the_first_principal() -> None:
    assert worked(Method.FLAT) == [(8_333_33, 1_000_00)] * 11 + [(8_333_37, 1_000_00)]


def test_without_interest_the_principal_is_split() -> None:
    rows = monthly_schedule(100, annual_rate=Decimal(0), months=3, method=Method.EQUAL_INSTALMENT)
    assert [(row.principal, row.interest) for row in rows] == [(33, 0), (33, 0), (34, 0)]


@pytest.mark.parametrize(
    ("principal", "rate", "months"), [(0, "0.1", 12), (1, "-0.1", 12), (1, "0.1", 0)]
)
def test_a_schedule_of_nothing_is_refused(principal: int, rate: str, months: int) -> None:
    with pytest.raises(ValueError, match="a schedule needs"):
        monthly_schedule(principal, annual_rate=Decimal(rate), months=months, method=Method.FLAT)


@settings(deadline=None)  # a long schedule on a busy machine
@given(
    st.integers(1, 10**10),
    st.decimals(0, "0.36", places=6),
    st.integers(1, 120),
    st.sampled_from(list(Method)),
)
def test_principal_adds_up_and_no_part_is_negative(
    principal: int, rate: Decimal, months: int, method: Method
) -> None:
    rows = monthly_schedule(principal, annual_rate=rate, months=months, method=method)
    assert sum(row.principal for row in rows) == principal
    assert [row.number for row in rows] == list(range(1, months + 1))
    assert min(min(row.principal, row.interest) for row in rows) >= 0
