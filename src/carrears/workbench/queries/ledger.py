"""One loan by the ledger, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext

from carrears.casework.models import Case
from carrears.dayrun.loan_ledger import UnknownLoanError, position_of
from carrears.delinquency.reckoning.position import LoanPosition, Parts
from carrears.money import Money
from carrears.portfolio.products import Part
from carrears.portfolio.services import BookError
from carrears.workbench.view_models.ledger import EntryRow, InstalmentRow, LedgerPage, PartRow

# Entries whose amount is money; of the others it is a rate, or nothing.
_MONEY = frozenset({"payment", "fee", "penalty_charge", "waiver", "refund", "chargeback"})


def ledger_page(case: Case, *, on: date, known: date | None) -> LedgerPage:
    """How the case's loan stood on ``on`` by what was known on ``known``, or now."""
    try:
        found = position_of(case.loan_no, as_of=on, known_on=known)
    except (UnknownLoanError, BookError):
        problem = gettext("The book does not have this loan on that day.")
        return LedgerPage(loan_no=case.loan_no, on=on, known=known, problem=problem)
    return _page(found, on=on, known=known)


def _page(found: LoanPosition, *, on: date, known: date | None) -> LedgerPage:
    used = [part for part in Part if _is_used(part, found)]
    money = found.currency

    def amounts(parts: Parts) -> tuple[tuple[str, Money], ...]:
        return tuple((part.value, Money(parts[part], money)) for part in used)

    return LedgerPage(
        loan_no=found.loan_no,
        on=on,
        known=known,
        dpd=found.dpd,
        payoff=Money(found.payoff, money),
        arrears=Money(found.arrears_total, money),
        overpaid=Money(found.overpaid, money) if found.overpaid else None,
        kinds=tuple(part.value for part in used),
        parts=tuple(
            PartRow(
                part.value, Money(found.arrears[part], money), Money(found.outstanding[part], money)
            )
            for part in used
        ),
        instalments=tuple(
            InstalmentRow(
                one.seq,
                one.due_on,
                one.agreed_on,
                amounts({part: one.open_part(part) for part in Part}),
                Money(one.open_amount, money),
                one.due_on <= on,
            )
            for one in found.instalments
            if one.open_amount
        ),
        entries=tuple(
            EntryRow(
                one.number,
                one.kind,
                one.day,
                Money(one.amount, money) if one.kind in _MONEY else None,
                amounts(one.moved),
            )
            for one in reversed(found.entries)
        ),
    )


def _is_used(part: Part, found: LoanPosition) -> bool:
    """Whether the loan has ever owed this part."""

    def has(parts: Mapping[Part, int]) -> bool:
        return bool(parts[part])

    return has(found.outstanding) or any(has(one.owed) for one in found.instalments)
