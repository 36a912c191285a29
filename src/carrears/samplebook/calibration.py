"""What the book is calibrated on: measured rates, and the assumptions no tape gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from carrears.samplebook.measure import OUTCOMES, STATES, Floats
from carrears.yamls import load_yaml

SEGMENTS = ("prime_new", "prime_used", "subprime")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Calibration:
    """Monthly rates by segment (SEGMENTS), state (STATES) and outcome (OUTCOMES).

    ``partial`` is the share with some money of the months that end one instalment worse, by
    segment and state; ``deeper`` the share of months over 90 days that fall back further.
    """

    rates: Floats
    partial: Floats
    deeper: Floats
    score_edges: tuple[float, ...]
    score_multiples: Floats
    score_levels: Floats
    prime_scores: Floats
    subprime_scores: Floats


@cache
def load_calibration() -> Calibration:
    """The shipped calibration, as ``bench/calibrate.py`` measured it."""
    found = read_data("calibration.yaml")
    segments = [found["segments"][name] for name in SEGMENTS]
    rows = [[segment["rows"][state] for state in STATES] for segment in segments]
    rates = np.array([[row["rates"] for row in segment] for segment in rows], float)
    if rates.shape != (len(SEGMENTS), len(STATES), len(OUTCOMES)):
        raise ValueError(f"calibration.yaml has rates of shape {rates.shape}")
    deeper = np.array([segment["deeper_share"] for segment in segments])
    deeper[2] = deeper[1]  # the subprime tape is too small to tell
    quantiles = found["score_quantiles"]
    return Calibration(
        rates=rates,
        partial=np.array([[row["partial_share"] for row in segment] for segment in rows]),
        deeper=deeper,
        score_edges=tuple(found["score"]["edges"]),
        score_multiples=np.array(found["score"]["multiple_of_average"]),
        score_levels=np.array(quantiles["prime"]["levels"]),
        prime_scores=np.array(quantiles["prime"]["scores"]),
        subprime_scores=np.array(quantiles["subprime"]["scores"]),
    )


@cache
def read_data(name: str) -> dict[str, Any]:
    """A data file of this room, as plain values."""
    data = load_yaml((_HERE / name).read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise TypeError(f"{name} is not a mapping")
    return data
