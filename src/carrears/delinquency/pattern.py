"""How a borrower has been paying, in totals: what the scorecard asks of each loan.

Totals need no waterfall: money that came in is held against all that fell due, as the schedule in
force says it, whatever a payment was meant for. Due dates are the agreed ones: a calendar that
moves one by a day makes no bad payer. The last day itself counts, the day months before does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from carrears.delinquency.ledger.daycount import add_months

RECENT_INSTALMENTS = 12
EVENTS = {"returned_debits_12m": "returned_debit", "deferrals_12m": "deferral"}
# As the tables have it:
# - ``paid_share_3m`` and ``paid_share_6m``, money that came in during the last 3 and 6 months over
#   what fell due in them: null when nothing fell due, more than 1 when old arrears were paid,
#   never below 0;
# - ``late_of_last_12``, of how many of the last 12 instalments due more than a share was still
#   missing some days after the due date (or today, if that is still to come): ``Lateness``;
# - how many ``EVENTS`` of each kind there were in the last 12 months.
PATTERN = ("paid_share_3m", "paid_share_6m", "late_of_last_12", *EVENTS)


@dataclass(frozen=True, slots=True)
class Lateness:
    """Which instalment counts as paid late: this share of it was missing so many days after."""

    after_days: int = 30
    shortfall_share: Decimal = Decimal("0.1")


USUAL_LATENESS = Lateness()


def looked_at(day: date) -> tuple[date, date, date]:
    """The days after which the last 3, 6 and 12 months lie."""
    return add_months(day, -3), add_months(day, -6), add_months(day, -12)
