"""The early-warning card: points for how a loan not yet behind has been paid, worst first."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from carrears.risk.scorecard import Scorecard, load_scorecard

_SHIPPED = Path(__file__).with_name("card.yaml")


@cache
def load_card() -> Scorecard:
    """The shipped card, in the form of ``risk.scorecard``; docs/early-warning.md tells its method.

    Raises:
        ScorecardError: the file cannot be used.
    """
    return load_scorecard(_SHIPPED)
