"""The cohorts of agencies with the definition of each figure, on the screen and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext

from carrears.agencies.cohorts import Cohort, cohorts
from carrears.money import Money, to_major
from carrears.workbench.queries.attempts import Lines, cell
from carrears.workbench.queries.compliance_asked import parse_asked

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


def cohort_csv(params: QueryDict) -> Iterator[str]:
    """The same as lines of CSV, amounts in major units, rates as decimals."""
    asked = parse_asked(params)
    writer = csv.writer(Lines())
    yield "\ufeff" + writer.writerow(_HEAD)
    for one in cohorts(first=asked.first, last=asked.last):
        told = (
            one.agency, f"{one.month:%Y-%m}", one.currency, one.placed,
            to_major(one.arrears, one.currency), to_major(one.recovered, one.currency),
            _rate(one.recovery_rate), one.cured, _rate(one.cure_rate), one.contacted,
            _rate(one.contact_rate), one.reached, _rate(one.reach_rate),
            _rate(one.days_to_contact), one.promises, one.kept, _rate(one.keep_rate),
            one.breaches, one.complaints,
        )  # fmt: skip
        yield writer.writerow(cell(one) if isinstance(one, str) else str(one) for one in told)


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
