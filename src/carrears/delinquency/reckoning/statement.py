"""The statement of one loan: its position, and of every minor unit where it comes from.

The figures are the kernel's, as of the whole book. What they are made of is told by the twin, from
the same arrays; should the two differ by a unit, there is no statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pyarrow as pa

from carrears.delinquency.ledger.arrays import EPOCH, Standing, unpack_account
from carrears.delinquency.ledger.entries import Account, Kind
from carrears.delinquency.ledger.steps import Asked, Column, Run, Step, joined
from carrears.delinquency.ledger.twin import Position, replay
from carrears.delinquency.ledger.waterfall import Component, Timing, timing_of
from carrears.delinquency.reckoning.accounts import Accounts
from carrears.delinquency.reckoning.entry_effects import Moved, amounts_used, due_dates_moved
from carrears.delinquency.reckoning.intake import SKIPPED
from carrears.delinquency.reckoning.position import (
    EntryPosition,
    InstalmentPosition,
    LoanPosition,
    Parts,
    position_from,
    replay_loan,
    shown_rows,
)
from carrears.delinquency.terms import ledger_terms
from carrears.portfolio.products import Part, Product, Products

_PART = {component: Part[component.name] for component in Component}


class LedgerDisagreementError(RuntimeError):
    """The kernel and the twin differ about a loan, which must not be; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What an entry changed of one part of an instalment; ``timing`` is as of the entry's day."""

    seq: int | None
    due_on: date
    timing: Timing
    part: Part
    column: Column
    amount: int


@dataclass(frozen=True, slots=True)
class MovedDue:
    """An instalment's due date as it stood before an entry moved it, and after."""

    seq: int | None
    was: date
    now: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEntry:
    """An entry with its portions, in their order.

    ``told`` is the amount that the book has; it exceeds the entry's where some of the money was
    taken back. ``left`` is what of a payment nothing was owed for, ``used`` what of a refund or
    waiver there was something for. ``until`` is the end of a pause, ``moved`` a new due date.
    """

    entry: EntryPosition
    told: int
    left: int
    portions: tuple[Portion, ...]
    used: int | None = None
    until: date | None = None
    moved: MovedDue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementInstalment:
    """An instalment with what it is made of.

    ``scheduled`` is what the contract asks; ``changes`` are charges by number of entry; of the
    ``runs`` of interest the first ``counted`` are owed, rounded half up over all of them;
    ``accrued`` are those exact sums. ``days`` past its due date as the calendar has them.
    """

    position: InstalmentPosition
    scheduled: Parts
    changes: tuple[tuple[str, Portion], ...]
    paid_by: tuple[tuple[str, date, Portion], ...]
    runs: tuple[Run, ...]
    waiting: tuple[Run, ...]
    accrued: Mapping[Part, Fraction]
    asked: Asked
    days: int


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Money that was taken back (冲正), as the book has it: its number, day and amount."""

    number: str
    day: date
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanStatement:
    """All that a loan owes, and why. ``penalty_rate`` counts hundred-millionths a year."""

    position: LoanPosition
    terms: Product
    contract_rate: Decimal
    penalty_rate: int
    instalments: tuple[StatementInstalment, ...]
    entries: tuple[StatementEntry, ...]
    taken_back: tuple[TakenBack, ...]


def loan_statement(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
) -> LoanStatement:
    """The statement of the one loan of ``rows`` (tables of ``carrears.layout`` by name).

    Raises:
        ValueError: not one loan.
        LedgerDisagreementError: the ledger's two forms differ.
    """
    loan, accounts, found = replay_loan(rows, products=products, as_of=as_of, known_on=known_on)
    product = products[loan["product"]]
    terms = ledger_terms(product, contract_rate=Decimal(0))
    account = unpack_account(accounts.book, loan=0, terms=terms)
    told = replay(account, as_of=as_of)
    _insist(found, told)
    position = position_from(loan, accounts, found, as_of=as_of, known_on=known_on)
    portions = [
        _Done(position.entries[step.entry], step, _portion(step, account, accounts))
        for step in told.steps
    ]
    moved, used = due_dates_moved(account), amounts_used(account, told.steps)
    return LoanStatement(
        position=position,
        terms=product,
        contract_rate=Decimal(loan["annual_rate"] or 0),
        penalty_rate=account.terms.penalty_rate,
        instalments=tuple(
            _instalment(one, row, accounts, told, [d for d in portions if d.step.row == row])
            for one, row in zip(position.instalments, shown_rows(accounts, found), strict=True)
        ),
        entries=tuple(
            replace(
                _entry(place, entry, accounts, [d for d in portions if d.step.entry == place]),
                used=used.get(place),
                until=_pause_end(account, place),
                moved=_moved(moved.get(place), accounts),
            )
            for place, entry in enumerate(position.entries)
        ),
        taken_back=_taken_back(accounts),
    )


class _Done(NamedTuple):
    """A step, with the entry that did it and how it is told."""

    entry: EntryPosition
    step: Step
    portion: Portion


def _insist(found: Standing, told: Position) -> None:
    """Refuse where a figure of the kernel is not the twin's."""
    figures = {
        "owed": (found.owed.tolist(), [row.owed for row in told.rows]),
        "paid": (found.paid.tolist(), [row.paid for row in told.rows]),
        "waived": (found.waived.tolist(), [row.waived for row in told.rows]),
        "arrears": (found.arrears[0].tolist(), told.arrears),
        "overpaid": (int(found.credit[0]), told.credit),
        "payoff": (int(found.payoff[0]), told.payoff),
        "days past due": (int(found.dpd[0]), told.dpd),
    }
    for name, (kernel, twin) in figures.items():
        if kernel != twin:
            raise LedgerDisagreementError(f"{name}: {kernel} by the kernel, {twin} by the twin")


def _portion(step: Step, account: Account, accounts: Accounts) -> Portion:
    return Portion(
        seq=_seq(accounts, step.row),
        due_on=step.due_on,
        timing=timing_of(step.due_on, day=account.entries[step.entry].day),
        part=_PART[step.component],
        column=step.column,
        amount=step.amount,
    )


def _seq(accounts: Accounts, row: int) -> int | None:
    return int(accounts.seq[row]) if row < len(accounts.seq) else None


def _instalment(
    one: InstalmentPosition, row: int, accounts: Accounts, told: Position, done: list[_Done]
) -> StatementInstalment:
    accrued = told.accrued[row]
    counted = joined(accrued.runs[: accrued.counted])
    return StatementInstalment(
        position=one,
        scheduled=_scheduled(row, accounts),
        changes=tuple(
            (d.entry.number, d.portion) for d in done if d.step.column is not Column.PAID
        ),
        paid_by=tuple(
            (d.entry.number, d.entry.day, d.portion) for d in done if d.step.column is Column.PAID
        ),
        runs=tuple(counted),
        waiting=tuple(joined(accrued.runs[accrued.counted :])),
        accrued={
            Part.PENALTY: sum((run.penalty for run in counted), Fraction(0)),
            Part.COMPOUND: sum((run.compound for run in counted), Fraction(0)),
        },
        asked=next(asked for asked in told.asked if asked.row == row),
        days=max(0, (told.as_of - one.due_on).days) if one.open_amount else 0,
    )


def _scheduled(row: int, accounts: Accounts) -> dict[Part, int]:
    none = dict.fromkeys(Part, 0)
    if row >= len(accounts.seq):
        return none
    book = accounts.book
    return none | {
        Part.FEE: int(book.due_fee[row]),
        Part.INTEREST: int(book.due_interest[row]),
        Part.PRINCIPAL: int(book.due_principal[row]),
    }


def _entry(
    place: int, entry: EntryPosition, accounts: Accounts, done: list[_Done]
) -> StatementEntry:
    source = int(accounts.source[place])
    told = int(accounts.receipts.amount[source]) if source >= 0 else entry.amount
    paid = sum(d.step.amount for d in done if d.step.column is Column.PAID)
    return StatementEntry(
        entry=entry,
        told=told,
        left=entry.amount - paid if entry.kind == "payment" else 0,
        portions=tuple(d.portion for d in done),
    )


def _pause_end(account: Account, place: int) -> date | None:
    entry = account.entries[place]
    return (entry.until or entry.day) if entry.kind is Kind.PAUSE else None


def _moved(moved: Moved | None, accounts: Accounts) -> MovedDue | None:
    return None if moved is None else MovedDue(_seq(accounts, moved.row), moved.was, moved.now)


def _taken_back(accounts: Accounts) -> tuple[TakenBack, ...]:
    receipts, numbers = accounts.receipts, accounts.payments.column("payment_no")
    return tuple(
        TakenBack(
            numbers[row].as_py(),
            date.fromordinal(EPOCH + int(receipts.paid_on[row])),
            int(receipts.amount[row]),
        )
        for row, role in enumerate(receipts.role.tolist())
        if role != SKIPPED and receipts.amount[row] < 0
    )
