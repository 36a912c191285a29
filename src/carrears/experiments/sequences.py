"""Confidence sequences: intervals that stay valid however often one looks at them.

``confidence_sequence`` bounds the difference that a challenger makes over the champion,
``mean_sequence`` one arm's mean. Both hold at *every* number of debtors at once with
probability 1 − α, whatever the outcomes' distribution, so that looking daily and stopping when
one likes costs nothing. Nothing in them is asymptotic.

Method: the empirical-Bernstein confidence sequence with predictable means of Howard, Ramdas,
McAuliffe, Sekhon (Annals of Statistics 49(2), 2021), Theorem 4 and, for the difference under a
known chance of assignment, section 4.2 (inverse-probability weights around predicted means); the
boundary is their gamma-exponential mixture (``carrears.experiments.boundary``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from carrears.experiments.boundary import Floats, boundary


@dataclass(frozen=True, slots=True)
class Sequence:
    """Estimates with their intervals, one at each look; all arrays have the looks' length.

    ``debtors`` is how many outcomes were known at the look; figures are in the outcomes' unit.
    """

    debtors: NDArray[np.int64]
    estimate: Floats
    lower: Floats
    upper: Floats


def confidence_sequence(
    outcomes: ArrayLike,
    in_challenger: ArrayLike,
    *,
    share: float,
    alpha: float = 0.05,
    cap: float = 1.0,
    planned: int = 1000,
    deviation: float | None = None,
    looks: ArrayLike | None = None,
) -> Sequence:
    """The challenger's mean outcome less the champion's, valid at all looks at once.

    Two-sided: with probability at least 1 − ``alpha`` the true difference lies in the interval
    at every look, of however many.

    Args:
        outcomes: one a debtor, 0 … ``cap``: 1 where cured and 0 where not, or what was
            recovered. In the order in which they became known; debtors of one day in any order
            that does not depend on outcomes.
        in_challenger: whether each of these debtors was assigned to the challenger.
        share: the chance with which a debtor was assigned to the challenger, between 0 and 1.
        alpha: the chance to miss the truth at any look.
        cap: the largest outcome; larger ones must be counted as ``cap`` beforehand.
        planned: at how many debtors the interval shall be narrowest.
        deviation: the outcomes' standard deviation as guessed before; ``cap`` / 2 if None. A
            wrong guess widens the interval, and leaves it valid.
        looks: after how many debtors to look, ascending; after each if None.

    Raises:
        ValueError: an outcome outside 0 … ``cap``, a share outside (0, 1), lengths that differ.
    """
    values = _checked(outcomes, cap=cap)
    arm = np.asarray(in_challenger, bool)
    if arm.shape != values.shape:
        raise ValueError(f"{values.size} outcomes and {arm.size} assignments")
    if not 0 < share < 1:
        raise ValueError(f"the challenger's share must lie between 0 and 1, not {share}")
    predicted = _earlier_mean(values, arm) - _earlier_mean(values, ~arm)
    residual = np.where(
        arm,
        (values - _earlier_mean(values, arm)) / share,
        -(values - _earlier_mean(values, ~arm)) / (1 - share),
    )
    scale = 1 / min(share, 1 - share)
    spread = (0.5 if deviation is None else deviation / cap) ** 2 / (share * (1 - share))
    found = _around(
        predicted + residual,
        residual,
        scale=scale,
        alpha=alpha,
        tuned=planned * spread,
        looks=looks,
    )
    return _in_units(found, low=-cap, high=cap, cap=cap)


def mean_sequence(
    outcomes: ArrayLike,
    *,
    alpha: float = 0.05,
    cap: float = 1.0,
    planned: int = 1000,
    deviation: float | None = None,
    looks: ArrayLike | None = None,
) -> Sequence:
    """One arm's mean outcome, valid at all looks at once; arguments as ``confidence_sequence``.

    Raises:
        ValueError: an outcome outside 0 … ``cap``.
    """
    values = _checked(outcomes, cap=cap)
    residual = values - _earlier_mean(values, np.ones(values.shape, bool))
    spread = (0.5 if deviation is None else deviation / cap) ** 2
    found = _around(values, residual, scale=1.0, alpha=alpha, tuned=planned * spread, looks=looks)
    return _in_units(found, low=0.0, high=cap, cap=cap)


def _checked(outcomes: ArrayLike, *, cap: float) -> Floats:
    values = np.asarray(outcomes, np.float64)
    if values.ndim != 1:
        raise ValueError("outcomes come as one row, one a debtor")
    if cap <= 0:
        raise ValueError("the largest outcome must be above nothing")
    if not ((values >= 0) & (values <= cap)).all():
        raise ValueError(f"outcomes must lie between 0 and {cap}")
    return values / cap


def _earlier_mean(values: Floats, mine: NDArray[np.bool_]) -> Floats:
    """At each place the mean over the arm's earlier outcomes, drawn to 0 by one of nothing."""
    counted = np.where(mine, values, 0.0)
    before = np.cumsum(counted) - counted
    number = np.asarray(np.cumsum(mine) - mine, np.int64)
    return np.asarray(before / (number + 1), np.float64)


def _around(
    values: Floats,
    residual: Floats,
    *,
    scale: float,
    alpha: float,
    tuned: float,
    looks: ArrayLike | None,
) -> Sequence:
    """The sequence around the mean of ``values``; no residual lies below −``scale`` or above it."""
    number: NDArray[np.int64] = (
        np.arange(1, values.size + 1) if looks is None else np.asarray(looks, np.int64)
    )
    total = np.concatenate([[0.0], np.cumsum(values)])[number]
    variance = np.concatenate([[0.0], np.cumsum((residual / scale) ** 2)])[number]
    reach = scale * boundary(variance, alpha=alpha / 2, tuned=tuned / scale**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(number > 0, total / number, 0.0)
        width = np.where(number > 0, reach / number, np.inf)
    return Sequence(number.astype(np.int64), mean, mean - width, mean + width)


def _in_units(found: Sequence, *, low: float, high: float, cap: float) -> Sequence:
    return Sequence(
        found.debtors,
        np.clip(found.estimate * cap, low, high),
        np.clip(found.lower * cap, low, high),
        np.clip(found.upper * cap, low, high),
    )
