"""What we owe an agency for a period, line by line, from our own ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Q

from carrears.access.models import Organisation
from carrears.access.organisations import access_day
from carrears.agencies.commission import CommissionLine, Stay, commission_lines
from carrears.agencies.models import PlacingLine
from carrears.casework.models import Case, Placement
from carrears.casework.placing_rules import Fees
from carrears.dayrun.promised import paid_on

_FAR = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The sums of a statement in one currency; minor units."""

    currency: str
    lines: int
    amount: int
    commission: int


def statement(agency: Organisation, *, first: date, last: date) -> list[CommissionLine]:
    """The commission of payments, and of what was taken back of them, with days in the period.

    Of debtors who went there in batches; one by one nothing was agreed.
    """
    stays = dict(_stays(agency, last))
    loans = Case.objects.filter(obligor_no__in=stays).order_by("loan_no")
    rows = list(loans.values_list("obligor_no", "loan_no", "currency").distinct())
    payments = paid_on(sorted({loan_no for _, loan_no, _ in rows})) if rows else {}
    found = [
        line
        for number, loan_no, currency in rows
        for stay in stays[number]
        for line in commission_lines(
            payments.get(loan_no, ()), stay, loan_no=loan_no, currency=currency
        )
        if first <= line.paid_on <= last
    ]
    return sorted(found, key=lambda one: (one.paid_on, one.loan_no, one.payment_no))


def totals(lines: list[CommissionLine]) -> list[Total]:
    """The sums of these lines by currency."""
    return [
        Total(
            currency=currency,
            lines=len(mine),
            amount=sum(one.amount for one in mine),
            commission=sum(one.commission for one in mine),
        )
        for currency in sorted({one.currency for one in lines})
        if (mine := [one for one in lines if one.currency == currency])
    ]


def commission_of_house(first: date, last: date, currency: str) -> int:
    """What all agencies are owed for payments with days in a period, in one currency."""
    agencies = Organisation.objects.filter(
        pk__in=PlacingLine.objects.filter(placement__from_on__lte=last).values("placement__agency")
    )
    return sum(
        line.commission
        for agency in agencies.order_by("pk")
        for line in statement(agency, first=first, last=last)
        if line.currency == currency
    )


def _stays(agency: Organisation, last: date) -> Iterator[tuple[str, list[Stay]]]:
    """By debtor, his stays with the agency that began by ``last``."""
    lines = PlacingLine.objects.filter(
        placement__agency=agency, placement__from_on__lte=last
    ).select_related("placement", "batch")
    found = list(lines.order_by("pk"))
    later: dict[str, list[date]] = {}
    begun = Placement.objects.filter(
        Q(until_on=None) | Q(until_on__gte=F("from_on")),
        obligor_no__in=[one.obligor_no for one in found],
    )
    for number, day in begun.values_list("obligor_no", "from_on"):
        later.setdefault(number, []).append(day)
    stays: dict[str, list[Stay]] = {}
    for one in found:
        stays.setdefault(one.obligor_no, []).append(_stay(one, later.get(one.obligor_no, [])))
    yield from stays.items()


def _stay(line: PlacingLine, begun: list[date]) -> Stay:
    """The tail ends the day before somebody gets the debtor next, the same agency or another.

    Called back he was with the agency on that day still: what he paid then counts.
    """
    placement, batch = line.placement, line.batch
    assert placement is not None  # noqa: S101  asked for
    assert batch is not None  # noqa: S101  as the database holds
    until = placement.until_on or _FAR
    if placement.recalled_at is not None:
        until = max(access_day(placement.recalled_at), placement.from_on)
    fees = Fees.model_validate(batch.terms)
    tail = until + timedelta(days=fees.tail_days) if until < _FAR else _FAR
    after = [day - timedelta(days=1) for day in begun if day > placement.from_on]
    return Stay(
        batch=batch.pk,
        from_on=placement.from_on,
        until_on=min([until, *after]),
        counts_until=min([tail, *after]),
        rate=Decimal(fees.rate_of(dpd=line.dpd, stage=line.stage)),
    )
