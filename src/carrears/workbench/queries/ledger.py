"""One loan by the ledger, as the page shows it: the sums, and what each of them is made of."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext

from carrears.casework.models import Case
from carrears.dayrun.loan_ledger import UnknownLoanError
from carrears.dayrun.statements import statement_of
from carrears.delinquency.ledger.entries import RATE_SCALE
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.steps import Column, Run
from carrears.delinquency.reckoning.position import LoanPosition, Parts
from carrears.delinquency.reckoning.statement import (
    LedgerDisagreementError,
    LoanStatement,
    Portion,
    StatementEntry,
    StatementInstalment,
)
from carrears.delinquency.reckoning.statement_json import exact_major
from carrears.money import Money
from carrears.portfolio.products import Part
from carrears.portfolio.services import BookError
from carrears.workbench.view_models.ledger import (
    AskedRow,
    EntryRow,
    InstalmentRow,
    LedgerPage,
    MadeOf,
    MovedDue,
    PartRow,
    PortionRow,
    Rules,
    RunRow,
    SumRow,
    TakenBackRow,
)

# Entries whose amount is money; of the others it is a rate, or nothing.
_MONEY = frozenset({"payment", "fee", "penalty_charge", "waiver", "refund", "chargeback"})
_NEWEST = 20
_log = logging.getLogger(__name__)


def ledger_page(case: Case, *, on: date, known: date | None, is_whole: bool = False) -> LedgerPage:
    """How the case's loan stood on ``on`` by what was known on ``known``, or now.

    Only what is open and the newest entries, unless the page is to be ``is_whole``.
    """
    try:
        found = statement_of(case.loan_no, as_of=on, known_on=known)
    except (UnknownLoanError, BookError):
        problem = gettext("The book does not have this loan on that day.")
    except LedgerDisagreementError:
        _log.exception("no statement of loan %s", case.loan_no)
        problem = gettext("The ledger contradicts itself about this loan; tell the administrator.")
    else:
        return page_from(found, is_whole=is_whole)
    return LedgerPage(loan_no=case.loan_no, on=on, known=known, problem=problem)


def page_from(found: LoanStatement, *, is_whole: bool) -> LedgerPage:
    """A statement as the page shows it."""
    stands, told = found.position, _Told(found)
    entries = list(reversed(found.entries))
    shown = entries if is_whole else entries[:_NEWEST]
    return LedgerPage(
        loan_no=stands.loan_no,
        on=stands.as_of,
        known=stands.known_on,
        is_whole=is_whole,
        dpd=stands.dpd,
        oldest_due_on=stands.oldest_due_on,
        payoff=told.money(stands.payoff),
        arrears=told.money(stands.arrears_total),
        overpaid=told.money(stands.overpaid) if stands.overpaid else None,
        kinds=tuple(part.value for part in told.used),
        parts=tuple(
            PartRow(
                part.value, told.money(stands.arrears[part]), told.money(stands.outstanding[part])
            )
            for part in told.used
        ),
        instalments=tuple(
            told.instalment(one)
            for one in found.instalments
            if is_whole or one.position.open_amount
        ),
        entries=tuple(told.entry(one) for one in shown),
        hidden=len(entries) - len(shown),
        taken_back=tuple(
            TakenBackRow(one.number, one.day, told.money(one.amount)) for one in found.taken_back
        ),
        asked=tuple(
            told.asked(one)
            for one in found.instalments
            if one.asked.rest or one.asked.interest or one.asked.of_days or one.asked.given_back
        ),
        rules=_rules(found),
    )


class _Told:
    """A statement's figures in the currency of the loan and in the order of its used parts."""

    def __init__(self, found: LoanStatement) -> None:
        self.found = found
        self.currency = found.position.currency
        self.used = [part for part in Part if _is_used(part, found.position)]

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)

    def parts(self, parts: Parts) -> tuple[tuple[str, Money], ...]:
        return tuple((part.value, self.money(parts[part])) for part in self.used)

    def exact(self, minor: Fraction) -> str:
        return exact_major(minor, self.currency)

    def instalment(self, one: StatementInstalment) -> InstalmentRow:
        position = one.position
        return InstalmentRow(
            seq=position.seq,
            due_on=position.due_on,
            agreed_on=position.agreed_on,
            parts=self.parts({part: position.open_part(part) for part in Part}),
            owed=self.money(sum(position.owed.values())),
            paid=self.money(sum(position.paid.values())),
            open_amount=self.money(position.open_amount),
            is_due=position.due_on <= self.found.position.as_of,
            days=one.days,
            made_of=tuple(self._made_of(part, one) for part in self.used if position.owed[part]),
            runs=tuple(self._runs(one.runs)) + tuple(self._runs(one.waiting, counts=False)),
            sums=tuple(
                SumRow(
                    part.value,
                    self.exact(exact),
                    self.money(round_to(exact, rounding=Rounding.HALF_UP)),
                )
                for part, exact in one.accrued.items()
                if exact
            ),
            portions=tuple(
                self.portion(number, day, portion) for number, day, portion in one.paid_by
            ),
        )

    def _made_of(self, part: Part, one: StatementInstalment) -> MadeOf:
        charged = sum(p.amount for _, p in one.changes if (p.part, p.column) == (part, Column.OWED))
        borne = round_to(one.accrued.get(part, Fraction(0)), rounding=Rounding.HALF_UP)
        position = one.position
        amounts = (
            one.scheduled[part], charged, borne,
            position.paid[part], position.waived[part], position.open_part(part),
        )  # fmt: skip
        return MadeOf(part.value, *(self.money(amount) for amount in amounts))

    def _runs(self, runs: Iterable[Run], *, counts: bool = True) -> Iterable[RunRow]:
        for run in runs:
            borne = ((Part.PENALTY, run.principal, run.penalty),
                     (Part.COMPOUND, run.interest, run.compound))  # fmt: skip
            for part, base, exact in borne:
                if base:
                    yield RunRow(
                        kind=part.value,
                        start=run.start,
                        until=run.until,
                        days=run.days,
                        paused=run.paused,
                        base=self.money(base),
                        rate=Decimal(run.rate) / RATE_SCALE,
                        exact=self.exact(exact),
                        counts=counts,
                    )

    def portion(self, number: str, day: date, portion: Portion) -> PortionRow:
        return PortionRow(
            number=number,
            day=day,
            seq=portion.seq,
            due_on=portion.due_on,
            timing=portion.timing.name.lower(),
            kind=portion.part.value,
            column=portion.column.value,
            amount=self.money(portion.amount),
        )

    def entry(self, one: StatementEntry) -> EntryRow:
        entry, moved, taken = one.entry, one.moved, one.told - one.entry.amount
        is_rate = entry.kind == "penalty_rate"
        return EntryRow(
            number=entry.number,
            kind=entry.kind,
            day=entry.day,
            amount=self.money(entry.amount) if entry.kind in _MONEY else None,
            parts=self.parts(entry.moved),
            portions=tuple(self.portion(entry.number, entry.day, p) for p in one.portions),
            taken=self.money(taken) if taken and entry.kind == "payment" else None,
            left=self.money(one.left) if one.left else None,
            rate=Decimal(entry.amount) / RATE_SCALE if is_rate else None,
            used=self._used(one),
            until=one.until,
            moved=MovedDue(moved.seq, moved.was, moved.now) if moved else None,
        )

    def _used(self, one: StatementEntry) -> Money | None:
        is_whole = one.used == one.told and one.entry.kind != "refund"
        return None if one.used is None or is_whole else self.money(one.used)

    def asked(self, one: StatementInstalment) -> AskedRow:
        asked = one.asked
        return AskedRow(
            seq=one.position.seq,
            due_on=one.position.due_on,
            rest=self.money(asked.rest),
            interest=self.money(asked.interest),
            whole=self.money(one.position.owed[Part.INTEREST]),
            days=asked.days,
            of_days=asked.of_days,
            given_back=self.money(asked.given_back) if asked.given_back else None,
        )


def _rules(found: LoanStatement) -> Rules:
    product = found.terms
    penalty, allocation = product.penalty, product.allocation
    return Rules(
        style=allocation.style,
        order=tuple(part.value for part in allocation.order),
        advance=allocation.advance,
        contract_rate=found.contract_rate,
        surcharge=penalty.surcharge,
        penalty_rate=Decimal(found.penalty_rate) / RATE_SCALE,
        year_days=penalty.year_days,
        compound=penalty.compound,
        penalty_grace_days=penalty.grace_days,
        penalty_grace_counts=penalty.grace_counts.value,
        grace_days=product.grace_days,
        payoff_interest=product.payoff_interest,
        payoff_unearned=product.payoff_unearned,
        pause_stops_penalty=penalty.stops_in_pause,
        pause_stops_days=product.pause_stops_days,
        material_amount=Money(product.materiality.amount_minor, found.position.currency),
        material_share=product.materiality.share,
        behind_by=tuple(part.value for part in product.behind_by),
    )


def _is_used(part: Part, found: LoanPosition) -> bool:
    """Whether the loan has ever owed this part."""

    def has(parts: Mapping[Part, int]) -> bool:
        return bool(parts[part])

    return has(found.outstanding) or any(has(one.owed) for one in found.instalments)
