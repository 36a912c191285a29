"""How far a sum may stray, at any time: the gamma-exponential mixture boundary.

Source: Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence
sequences", Annals of Statistics 49(2), 2021: Proposition 9 (the mixture) and section 3.5 (its
tuning). If ``exp(λ S − ψ(λ) V)`` with ``ψ(λ) = −log(1 − λ) − λ`` is a supermartingale for each λ
in [0, 1), then so is its mean over a gamma density truncated to [0, 1), and by Ville's inequality
S stays below ``boundary(V)`` for ever with probability 1 − α.
"""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_HALVINGS = 52


def boundary(variance: Floats, *, alpha: float, tuned: float) -> Floats:
    """The boundary at each intrinsic time ``variance``, for sums in units of their scale.

    ``alpha`` is the chance ever to cross it; it is narrowest around the intrinsic time ``tuned``.
    """
    rho = tuning(tuned, alpha=alpha)
    goal = log(1 / alpha)
    high = np.sqrt(2 * np.maximum(variance, 1.0) * goal) + goal
    while (short := log_mixture(high, variance, rho=rho) < goal).any():
        high = np.where(short, high * 2, high)
    low = np.zeros_like(high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        over = log_mixture(middle, variance, rho=rho) >= goal
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.asarray(high, np.float64)


def tuning(tuned: float, *, alpha: float) -> float:
    """The mixture's ρ that makes the boundary narrowest near the intrinsic time ``tuned``."""
    goal = 2 * log(1 / (2 * alpha))
    return tuned / (goal + log(1 + goal))


def log_mixture(deviation: Floats, variance: Floats, *, rho: float) -> Floats:
    """The logarithm of the mixture at sums ``deviation`` ≥ 0 and intrinsic times ``variance``."""
    shape = variance + rho
    reach = deviation + shape
    from scipy.special import gammainc, gammaln  # noqa: PLC0415  every command would wait for it

    start = rho * log(rho) - gammaln(rho) - np.log(gammainc(rho, rho))
    return np.asarray(
        start
        + gammaln(shape)
        + np.log(gammainc(shape, reach))
        - shape * np.log(reach)
        + deviation
        + variance,
        np.float64,
    )
