"""The cohorts of agencies with the definition of each figure, on the screen and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext

from carrears.agencies.cohorts import Cohort, cohorts
from carrears.analytics.sheets import Share
from carrears.money import Money
from carrears.workbench.queries.compliance_asked import parse_asked
from carrears.workbench.queries.listing import Listing

_HEAD = (
    "agency", "month", "currency", "placed", "arrears", "recovered", "recovery_rate", "cured",
    "cure_rate", "contacted", "contact_rate", "right_party_reached", "reach_rate",
    "days_to_contact", "promises_settled", "promises_kept", "keep_rate", "breaches", "complaints",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CohortRow:
    """A cohort with its amounts as money."""

    told: Cohort
    arrears: Money
    recovered: Money


def cohort_rows(params: QueryDict) -> tuple[CohortRow, ...]:
    """Those placed on the days that are asked about."""
    asked = parse_asked(params)
    return tuple(
        CohortRow(one, Money(one.arrears, one.currency), Money(one.recovered, one.currency))
        for one in cohorts(first=asked.first, last=asked.last)
    )


def cohort_definitions() -> tuple[tuple[str, str], ...]:
    """What each figure of the table says."""
    return (
        (gettext("Placed"), gettext("debtors of batches whose first day lies in the month")),
        (
            gettext("Recovery rate"),
            gettext("payments that count for commission over the arrears when placed"),
        ),
        (
            gettext("Cure rate"),
            gettext("debtors who have no open case any more, the last cured or paid off since"),
        ),
        (gettext("Contact rate"), gettext("debtors about whom the agency made a contact")),
        (gettext("Reach rate"), gettext("debtors of whom it spoke to the right party")),
        (
            gettext("Days to contact"),
            gettext("from the first day to the first contact, on average of those contacted"),
        ),
        (
            gettext("Keep rate"),
            gettext("promises made while the debtor was there and kept, of those settled"),
        ),
        (
            gettext("Breaches"),
            gettext("contacts told afterwards that the rules speak against"),
        ),
        (gettext("Complaints"), gettext("received about the agency while the debtor was there")),
    )


def cohort_list(params: QueryDict) -> Listing:
    """The same as a file, amounts in major units, rates as decimals."""
    asked = parse_asked(params)
    rows = (
        (one.agency, f"{one.month:%Y-%m}", one.currency, one.placed,
         Money(one.arrears, one.currency), Money(one.recovered, one.currency),
         Share(_rounded(one.recovery_rate)), one.cured, Share(_rounded(one.cure_rate)),
         one.contacted, Share(_rounded(one.contact_rate)), one.reached,
         Share(_rounded(one.reach_rate)), _rounded(one.days_to_contact), one.promises, one.kept,
         Share(_rounded(one.keep_rate)), one.breaches, one.complaints)
        for one in cohorts(first=asked.first, last=asked.last)
    )  # fmt: skip
    return Listing("cohorts", _HEAD, rows, in_major=True)


def _rounded(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(f"{value:.4f}")
