"""What the ledger says of loans, a row each: the columns of a state that totals cannot tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa

from carrears.delinquency.ledger.arrays import Int64, Standing, day_number
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.waterfall import Component
from carrears.delinquency.reckoning.accounts import Accounts, make_accounts
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.delinquency.screen import MILLION
from carrears.portfolio.products import Products


def reckon(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
) -> pa.Table:
    """``RECKONED`` of all ``rows['loans']`` at the end of ``as_of``, in order of their ids.

    ``rows`` are tables of ``carrears.layout`` by name (loans, instalments, payments, events);
    with ``known_on`` only what was known at the end of that day counts. Costs some 300 bytes an
    instalment: a large book comes in parts.
    """
    if not rows["loans"].num_rows:
        return RECKONED.empty_table()
    accounts = make_accounts(rows, products=products, as_of=as_of, known_on=known_on)
    found = replay_book(accounts.book, accounts.terms, as_of=as_of, detail=True)
    columns = _columns(accounts, found, day=day_number(as_of))
    return pa.table([pa.array(columns[f.name], f.type) for f in RECKONED], schema=RECKONED)


def _columns(accounts: Accounts, found: Standing, *, day: int) -> dict[str, pa.Array]:
    rows = _Rows(accounts, found, day=day)
    arrears = found.arrears
    next_due = rows.lowest(found.row_due, where=~rows.is_due & (~rows.is_last | (rows.owed > 0)))
    is_next = found.row_due == next_due[rows.loan]
    return {
        "loan_id": accounts.loan_ids,
        "due_total": rows.total(rows.owed - rows.waived, where=rows.is_due),
        "arrears": arrears.sum(axis=1),
        "arrears_principal": arrears[:, Component.PRINCIPAL],
        "arrears_interest": arrears[:, Component.INTEREST],
        "arrears_fee": arrears[:, Component.FEE],
        "arrears_penalty": arrears[:, Component.PENALTY],
        "arrears_compound": arrears[:, Component.COMPOUND],
        "oldest_due_on": _dates(found.oldest_due, found.oldest_due >= 0),
        "dpd": found.dpd,
        "instalments_behind": rows.total(rows.is_unpaid.astype(np.int64), where=rows.is_due),
        "next_due_on": _dates(next_due, next_due < _NONE),
        "next_due_amount": pa.array(rows.total(rows.owed, where=is_next), mask=next_due == _NONE),
        "paid_ahead": rows.total(rows.paid, where=~rows.is_due) + found.credit,
        "principal_outstanding": found.outstanding[:, Component.PRINCIPAL],
        "payoff": found.payoff,
    }


_NONE = 2**31 - 1


class _Rows:
    """The instalments of all loans, with one more row a loan, as the kernel leaves them."""

    def __init__(self, accounts: Accounts, found: Standing, *, day: int) -> None:
        starts = accounts.book.due_start
        self._starts = starts[:-1] + np.arange(len(starts) - 1)
        counts = np.diff(starts) + 1
        self.loan = np.repeat(np.arange(len(counts)), counts)
        self.owed, self.paid, self.waived = (
            part.sum(axis=1) for part in (found.owed, found.paid, found.waived)
        )
        self.is_last = np.zeros(len(self.loan), np.bool_)
        self.is_last[self._starts + counts - 1] = True
        self.is_due = found.row_due <= day
        self.is_unpaid = _is_unpaid(accounts, found, self.loan)

    def total(self, amount: Int64, *, where: np.ndarray) -> Int64:
        """The sum by loan."""
        if not len(self._starts):
            return np.zeros(0, np.int64)
        return np.add.reduceat(np.where(where, amount, 0), self._starts)

    def lowest(self, days: np.ndarray, *, where: np.ndarray) -> np.ndarray:
        """The earliest day by loan; ``_NONE`` where there is none."""
        if not len(self._starts):
            return np.zeros(0, np.int32)
        return np.minimum.reduceat(np.where(where, days, _NONE), self._starts)


def _is_unpaid(accounts: Accounts, found: Standing, loan: np.ndarray) -> np.ndarray:
    """Whether each row is one of ``twin.unpaid_rows``."""
    terms, no = accounts.terms, accounts.book.terms_no[loan]
    counts = terms.dpd_components[no].astype(np.int64)
    whole = (found.owed * counts).sum(axis=1)
    own = whole - ((found.paid + found.waived) * counts).sum(axis=1)
    order = np.lexsort((found.row_due, loan))
    running = np.cumsum(own[order])
    first = np.searchsorted(loan, loan)  # a loan's rows lie together
    short = np.empty_like(own)
    short[order] = running - (running - own[order])[first]
    is_unpaid: np.ndarray = (
        (whole > 0)
        & (short > terms.materiality_minor[no])
        & (short * MILLION > terms.materiality_millionths[no] * whole)
    )
    return is_unpaid


def _dates(days: np.ndarray, is_known: np.ndarray) -> pa.Array:
    return pa.array(days.astype(np.int32), pa.int32(), mask=~is_known).cast(pa.date32())
