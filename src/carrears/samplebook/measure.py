"""How a book moves from month-end to month-end: the same counts for a real tape and for ours.

A month-end state is the number of instalments not fully paid, which for monthly instalments
is the bucket: 1 is 1-30 days past due, 2 is 31-60, 3 is 61-90, 4 and more is over 90 days.
A loan that is a whole instalment ahead is kept apart, for it may skip a month unpunished.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

STATES = ("ahead", "current", "d1_30", "d31_60", "d61_90", "d90_plus")
OUTCOMES = (*STATES, "paid_off", "charged_off", "deferred")
PAID_OFF, CHARGED_OFF, GONE = 98, 99, -99
DEEPEST = 4
# A shortfall of a fifth of an instalment or less does not make it unpaid: the servicers of
# the tapes forgive small ones.
TOLERANCE = 0.2

_FIRST_ENDED = len(STATES)


@dataclass(frozen=True)
class Counts:
    """Loan-months by what they began as (rows, STATES) and what became of them (OUTCOMES).

    ``unpaid`` and ``partial`` count, of the months that ended one instalment worse, those
    with no money at all and those with some; ``deeper`` those over 90 days that fell back by
    one more instalment, of ``stayed`` that remained over 90 days.
    """

    moves: Ints
    unpaid: Ints
    partial: Ints
    deeper: int
    stayed: int

    @property
    def months(self) -> Ints:
        """Loan-months by state."""
        months: Ints = self.moves.sum(axis=1)
        return months

    @property
    def rates(self) -> Floats:
        """Shares of each row; a row that nobody was in is zero."""
        shares: Floats = self.moves / np.maximum(self.months, 1)[:, None]
        return shares

    @property
    def partial_share(self) -> Floats:
        """Of the months that ended one instalment worse, the share with some money."""
        share: Floats = self.partial / np.maximum(self.partial + self.unpaid, 1)
        return share

    @property
    def deeper_share(self) -> float:
        """Of the months that stayed over 90 days, the share one instalment worse."""
        return self.deeper / max(self.stayed, 1)


def state_of(shortfall: Floats, instalment: Floats) -> Ints:
    """Instalments not fully paid, -1 for a loan at least one ahead; amounts in one unit."""
    behind = np.ceil(shortfall / instalment - TOLERANCE).astype(np.int64)
    return np.maximum(behind, -1)


def count_moves(states: Ints, deferred: Flags, paid: Floats) -> Counts:
    """Count month by month what became of the loans.

    ``states`` is loans by month-ends; ``deferred`` and ``paid`` (any unit, 0 for nothing)
    are loans by the months between them. ``GONE`` marks month-ends without the loan.
    """
    before, after = states[:, :-1], states[:, 1:]
    counted = (before != GONE) & (before < PAID_OFF) & (after != GONE)
    row = np.clip(before, -1, DEEPEST)[counted] + 1
    end, money = after[counted], paid[counted]
    column = np.clip(end, -1, DEEPEST) + 1
    column = np.where(end == PAID_OFF, _FIRST_ENDED, column)
    column = np.where(end == CHARGED_OFF, _FIRST_ENDED + 1, column)
    column = np.where(deferred[counted], _FIRST_ENDED + 2, column)
    moves = np.zeros((len(STATES), len(OUTCOMES)), np.int64)
    np.add.at(moves, (row, column), 1)
    worse = (end == before[counted] + 1) & ~deferred[counted]
    deep = (before[counted] >= DEEPEST) & (column == DEEPEST + 1)
    size = len(STATES)
    return Counts(
        moves=moves,
        unpaid=np.bincount(row[worse & (money <= 0)], minlength=size),
        partial=np.bincount(row[worse & (money > 0)], minlength=size),
        deeper=int((deep & worse).sum()),
        stayed=int(deep.sum()),
    )
