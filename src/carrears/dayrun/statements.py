"""The statement of one loan: what it owes on a day, and where each minor unit comes from."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from carrears.dayrun.loan_ledger import lent_tables
from carrears.delinquency.reckoning.statement import LoanStatement, loan_statement
from carrears.portfolio.products import load_products


def statement_of(loan_no: str, *, as_of: date, known_on: date | None = None) -> LoanStatement:
    """The loan's statement at the end of ``as_of``, by what was known at the end of ``known_on``.

    The figures are those of ``loan_ledger.position_of``.

    Raises:
        UnknownLoanError: no such loan in the book, or it was lent after ``as_of``.
        BookError: the book is empty.
        LedgerDisagreementError: the ledger's two forms differ about the loan.
    """
    rows = lent_tables(loan_no, as_of=as_of)
    products = load_products(settings.CARREARS_HOME)
    return loan_statement(rows, products=products, as_of=as_of, known_on=known_on)
