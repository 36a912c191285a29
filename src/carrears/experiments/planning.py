"""How many debtors an experiment needs, before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

from carrears.experiments.boundary import boundary

_MOST = 1 << 40
_quantile = NormalDist().inv_cdf


@dataclass(frozen=True, slots=True)
class Size:
    """Debtors needed in both arms together, and days until their outcomes are known.

    ``one_look`` is for a single test at the end; ``daily_looks`` for the interval that may be
    looked at daily, which is the one that this package draws. Days are None where the entries a
    day were not given.
    """

    one_look: int
    daily_looks: int
    days: int | None


def sample_size(
    *,
    effect: float,
    baseline: float | None = None,
    deviation: float | None = None,
    cap: float = 1.0,
    share: float = 0.5,
    alpha: float = 0.05,
    power: float = 0.8,
    loans_per_debtor: float = 1.0,
    correlation: float = 1.0,
    entries_a_day: float | None = None,
    window_days: int = 0,
) -> Size:
    """The debtors needed to see ``effect`` with probability ``power``.

    Two proportions where ``baseline`` (the champion's) is given, else two means of outcomes
    0 … ``cap`` with standard deviation ``deviation`` by debtor, or by loan: an outcome averaged
    over m loans of a debtor, correlated by ρ (``correlation``), has variance
    σ² (1 + (m − 1) ρ) / m (Kish 1965, the design effect). ``share`` is the challenger's.

    One look, unpooled normal approximation (Fleiss, Levin, Paik 2003, section 4.4, without the
    continuity correction): n = (z₁₋α/₂ + z_power)² (σ₁²/share + σ₀²/(1 − share)) / effect².
    Daily looks: the least n at which the interval of ``confidence_sequence``, tuned to n, has
    its lower end above 0 with the power: n·effect − u(n) ≥ z_power·√(n·variance).

    Raises:
        ValueError: no effect, a proportion outside 0…1, a share, alpha or power outside (0, 1),
            neither or both of ``baseline`` and ``deviation``.
    """
    _check(effect=effect, share=share, alpha=alpha, power=power)
    champion, challenger = _deviations(effect, baseline=baseline, deviation=deviation, cap=cap)
    design = (1 + (loans_per_debtor - 1) * correlation) / loans_per_debtor
    variance = design * (challenger**2 / share + champion**2 / (1 - share)) / cap**2
    change = abs(effect) / cap
    goal = _quantile(1 - alpha / 2) + _quantile(power)
    one_look = ceil(goal**2 * variance / change**2)
    daily = _least(
        one_look,
        change=change,
        variance=variance,
        scale=1 / min(share, 1 - share),
        alpha=alpha,
        reserve=_quantile(power),
    )
    days = None if entries_a_day is None else ceil(daily / entries_a_day) + window_days
    return Size(one_look, daily, days)


def smallest_effect(
    *,
    debtors: int,
    baseline: float,
    share: float = 0.5,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float:
    """The smallest rise over ``baseline`` that so many debtors show under daily looks.

    1 − ``baseline`` where even that needs more debtors.

    Raises:
        ValueError: as ``sample_size``.
    """
    low, high = 0.0, 1.0 - baseline
    for _ in range(30):
        middle = (low + high) / 2
        size = sample_size(effect=middle, baseline=baseline, share=share, alpha=alpha, power=power)
        low, high = (middle, high) if size.daily_looks > debtors else (low, middle)
    return high


def _check(*, effect: float, share: float, alpha: float, power: float) -> None:
    if effect == 0:
        raise ValueError("no number of debtors shows an effect of nothing")
    for name, value in (("share", share), ("alpha", alpha), ("power", power)):
        if not 0 < value < 1:
            raise ValueError(f"{name} must lie between 0 and 1, not {value}")


def _deviations(
    effect: float, *, baseline: float | None, deviation: float | None, cap: float
) -> tuple[float, float]:
    if (baseline is None) == (deviation is None):
        raise ValueError("give the champion's rate, or a standard deviation")
    if baseline is not None:
        rates = baseline, baseline + effect
        if not all(0 <= rate <= 1 for rate in rates):
            raise ValueError(f"rates must lie between 0 and 1, not {rates[0]} and {rates[1]}")
        return sqrt(rates[0] * (1 - rates[0])), sqrt(rates[1] * (1 - rates[1]))
    assert deviation is not None  # noqa: S101  one of the two was given
    if not 0 < deviation <= cap / 2:
        raise ValueError(f"a deviation of outcomes 0…{cap} lies above 0 and at most at {cap / 2}")
    return deviation, deviation


def _least(
    least: int, *, change: float, variance: float, scale: float, alpha: float, reserve: float
) -> int:
    def enough(number: int) -> bool:
        time = np.array([number * variance / scale**2])
        reach = scale * float(boundary(time, alpha=alpha / 2, tuned=float(time[0]))[0])
        return number * change - reach >= reserve * sqrt(number * variance)

    low, high = 0, max(least, 1)
    while not enough(high):
        low, high = high, high * 2
        if high > _MOST:
            raise ValueError("no book is large enough for so small an effect")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
