"""Statements of which only the record was kept: worked out again, and compared by SHA-256.

A statement is the same bytes for the same book, name, language and moment. The log keeps the days,
the language and the moment, and the SHA-256 of what was handed out; the name was in it as its
reader saw it. Where one of the names gives that SHA-256 it is the paper that was handed out, byte
for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from carrears.dayrun.statement_paper import write_statement
from carrears.dayrun.statements import statement_of
from carrears.documents.statements import told_of
from carrears.evidence.models import Entry


@dataclass(frozen=True, slots=True)
class Again:
    """What was worked out again, and the SHA-256 (hex) of what was handed out."""

    pdf: bytes
    handed_out: str

    @property
    def sha256(self) -> str:
        """The SHA-256 of what it is now."""
        return hashlib.sha256(self.pdf).hexdigest()

    @property
    def agrees(self) -> bool:
        """Whether it is what was handed out."""
        return self.sha256 == self.handed_out


def make_again(entry: Entry, *, names: Iterable[str]) -> Again:
    """Work a statement out of its record and the book, for each name that may have stood in it.

    Where none gives what was handed out, the first is returned.

    Raises:
        UnknownLoanError: no such loan in the book, or it was lent after that day.
        BookError: the book is empty.
        LedgerDisagreementError: the ledger's two forms differ about the loan.
    """
    told = told_of(entry)
    known = date.fromisoformat(told["known_on"]) if told["known_on"] else None
    statement = statement_of(entry.subject, as_of=date.fromisoformat(told["as_of"]), known_on=known)
    made = [
        Again(
            write_statement(
                statement, borrower=name, made_at=entry.occurred_at, language=told["language"]
            ),
            told["sha256"],
        )
        for name in dict.fromkeys(names)
    ]
    return next((one for one in made if one.agrees), made[0])
