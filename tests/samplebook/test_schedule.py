from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from carrears.samplebook.schedule import RATE_UNIT, Plan, level_instalment, level_plan

loans = st.lists(
    st.tuples(
        st.integers(1_000_00, 2_000_000_00),  # principal, minor units
        st.integers(0, 24 * RATE_UNIT // 100),  # up to 24 % a year
        st.sampled_from([12, 24, 36, 48, 60]),
    ),
    min_size=1,
    max_size=8,
)


def _plan(principal: list[int], rate: list[int], term: list[int]) -> tuple[Plan, np.ndarray]:
    arrays = [np.array(values, np.int64) for values in (principal, rate, term)]
    instalment = level_instalment(*arrays)
    return level_plan(*arrays, instalment), instalment


def test_level_instalment_of_the_glossary_example() -> None:
    # 100,000 at 12 % over 12 months: 8,884.88 a month, 7,884.88 of it principal at first.
    plan, instalment = _plan([100_000_00], [1_200], [12])
    assert instalment.tolist() == [8_884_88]
    assert plan.principal[0, 0] == 7_884_88
    assert plan.interest[0, 0] == 1_000_00


def test_level_instalment_at_rate_zero_is_the_nth_part() -> None:
    plan, instalment = _plan([120_000_00], [0], [36])
    assert instalment.tolist() == [3_333_33]
    assert plan.interest.sum() == 0
    assert plan.principal[0, -1] == 120_000_00 - 35 * 3_333_33


@given(loans)
def test_plan_repays_the_principal_in_level_instalments(drawn: list[tuple[int, int, int]]) -> None:
    principal, rate, term = (list(values) for values in zip(*drawn, strict=True))
    plan, instalment = _plan(principal, rate, term)
    amounts = plan.principal + plan.interest
    assert plan.principal.sum(axis=1).tolist() == principal
    for row, months in enumerate(term):
        assert (amounts[row, : months - 1] == instalment[row]).all()
        # Half a minor unit of each month's rounding, with the interest on it, piles up here.
        assert abs(amounts[row, months - 1] - instalment[row]) <= 2 * months
        assert (plan.interest[row, :months] >= 0).all()
        assert (amounts[row, months:] == 0).all()


@given(loans)
def test_balance_and_sums_follow_from_the_parts(drawn: list[tuple[int, int, int]]) -> None:
    principal, rate, term = (list(values) for values in zip(*drawn, strict=True))
    plan, _ = _plan(principal, rate, term)
    assert plan.balance[:, 0].tolist() == principal
    assert (plan.balance[:, -1] == 0).all()
    assert (np.diff(plan.balance, axis=1) == -plan.principal).all()
    assert (np.diff(plan.paid_up, axis=1) == plan.principal + plan.interest).all()
