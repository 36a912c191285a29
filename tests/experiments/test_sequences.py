from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammainc, gammaln
from scipy.stats import binom

from carrears.experiments.boundary import boundary, log_mixture, tuning
from carrears.experiments.sequences import confidence_sequence, mean_sequence

DAYS = np.arange(25, 3_001, 25)


@pytest.mark.parametrize(("deviation", "variance"), [(0.0, 0.0), (3.0, 1.5), (40.0, 300.0)])
def test_the_mixture_is_the_integral_that_it_stands_for(deviation: float, variance: float) -> None:
    # Howard et al. 2021, Proposition 9: a gamma density in 1 - λ, truncated to λ in [0, 1).
    rho = 7.0

    def weighed(lam: float) -> float:
        rest = 1 - lam
        density = rho * log(rho) - gammaln(rho) + (rho - 1) * log(rest) - rho * rest
        wealth = lam * deviation - (-log(rest) - lam) * variance
        return exp(density + wealth) / gammainc(rho, rho)

    integral = quad(weighed, 0, 1, limit=200)[0]
    closed = log_mixture(np.array([deviation]), np.array([variance]), rho=rho)[0]
    assert closed == pytest.approx(log(integral), rel=1e-7, abs=1e-7)


@settings(deadline=None, max_examples=50)
@given(st.floats(0, 1e7), st.floats(1e-3, 0.4), st.floats(1.0, 1e6))
def test_the_boundary_is_where_the_mixture_reaches_one_over_alpha(
    variance: float, alpha: float, tuned: float
) -> None:
    at = boundary(np.array([variance]), alpha=alpha, tuned=tuned)
    reached = log_mixture(at, np.array([variance]), rho=tuning(tuned, alpha=alpha))
    assert reached[0] == pytest.approx(log(1 / alpha), abs=1e-5)


def missed(*, share: float, champion: float, challenger: float, repetitions: int) -> int:
    """How many of the simulated experiments ever showed an interval without the truth."""
    random = np.random.default_rng(20_260_301)
    number = 0
    for _ in range(repetitions):
        arm = random.random(DAYS[-1]) < share
        cured = random.random(DAYS[-1]) < np.where(arm, challenger, champion)
        seen = confidence_sequence(cured, arm, share=share, planned=2_000, looks=DAYS)
        truth = challenger - champion
        number += bool(((seen.lower > truth) | (seen.upper < truth)).any())
    return number


@pytest.mark.parametrize(
    ("share", "champion", "challenger"), [(0.5, 0.3, 0.3), (0.1, 0.3, 0.4), (0.5, 0.02, 0.0)]
)
def test_looked_at_daily_the_interval_misses_no_more_often_than_it_says(
    share: float, champion: float, challenger: float
) -> None:
    repetitions = 200
    misses = missed(share=share, champion=champion, challenger=challenger, repetitions=repetitions)
    assert misses <= binom.ppf(0.9999, repetitions, 0.05)


def test_a_fixed_interval_looked_at_daily_would_miss_far_more_often() -> None:
    random = np.random.default_rng(5)
    misses = 0
    for _ in range(200):
        arm = random.random(DAYS[-1]) < 0.5
        cured = random.random(DAYS[-1]) < 0.3
        ours, theirs = np.cumsum(arm)[DAYS - 1], np.cumsum(~arm)[DAYS - 1]
        one = np.cumsum(arm & cured)[DAYS - 1] / ours
        other = np.cumsum(~arm & cured)[DAYS - 1] / theirs
        error = np.sqrt(one * (1 - one) / ours + other * (1 - other) / theirs)
        misses += bool((abs(one - other) > 1.96 * error).any())
    assert misses > binom.ppf(0.9999, 200, 0.05)


def test_a_real_effect_is_seen_at_the_planned_size() -> None:
    random = np.random.default_rng(6)
    arm = random.random(20_000) < 0.5
    cured = random.random(20_000) < np.where(arm, 0.35, 0.3)
    seen = confidence_sequence(cured, arm, share=0.5, planned=20_000, looks=[20_000])
    assert 0 < seen.lower[0] < 0.05 < seen.upper[0] < 0.1


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1), st.floats(0.05, 0.95))
def test_the_same_outcomes_in_another_unit_give_the_same_interval(
    debtors: list[tuple[bool, float]], share: float
) -> None:
    arm = [a for a, _ in debtors]
    one = confidence_sequence([y for _, y in debtors], arm, share=share)
    cents = confidence_sequence([y * 5e6 for _, y in debtors], arm, share=share, cap=5e6)
    for name in ("estimate", "lower", "upper"):
        np.testing.assert_allclose(getattr(one, name) * 5e6, getattr(cents, name), atol=1e-3)
    # swapping the arms' names turns the interval over
    turned = confidence_sequence([y for _, y in debtors], [not a for a in arm], share=1 - share)
    np.testing.assert_allclose(one.lower, -turned.upper, atol=1e-9)


def test_before_anything_is_known_everything_is_possible() -> None:
    seen = confidence_sequence([], [], share=0.5, looks=[0])
    assert (seen.lower[0], seen.upper[0]) == (-1, 1)
    assert (mean_sequence([], looks=[0]).lower[0], mean_sequence([], looks=[0]).upper[0]) == (0, 1)


def test_one_arm_alone_is_bounded_too() -> None:
    random = np.random.default_rng(7)
    misses = 0
    for _ in range(200):
        paid = np.minimum(random.lognormal(6, 1.5, DAYS[-1]), 5_000)
        truth = MEAN_OF_PAID
        seen = mean_sequence(paid, cap=5_000, planned=2_000, deviation=800, looks=DAYS)
        misses += bool(((seen.lower > truth) | (seen.upper < truth)).any())
    assert misses <= binom.ppf(0.9999, 200, 0.05)


MEAN_OF_PAID = float(
    quad(lambda z: min(exp(6 + 1.5 * z), 5_000) * exp(-z * z / 2) / (2 * np.pi) ** 0.5, -9, 9)[0]
)


@pytest.mark.parametrize(
    ("outcomes", "arms", "share", "message"),
    [
        ([0, 2], [True, False], 0.5, "outcomes must lie between 0 and 1.0"),
        ([0, float("nan")], [True, False], 0.5, "outcomes must lie between 0 and 1.0"),
        ([0], [True, False], 0.5, "1 outcomes and 2 assignments"),
        ([0], [True], 1.0, "the challenger's share must lie between 0 and 1, not 1.0"),
        ([[0]], [[True]], 0.5, "outcomes come as one row, one a debtor"),
    ],
)
def test_what_has_no_meaning_is_refused(
    outcomes: list[float], arms: list[bool], share: float, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        confidence_sequence(outcomes, arms, share=share)
