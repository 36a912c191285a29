"""One loan by the ledger: on any day, by what was known on any other."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from carrears.database.session import run_kept
from carrears.dayrun.standing import Rows, find_loans, newest_snapshot, read_loans
from carrears.dayrun.told import TOLD, with_told
from carrears.delinquency.reckoning.position import LoanPosition, loan_position
from carrears.portfolio.products import load_products


class UnknownLoanError(LookupError):
    """The book has no such loan; the message names it."""


def position_of(loan_no: str, *, as_of: date, known_on: date | None = None) -> LoanPosition:
    """How the loan stands at the end of ``as_of``, by what was known at the end of ``known_on``.

    Without ``known_on`` all that is known now counts. The book is the newest snapshot with what
    was told since; a later day than today asks what it will be if nothing else happens.

    Raises:
        UnknownLoanError: no such loan in the book, or it was lent after ``as_of``.
        BookError: the book is empty.
    """
    rows = lent_tables(loan_no, as_of=as_of)
    products = load_products(settings.CARREARS_HOME)
    return loan_position(rows, products=products, as_of=as_of, known_on=known_on)


def lent_tables(loan_no: str, *, as_of: date) -> Rows:
    """The rows of ``loan_tables`` of a loan that was lent by ``as_of``.

    Raises:
        UnknownLoanError: no such loan in the book, or it was lent after ``as_of``.
        BookError: the book is empty.
    """
    rows = loan_tables(loan_no)
    lent_on = rows["loans"].column("originated_on")[0].as_py()
    if lent_on > as_of:
        raise UnknownLoanError(f"loan {loan_no} was lent on {lent_on}, after {as_of}")
    return rows


def loan_tables(loan_no: str) -> Rows:
    """The loan's rows of the newest snapshot, with what was told since.

    Raises:
        UnknownLoanError: no such loan in the book.
        BookError: the book is empty.
    """
    rows = read_loans(newest_snapshot(), find_loans([loan_no]))
    if not rows["loans"].num_rows:
        raise UnknownLoanError(f"no loan {loan_no!r} in the book")
    loan_ids = {loan_no: rows["loans"].column("loan_id")[0].as_py()}
    told = run_kept([(asked, {"loan_nos": [loan_no]}) for asked in TOLD.values()])
    return rows | {
        name: with_told(name, rows[name], loan_ids=loan_ids, told=answer.rows)
        for name, answer in zip(TOLD, told, strict=True)
    }
