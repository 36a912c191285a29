"""Money taken back (冲正, returned debits): which earlier payments it was never paid by.

A row that names its payment takes that one back; what exceeds it, and a row that names none,
takes back the latest money before it, the newest first. What no earlier money covers is taken
off the next that comes in. The sum is what the screen counts: all money less all taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from carrears.delinquency.ledger.arrays import Int64


def money_kept(
    loan: Int64, amount: Int64, numbers: Sequence[str], reversed_numbers: Sequence[str | None]
) -> Int64:
    """What is left of each payment, in minor units; rows that take back have nothing left.

    The rows are in order of loan and day, within a day money in before money out. ``numbers``
    are the payments' numbers, ``reversed_numbers`` those of the payments that they take back.
    """
    left = np.maximum(amount, 0)
    for number in np.unique(loan[amount < 0]):
        first, end = np.searchsorted(loan, [number, number + 1])
        span = slice(int(first), int(end))
        left[span] = _of_loan(amount[span].tolist(), numbers[span], reversed_numbers[span])
    return left


def _of_loan(
    amounts: Sequence[int], numbers: Sequence[str], reversed_numbers: Sequence[str | None]
) -> list[int]:
    left = [max(amount, 0) for amount in amounts]
    places = {number: place for place, number in enumerate(numbers) if amounts[place] > 0}
    rest = _take_named(amounts, left, reversed_numbers, places)
    owing = 0
    for place, amount in enumerate(amounts):
        if amount > 0:
            taken = min(owing, left[place])
            left[place] -= taken
            owing -= taken
            continue
        open_ = rest[place]
        for earlier in range(place - 1, -1, -1):
            taken = min(open_, left[earlier])
            left[earlier] -= taken
            open_ -= taken
        owing += open_
    return left


def _take_named(
    amounts: Sequence[int],
    left: list[int],
    reversed_numbers: Sequence[str | None],
    places: Mapping[str, int],
) -> list[int]:
    """Take named payments back; what each row still has to take."""
    rest = [max(-amount, 0) for amount in amounts]
    for place, name in enumerate(reversed_numbers):
        target = places.get(name) if name is not None and rest[place] else None
        if target is not None:
            taken = min(rest[place], left[target])
            left[target] -= taken
            rest[place] -= taken
    return rest
