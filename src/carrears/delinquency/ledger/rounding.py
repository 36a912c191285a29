"""Rounding of exact amounts, always stated: to which unit and which way a half goes."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction


class Rounding(StrEnum):
    """Which way an amount between two units goes."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"
    UP = "up"


def round_to(amount: Fraction, *, rounding: Rounding, unit: int = 1) -> int:
    """``amount`` as a multiple of ``unit``; halves and parts go by their size, not their sign."""
    if amount < 0:
        return -round_to(-amount, rounding=rounding, unit=unit)
    whole, rest = divmod(amount, unit)
    doubled = 2 * rest
    up = {
        Rounding.HALF_UP: doubled >= unit,
        Rounding.HALF_EVEN: doubled > unit or (doubled == unit and whole % 2 == 1),
        Rounding.DOWN: False,
        Rounding.UP: rest > 0,
    }[rounding]
    return (int(whole) + up) * unit
