"""How one loan stands: by component and by instalment, with what each entry paid, and the payoff.

The same kernel as of a whole book, asked for its detail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from carrears import layout
from carrears.delinquency.ledger.arrays import Int64, Standing
from carrears.delinquency.ledger.entries import Kind
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.waterfall import Component
from carrears.delinquency.reckoning.accounts import Accounts, make_accounts
from carrears.delinquency.reckoning.columns import COLUMNS
from carrears.portfolio.products import Part, Product, Products

Parts = Mapping[Part, int]
_EPOCH = date(1970, 1, 1)
_PARTS = {Part[component.name]: int(component) for component in Component}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentPosition:
    """One instalment; ``seq`` is None for charges that fell due after the schedule.

    ``agreed_on`` is its date before a calendar or an agreement moved it. Amounts by part, in
    minor units; what is still owed is ``owed`` less ``paid`` less ``waived``.
    """

    seq: int | None
    due_on: date
    agreed_on: date
    owed: Parts
    paid: Parts
    waived: Parts
    last_paid_on: date | None

    def open_part(self, part: Part) -> int:
        """What is still owed of one part."""
        return self.owed[part] - self.paid[part] - self.waived[part]

    @property
    def open_amount(self) -> int:
        """What is still owed of all."""
        return sum(self.open_part(part) for part in self.owed)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPosition:
    """One entry that counted: the lender's number, its kind, and the money it moved, by part."""

    number: str
    kind: str
    day: date
    amount: int
    moved: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanPosition:
    """How a loan stood at the end of ``as_of``, by what was known at the end of ``known_on``.

    Money in minor units of ``currency``. ``arrears`` is what fell due by the day,
    ``outstanding`` all that is still to be paid, ``payoff`` what settles the loan that day;
    ``overpaid`` is money that nothing was owed for.
    """

    loan_no: str
    product: str
    currency: str
    as_of: date
    known_on: date | None
    dpd: int
    oldest_due_on: date | None
    paused_days: int
    arrears: Parts
    outstanding: Parts
    overpaid: int
    payoff: int
    instalments: Sequence[InstalmentPosition]
    entries: Sequence[EntryPosition]

    @property
    def arrears_total(self) -> int:
        """All that fell due and is owed."""
        return sum(self.arrears.values())

    def as_json(self) -> dict[str, Any]:
        """The position as JSON has it: parts by name, days as texts, amounts in minor units."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            **{name: _text(getattr(self, name)) for name in ("as_of", "known_on", "oldest_due_on")},
            "arrears": _named(self.arrears) | {"total": self.arrears_total},
            "outstanding": _named(self.outstanding) | {"total": sum(self.outstanding.values())},
            "instalments": [
                {
                    "seq": one.seq,
                    "due_on": _text(one.due_on),
                    "agreed_on": _text(one.agreed_on),
                    "owed": _named(one.owed),
                    "paid": _named(one.paid),
                    "waived": _named(one.waived),
                    "open": one.open_amount,
                    "last_paid_on": _text(one.last_paid_on),
                }
                for one in self.instalments
            ],
            "entries": [
                {
                    "number": one.number,
                    "kind": one.kind,
                    "day": _text(one.day),
                    "amount": one.amount,
                    "moved": _named(one.moved),
                }
                for one in self.entries
            ],
        }


_PLAIN = ("loan_no", "product", "currency", "dpd", "paused_days", "overpaid", "payoff")


def _named(parts: Parts) -> dict[str, int]:
    return {part.value: amount for part, amount in parts.items()}


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def loan_position(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
) -> LoanPosition:
    """The position of the one loan of ``rows`` (tables of ``carrears.layout`` by name).

    Raises:
        ValueError: not one loan.
    """
    loan, accounts, found = replay_loan(rows, products=products, as_of=as_of, known_on=known_on)
    return position_from(loan, accounts, found, as_of=as_of, known_on=known_on)


def make_ready() -> None:
    """Load what a process's first loan would else wait for, some two seconds."""
    day = date(2000, 1, 1)
    told: dict[str, list[dict[str, Any]]] = {
        "loans": [{"loan_id": 1, "loan_no": "1", "product": "default", "originated_on": day}],
        "instalments": [{"loan_id": 1, "seq": 1, "due_on": day, "effective_on": day}],
    }
    rows = {name: pa.Table.from_pylist(told.get(name, []), layout.TABLES[name]) for name in COLUMNS}
    loan_position(rows, products=Products({"default": Product()}), as_of=day)


def replay_loan(
    rows: Mapping[str, pa.Table], *, products: Products, as_of: date, known_on: date | None
) -> tuple[dict[str, Any], Accounts, Standing]:
    """The row of the one loan of ``rows``, what the kernel reads of it, and what it found.

    Raises:
        ValueError: not one loan.
    """
    loans = rows["loans"].to_pylist()
    if len(loans) != 1:
        raise ValueError(f"one loan is expected, not {len(loans)}")
    accounts = make_accounts(rows, products=products, as_of=as_of, known_on=known_on)
    found = replay_book(accounts.book, accounts.terms, as_of=as_of, detail=True)
    return loans[0], accounts, found


def position_from(
    loan: Mapping[str, Any],
    accounts: Accounts,
    found: Standing,
    *,
    as_of: date,
    known_on: date | None,
) -> LoanPosition:
    """The position that ``replay_loan`` found."""
    rows = (instalment_at(accounts, found, row) for row in shown_rows(accounts, found))
    return LoanPosition(
        loan_no=loan["loan_no"],
        product=loan["product"],
        currency=loan["currency"],
        as_of=as_of,
        known_on=known_on,
        dpd=int(found.dpd[0]),
        oldest_due_on=_day(found.oldest_due[0]),
        paused_days=int(found.paused_days[0]),
        arrears=_parts(found.arrears, 0),
        outstanding=_parts(found.outstanding, 0),
        overpaid=int(found.credit[0]),
        payoff=int(found.payoff[0]),
        instalments=list(rows),
        entries=_entries(accounts, found),
    )


def shown_rows(accounts: Accounts, found: Standing) -> list[int]:
    """Places of the rows that are instalments or owe something, by the days they fall due."""
    count = len(accounts.seq)
    rows = range(count + 1 if found.owed[count].any() else count)
    return sorted(rows, key=lambda row: int(found.row_due[row]))


def instalment_at(accounts: Accounts, found: Standing, row: int) -> InstalmentPosition:
    """The instalment at a place."""
    count, agreed = len(accounts.seq), accounts.schedule.due_on
    return InstalmentPosition(
        seq=int(accounts.seq[row]) if row < count else None,
        due_on=_EPOCH + timedelta(days=int(found.row_due[row])),
        agreed_on=_EPOCH + timedelta(days=int(agreed[row] if row < count else found.row_due[row])),
        owed=_parts(found.owed, row),
        paid=_parts(found.paid, row),
        waived=_parts(found.waived, row),
        last_paid_on=_day(found.row_paid_on[row]),
    )


def _entries(accounts: Accounts, found: Standing) -> list[EntryPosition]:
    book = accounts.book
    return [
        EntryPosition(
            number=number,
            kind=Kind(book.event_kind[place]).name.lower(),
            day=_EPOCH + timedelta(days=int(book.event_day[place])),
            amount=int(book.event_amount[place]),
            moved=_parts(found.moved, place),
        )
        for place, number in enumerate(_numbers(accounts))
    ]


def _numbers(accounts: Accounts) -> list[str]:
    """The lender's number of each entry."""
    payments, events = accounts.payments.column("payment_no"), accounts.events.column("event_no")
    return [
        (payments[place] if place >= 0 else events[-1 - place]).as_py()
        for place in accounts.source.tolist()
    ]


def _parts(amounts: Int64, row: int) -> dict[Part, int]:
    return {part: int(amounts[row, place]) for part, place in _PARTS.items()}


def _day(number: int) -> date | None:
    return None if number < 0 else _EPOCH + timedelta(days=int(number))
