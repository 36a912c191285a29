"""The rows of some loans as the arrays that the ledger's kernel reads.

The schedule is the one in force on the day, as far as it was known; due dates go where the
product's calendar sends them. On one day charges, moves and pauses come first, then money, then
refunds. What was known later, or counts for a later day, is left out here, so that the kernel
sees what was known and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carrears.delinquency.ledger.arrays import (
    BookArrays,
    Int8,
    Int32,
    Int64,
    TermsArrays,
    day_number,
    pack_terms,
)
from carrears.delinquency.ledger.entries import RATE_SCALE, Kind
from carrears.delinquency.reckoning.takebacks import money_kept
from carrears.delinquency.terms import COMPONENT, ledger_terms, penalty_rates
from carrears.portfolio.products import Part, Products

NO_DATE = -(2**31) + 1
NEVER = 2**31 - 1
_SEQ_BITS = 32
_KINDS = {
    "fee": Kind.FEE,
    "penalty": Kind.PENALTY_CHARGE,
    "waiver": Kind.WAIVER,
    "refund": Kind.REFUND,
    "pause": Kind.PAUSE,
    "resume": Kind.RESUME,
    "deferral": Kind.MOVE_DUE,
    "extension": Kind.MOVE_DUE,
    "reage": Kind.MOVE_DUE,
    "penalty_rate": Kind.PENALTY_RATE,
    "charge_off": Kind.CHARGE_OFF,
}
_FIRST, _MONEY, _LAST = 0, 1, 2  # the order within a day


@dataclass(frozen=True, slots=True)
class Accounts:
    """Loans in order of their ids, with the kernel's arrays.

    ``seq`` and ``agreed_on`` tell of each instalment its number and its date before the
    calendar moved it; ``entry_no`` of each entry the lender's number.
    """

    loan_ids: Int64
    book: BookArrays
    terms: TermsArrays
    seq: Int32
    agreed_on: Int32
    entry_no: pa.Array


@dataclass(frozen=True, slots=True)
class _Rows:
    """Instalments in order of loan and due date."""

    loan: Int64
    seq: Int32
    due_on: Int32
    starts_on: Int32
    shifted_on: Int32
    principal: Int64
    interest: Int64
    fee: Int64

    def places(self, loan: Int64, seq: Int32) -> Int32:
        """The place within its loan of each instalment asked for; -1 where there is none."""
        if not len(self.loan):
            return np.full(len(loan), -1, np.int32)
        keys = (self.loan << _SEQ_BITS) + self.seq
        order = np.argsort(keys, kind="stable")
        wanted = (loan << _SEQ_BITS) + seq
        found = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
        rows = order[found]
        first = np.searchsorted(self.loan, loan)
        return np.where(keys[rows] == wanted, rows - first, -1).astype(np.int32)


@dataclass(frozen=True, slots=True)
class _Entries:
    """Entries, in no order yet."""

    loan: Int64
    day: Int32
    rank: Int8
    kind: Int8
    amount: Int64
    ref: Int32
    until: Int32
    number: pa.Array


def make_accounts(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
) -> Accounts:
    """The accounts of all ``rows['loans']``; rows of other loans are left out.

    ``rows`` are tables of ``carrears.layout`` by name: loans, instalments, payments, events.
    """
    loans = rows["loans"].sort_by("loan_id")
    ids = loans.column("loan_id").to_numpy()
    names = loans.column("product").to_pylist()
    shifts = _Shifts(products, names, as_of=as_of)
    day, known = day_number(as_of), NEVER if known_on is None else day_number(known_on)
    dues = _instalments(rows["instalments"], ids, loans, shifts, day=day, known=known)
    parts = [
        _payments(rows["payments"], ids, day=day, known=known),
        _events(rows["events"], ids, dues, shifts, day=day, known=known),
    ]
    terms_no, penalty_rate, terms = _terms(loans, names, products)
    entries, order = _joined(parts)
    due_start = np.searchsorted(dues.loan, np.arange(len(ids) + 1))
    book = BookArrays(
        terms_no=terms_no,
        penalty_rate=penalty_rate,
        due_start=due_start.astype(np.int64),
        due_from=dues.starts_on,
        due_on=dues.shifted_on,
        due_principal=dues.principal,
        due_interest=dues.interest,
        due_fee=dues.fee,
        event_start=np.searchsorted(entries.loan, np.arange(len(ids) + 1)).astype(np.int64),
        event_day=entries.day,
        event_known=entries.day,
        event_kind=entries.kind,
        event_amount=entries.amount,
        event_interest=np.zeros(len(order), np.int64),
        event_ref=entries.ref,
        event_until=entries.until,
    )
    return Accounts(ids, book, terms, dues.seq, dues.due_on, entries.number)


class _Shifts:
    """Where each loan's due dates go by its product's calendar."""

    def __init__(self, products: Products, names: Sequence[str], *, as_of: date) -> None:
        distinct = {name: no for no, name in enumerate(dict.fromkeys(names))}
        self._product = np.array([distinct[name] for name in names], np.int64)
        self._tables = {
            no: table
            for name, no in distinct.items()
            if (table := products.shifted_days(name, as_of=as_of)) is not None
        }

    def __call__(self, loan: Int64, days: Int32) -> Int32:
        if not self._tables:
            return days
        shifted = days.copy()
        product = self._product[loan]
        for no, (first, table) in self._tables.items():
            place = days - first
            is_known = (product == no) & (place >= 0) & (place < len(table))
            shifted[is_known] = table[place[is_known]]
        return shifted


def _instalments(
    table: pa.Table, ids: Int64, loans: pa.Table, shifts: _Shifts, *, day: int, known: int
) -> _Rows:
    effective, ended = _days(table, "effective_on", NO_DATE), _days(table, "superseded_on", NEVER)
    told = _days_or(table, "known_on", effective)
    told_ended = _days_or(table, "superseded_known_on", ended)
    is_live = (effective <= day) & (told <= known) & ~((ended <= day) & (told_ended <= known))
    loan, kept = _placed(table, ids, is_live)
    due_on, seq = _days(kept, "due_on", NEVER), _integers(kept, "seq").astype(np.int32)
    order = np.lexsort((seq, due_on, loan))
    loan, due_on = loan[order], due_on[order]
    starts_on = np.roll(due_on, 1)
    is_first = np.ones(len(loan), np.bool_)
    is_first[1:] = loan[1:] != loan[:-1]
    starts_on[is_first] = _days(loans, "originated_on", NO_DATE)[loan[is_first]]
    return _Rows(
        loan=loan,
        seq=seq[order],
        due_on=due_on,
        starts_on=starts_on,
        shifted_on=shifts(loan, due_on),
        principal=_integers(kept, "principal")[order],
        interest=_integers(kept, "interest")[order],
        fee=_integers(kept, "fee")[order],
    )


def _payments(table: pa.Table, ids: Int64, *, day: int, known: int) -> _Entries:
    paid_on = _days(table, "paid_on", NEVER)
    counts = pc.not_equal(table.column("kind"), "recovery").to_numpy()
    wanted = counts & (paid_on <= day) & (_days_or(table, "known_on", paid_on) <= known)
    loan, kept = _placed(table, ids, wanted)
    days, amount = _days(kept, "paid_on", NEVER), _integers(kept, "amount")
    order = np.lexsort((amount < 0, days, loan))
    loan, days, amount = loan[order], days[order], amount[order]
    numbers = _texts(kept, "payment_no").take(pa.array(order))
    if (amount < 0).any():
        named = _texts(kept, "reverses_no").take(pa.array(order))
        amount = money_kept(loan, amount, numbers.to_pylist(), named.to_pylist())
    paid = np.flatnonzero(amount)
    none = np.full(len(paid), -1, np.int32)
    return _Entries(
        loan=loan[paid],
        day=days[paid],
        rank=np.full(len(paid), _MONEY, np.int8),
        kind=np.full(len(paid), Kind.PAYMENT, np.int8),
        amount=amount[paid],
        ref=none,
        until=none,
        number=numbers.take(pa.array(paid)),
    )


def _events(
    table: pa.Table, ids: Int64, dues: _Rows, shifts: _Shifts, *, day: int, known: int
) -> _Entries:
    happened = _days(table, "happened_on", NEVER)
    codes = pc.index_in(table.column("kind"), pa.array(list(_KINDS))).fill_null(-1).to_numpy()
    told = _days_or(table, "known_on", happened)
    wanted = (codes >= 0) & (happened <= day) & (told <= known)
    loan, kept = _placed(table, ids, wanted)
    kind = np.array([*_KINDS.values()], np.int8)[codes[wanted][_known(table, ids, wanted)]]
    until, amount = _days(kept, "until_on", -1), _integers(kept, "amount")
    rates = [int(rate * RATE_SCALE) for rate in _decimals(kept, "annual_rate")]
    amount = np.where(kind == Kind.PENALTY_RATE, np.array(rates, np.int64), amount)
    is_move = kind == Kind.MOVE_DUE
    ref = np.full(len(loan), -1, np.int32)
    ref[is_move] = dues.places(loan[is_move], _integers(kept, "seq").astype(np.int32)[is_move])
    until = np.where(is_move, shifts(loan, until), until)
    is_waiver = kind == Kind.WAIVER
    parts = pc.index_in(kept.column("part"), pa.array([part.value for part in COMPONENT]))
    component = np.array([*COMPONENT.values(), COMPONENT[Part.PENALTY]], np.int32)
    ref[is_waiver] = component[parts.fill_null(-1).to_numpy()][is_waiver]
    # A move that names no instalment of the schedule only tells of rows issued anew.
    takes = np.flatnonzero(~is_move | ((ref >= 0) & (until >= 0)))
    return _Entries(
        loan=loan[takes],
        day=_days(kept, "happened_on", NEVER)[takes],
        rank=np.where(kind == Kind.REFUND, _LAST, _FIRST).astype(np.int8)[takes],
        kind=kind[takes],
        amount=amount[takes],
        ref=ref[takes],
        until=until[takes].astype(np.int32),
        number=_texts(kept, "event_no").take(pa.array(takes)),
    )


def _joined(parts: Sequence[_Entries]) -> tuple[_Entries, Int64]:
    def column(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    order = np.lexsort((column("rank"), column("day"), column("loan")))
    numbers = pa.concat_arrays([part.number for part in parts])
    return (
        _Entries(
            **{
                name: column(name)[order]
                for name in ("loan", "day", "rank", "kind", "amount", "ref", "until")
            },
            number=numbers.take(pa.array(order)),
        ),
        order,
    )


def _terms(
    loans: pa.Table, names: Sequence[str], products: Products
) -> tuple[Int32, Int64, TermsArrays]:
    """Each loan's row of the terms table, its yearly penalty rate, and the table."""
    distinct = {name: no for no, name in enumerate(dict.fromkeys(names))}
    terms_no = np.array([distinct[name] for name in names], np.int32)
    contract = np.array(
        [int(rate * RATE_SCALE) for rate in _decimals(loans, "annual_rate")], np.int64
    )
    rate = np.zeros(len(names), np.int64)
    for name, no in distinct.items():
        own = terms_no == no
        rate[own] = penalty_rates(products[name], contract_rates=contract[own])
    table = [ledger_terms(products[name], contract_rate=Decimal(0)) for name in distinct]
    return terms_no, rate, pack_terms(table)


def _known(table: pa.Table, ids: Int64, wanted: np.ndarray) -> np.ndarray:
    """Which of the wanted rows belong to a loan of ``ids``."""
    own = table.column("loan_id").to_numpy()[wanted]
    return np.isin(own, ids)


def _placed(table: pa.Table, ids: Int64, wanted: np.ndarray) -> tuple[Int64, pa.Table]:
    """The wanted rows of loans of ``ids``, each with the place of its loan."""
    wanted = wanted.copy()
    wanted[wanted] = _known(table, ids, wanted)
    kept = table.filter(pa.array(wanted))
    return np.searchsorted(ids, kept.column("loan_id").to_numpy()).astype(np.int64), kept


def _days(table: pa.Table, name: str, absent: int) -> Int32:
    days: Int32 = table.column(name).cast(pa.int32()).fill_null(absent).to_numpy()
    return days


def _days_or(table: pa.Table, name: str, otherwise: Int32) -> Int32:
    days = table.column(name)
    if days.null_count == len(days):
        return otherwise
    return np.where(days.is_null().to_numpy(), otherwise, _days(table, name, 0))


def _texts(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).cast(pa.string()).combine_chunks()


def _integers(table: pa.Table, name: str) -> Int64:
    numbers: Int64 = table.column(name).cast(pa.int64()).fill_null(0).to_numpy()
    return numbers


def _decimals(table: pa.Table, name: str) -> list[Decimal]:
    return [rate or Decimal(0) for rate in table.column(name).to_pylist()]
