"""等额本息: level instalments in integer minor units.

``A = P·i·(1+i)^n / ((1+i)^n − 1)`` with ``i`` a twelfth of the annual rate, ``A = P/n`` at
rate zero, interest on the balance, and a last instalment that absorbs the rounding
(https://www.cnblogs.com/boye169/p/18099086).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from carrears.samplebook.measure import Ints

RATE_UNIT = 10_000  # rates are in hundredths of a percent a year
_MONTHLY = 12 * RATE_UNIT


@dataclass(frozen=True)
class Plan:
    """Schedules of many loans, loans by instalments, zero after a loan's term.

    ``balance`` and ``paid_up`` have one column more: the principal left, and the sum of the
    instalments, after so many of them. Minor units.
    """

    principal: Ints
    interest: Ints
    balance: Ints
    paid_up: Ints


def level_instalment(principal: Ints, rate: Ints, term: Ints) -> Ints:
    """The instalment in minor units, rounded half up; ``rate`` in RATE_UNIT a year."""
    monthly = rate / _MONTHLY
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = (1 + monthly) ** term
        level = np.where(rate == 0, principal / term, principal * monthly * growth / (growth - 1))
    return np.floor(level + 0.5).astype(np.int64)


def level_plan(principal: Ints, rate: Ints, term: Ints, instalment: Ints) -> Plan:
    """The schedules of loans with these instalments; the parts of each sum to the principal."""
    loans, longest = len(term), int(term.max())
    parts = np.zeros((longest, loans), np.int64)
    interest = np.zeros((longest, loans), np.int64)
    left = principal.copy()
    for place in range(longest):
        # Half up in integers: the balance times a rate fits easily into 64 bits.
        owed = (2 * left * rate + _MONTHLY) // (2 * _MONTHLY)
        part = np.where(term == place + 1, left, np.minimum(instalment - owed, left))
        interest[place], parts[place] = owed, part
        left = left - part
    amounts = parts + interest
    paid_up = np.zeros((loans, longest + 1), np.int64)
    np.cumsum(amounts.T, axis=1, out=paid_up[:, 1:])
    balance = np.repeat(principal[:, None], longest + 1, axis=1)
    balance[:, 1:] -= np.cumsum(parts.T, axis=1)
    return Plan(principal=parts.T, interest=interest.T, balance=balance, paid_up=paid_up)
