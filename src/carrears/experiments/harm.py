"""Guard rails: does an arm do harm, asked every day, with a bound on false alarms for ever.

Under equal risk each event (a complaint, a block, an opt-out) falls on the challenger with the
share of the debtors at risk who are in it. The evidence is the likelihood ratio of higher risks,
averaged over a few of them: an e-process, which exceeds 1/α at any time with probability at most
α (Ville's inequality), if the challenger's risk is at most ``tolerance`` times the champion's.

Source: Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022 (the
conditional test of rates); Ramdas, Grünwald, Vovk, Shafer, "Game-theoretic statistics and safe
anytime-valid inference", Statistical Science 38(4), 2023 (one-sided e-processes). Debtors of one
day share a risk, so that given the day's events their split is hypergeometric, for which the
binomial ratio's mean is smaller still (Hoeffding 1963, Theorem 4).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from carrears.experiments.boundary import Floats

# The higher risks that are looked for, as multiples of what is tolerated.
_MULTIPLES = np.array([1.25, 1.5, 2.0, 3.0, 5.0, 10.0])


def harm_evidence(
    *,
    challenger_events: ArrayLike,
    champion_events: ArrayLike,
    challenger_at_risk: ArrayLike,
    champion_at_risk: ArrayLike,
    tolerance: float = 1.0,
) -> Floats:
    """The evidence after each day that the challenger harms more; 1 where nothing has happened.

    All four have one figure a day: the debtors who had their first event on the day, and those
    who had had none before it. An arm is stopped where the evidence reaches 1/α.

    Raises:
        ValueError: lengths that differ, a figure below 0, more events than debtors at risk, a
            tolerance below 1.
    """
    given = (challenger_events, champion_events, challenger_at_risk, champion_at_risk)
    hit, spared, exposed, others = (np.asarray(value, np.float64) for value in given)
    if len({hit.shape, spared.shape, exposed.shape, others.shape}) != 1:
        raise ValueError("each day needs its events and debtors at risk of both arms")
    if min((value.min(initial=0) for value in (hit, spared, exposed, others)), default=0) < 0:
        raise ValueError("events and debtors at risk cannot be below 0")
    if (hit > exposed).any() or (spared > others).any():
        raise ValueError("a debtor has a first event only once")
    if tolerance < 1:
        raise ValueError("a challenger is always allowed the champion's own risk")
    both = (exposed > 0) & (others > 0)  # a day with one arm alone says nothing
    exposed, others = np.where(both, exposed, 1.0), np.where(both, others, 1.0)
    usual = tolerance * exposed / (tolerance * exposed + others)
    raised = tolerance * _MULTIPLES[:, None] * exposed
    raised = raised / (raised + others)
    gain = hit * np.log(raised / usual) + spared * np.log((1 - raised) / (1 - usual))
    ratios = np.cumsum(np.where(both, gain, 0.0), axis=1)
    return np.asarray(
        np.exp(np.logaddexp.reduce(ratios, axis=0) - np.log(_MULTIPLES.size)), np.float64
    )
