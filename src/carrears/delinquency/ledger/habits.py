"""When a borrower pays: how many days from an instalment's due date to its money.

An instalment is paid from the first day on which no instalment up to it makes the loan behind, and
none does again: by the very rule that counts days past due (``twin.unpaid_rows``), so that a
shortfall that the product's terms leave immaterial makes nothing late. What the schedule says is
the ledger's word too: a due date that a calendar or an agreement moved is the day it was moved to,
an instalment issued anew has its new figures, money taken back was never paid, what was waived is
owed until its waiver, and a fee that falls due with an instalment is a part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from carrears.delinquency.ledger.daycount import add_months

MONTHS = 12  # how far back habits are looked at; also how many instalments at most
NEW_MONTHS = 6  # a loan is new while it was lent no longer ago
EARLIEST = -30  # paid a month early or more says no more than paid a month early
SKIPPED = 30  # so many days late: a month was left out
RECENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentHabits:
    """How a loan has paid the instalments that fell due in the last 12 months.

    A delay is the days from due to paid, below zero when early, never below -30; an instalment
    that is not paid yet has none. ``last_delay`` is that of the newest paid instalment;
    ``later_in_a_row`` how many times running each of the newest was paid later than the one before
    it; ``worst_delay`` the longest of the last 12; ``late_12`` and ``late_3`` how many of the last
    12 and 3 were paid after the due date; ``skipped_12`` how many of the last 12 were paid 30 days
    late or more, ``since_skipped`` how many have been paid in better time since the newest of
    those; ``first_delay`` that of the first instalment of a loan lent within the last 6 months.
    None where there is no such instalment.
    """

    last_delay: int | None = None
    later_in_a_row: int = 0
    worst_delay: int | None = None
    late_12: int = 0
    late_3: int = 0
    skipped_12: int = 0
    since_skipped: int | None = None
    first_delay: int | None = None


HABITS = tuple(PaymentHabits.__dataclass_fields__)  # as the arrays and the tables have them


def looked_back(as_of: date) -> tuple[date, date]:
    """The days after which an instalment fell due, and a new loan was lent, to be looked at."""
    return add_months(as_of, -MONTHS), add_months(as_of, -NEW_MONTHS)


def delay_of(due_on: date, paid_from: date) -> int:
    """Days from due to paid."""
    return max((paid_from - due_on).days, EARLIEST)


def payment_habits(delays: Sequence[int], *, is_new: bool) -> PaymentHabits:
    """The habits of a loan by the delays of its paid instalments of 12 months, the newest first."""
    if not delays:
        return PaymentHabits()
    last = delays[:MONTHS]
    steps = enumerate(pairwise(delays))
    run = next((n for n, (one, before) in steps if one <= before), len(delays) - 1)
    return PaymentHabits(
        last_delay=delays[0],
        later_in_a_row=run,
        worst_delay=max(last),
        late_12=sum(delay > 0 for delay in last),
        late_3=sum(delay > 0 for delay in delays[:RECENT]),
        skipped_12=sum(delay >= SKIPPED for delay in last),
        since_skipped=next((n for n, delay in enumerate(last) if delay >= SKIPPED), None),
        first_delay=delays[-1] if is_new else None,
    )
