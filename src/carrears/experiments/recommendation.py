"""What an experiment says should be done."""

from __future__ import annotations

from enum import StrEnum


class Advice(StrEnum):
    """The end of an experiment, or that it has not come."""

    ADOPT = "adopt"  # the challenger is better
    KEEP = "keep"  # the challenger is worse, or cannot be better by what matters
    NO_DIFFERENCE = "no_difference"  # neither is better by what matters
    STOP_FOR_HARM = "stop_for_harm"  # a guard rail tripped
    CONTINUE = "continue"  # the interval still allows several of these


def recommend(*, lower: float, upper: float, matters: float, harmed: bool) -> Advice:
    """The advice at an always-valid interval of challenger less champion.

    ``matters`` is the smallest difference worth acting on, above 0, in the interval's unit. Harm
    comes before gain. Since the interval is valid at every look, so is the advice at any.

    Raises:
        ValueError: ``matters`` is not above 0, or the interval is upside down.
    """
    if matters <= 0:
        raise ValueError("the difference that matters must be above 0")
    if lower > upper:
        raise ValueError(f"the interval ends at {upper} before it begins at {lower}")
    if harmed:
        return Advice.STOP_FOR_HARM
    if -matters < lower and upper < matters:
        return Advice.NO_DIFFERENCE
    if lower > 0:
        return Advice.ADOPT
    if upper < matters:
        return Advice.KEEP
    return Advice.CONTINUE
