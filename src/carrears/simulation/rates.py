"""Rates of the book's own history, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

_LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + _LEVEL) / 2)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the loans of a cell: arrears x, paid y, their squares and product."""

    loans: int
    x: float
    y: float
    xx: float
    yy: float
    xy: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share of arrears that was paid, and the variance of that estimate."""

    rate: float
    variance: float


def paid_share(sums: Sums) -> Ratio | None:
    """The ratio Σy / Σx over loans, variance by linearisation; None under two loans or without x.

    A loan seen in several months is one cluster: its x and y are its months' sums. Variance
    n / (n − 1) · Σ(y − r x)² / (Σx)² (Cochran, Sampling Techniques, 3rd ed. 1977, section 2.11,
    without the finite-population factor, since the future is asked about, not this book).
    """
    if sums.loans < 2 or sums.x <= 0:  # noqa: PLR2004  a variance takes two
        return None
    rate = sums.y / sums.x
    squares = max(sums.yy - 2 * rate * sums.xy + rate * rate * sums.xx, 0.0)
    return Ratio(rate, sums.loans / (sums.loans - 1) * squares / sums.x**2)


def normal_interval(value: float, variance: float) -> tuple[float, float]:
    """95 % interval of a large-sample estimate that cannot be below 0."""
    reach = _Z * sqrt(variance)
    return max(value - reach, 0.0), value + reach


def wilson_interval(hits: int, number: int) -> tuple[float, float]:
    """95 % score interval of a proportion (Wilson, JASA 22 (1927) 209–212).

    Raises:
        ValueError: no trials, or more hits than trials.
    """
    if number <= 0 or not 0 <= hits <= number:
        raise ValueError(f"{hits} of {number} is no proportion")
    share, square = hits / number, _Z * _Z
    centre = (share + square / (2 * number)) / (1 + square / number)
    reach = _Z * sqrt(share * (1 - share) / number + square / (4 * number**2))
    reach /= 1 + square / number
    return max(centre - reach, 0.0), min(centre + reach, 1.0)
