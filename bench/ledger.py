"""The ledger kernel beside its twin, on the same made-up loans.

python -m bench.ledger [LOANS]
"""

from __future__ import annotations

import os
import sys
import time
from datetime import date, timedelta

import numpy as np
from rich.console import Console
from rich.table import Table

from carrears.delinquency.ledger.arrays import BookArrays, TermsArrays, day_number, pack_terms
from carrears.delinquency.ledger.entries import Account, Due, Entry, Kind, LoanTerms
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.twin import replay

AS_OF = date(2026, 10, 31)
MONTHS, PAYMENTS, SAMPLE = 36, 20, 2_000
TERMS = LoanTerms(penalty_rate=18_000_000, compound=True)
EPOCH = date(1970, 1, 1)


def make_book(loans: int, *, seed: int = 1) -> BookArrays:
    """Loans of 36 instalments: four of five pay in time, the others late, short or not at all."""
    rng = np.random.default_rng(seed)
    start = day_number(AS_OF) - rng.integers(60, 900, loans)
    due = start[:, None] + 30 * np.arange(1, MONTHS + 1)
    is_late = rng.random(loans) < 0.2
    lag = np.where(is_late[:, None], rng.integers(0, 60, (loans, PAYMENTS)), 0)
    paid_on = np.sort(due[:, :PAYMENTS] + lag, axis=1)
    amount = np.where(
        is_late[:, None] & (rng.random((loans, PAYMENTS)) < 0.3), rng.integers(0, 300_000), 310_000
    )
    events = loans * PAYMENTS
    return BookArrays(
        terms_no=np.zeros(loans, np.int32),
        due_start=np.arange(loans + 1, dtype=np.int64) * MONTHS,
        due_from=(due - 30).ravel().astype(np.int32),
        due_on=due.ravel().astype(np.int32),
        due_principal=np.full(loans * MONTHS, 270_000, np.int64),
        due_interest=np.full(loans * MONTHS, 40_000, np.int64),
        due_fee=np.zeros(loans * MONTHS, np.int64),
        event_start=np.arange(loans + 1, dtype=np.int64) * PAYMENTS,
        event_day=paid_on.ravel().astype(np.int32),
        event_known=paid_on.ravel().astype(np.int32),
        event_kind=np.full(events, int(Kind.PAYMENT), np.int8),
        event_amount=amount.ravel().astype(np.int64),
        event_interest=np.zeros(events, np.int64),
        event_ref=np.full(events, -1, np.int32),
        event_until=np.full(events, -1, np.int32),
    )


def account(book: BookArrays, loan: int) -> Account:
    dues = range(int(book.due_start[loan]), int(book.due_start[loan + 1]))
    events = range(int(book.event_start[loan]), int(book.event_start[loan + 1]))

    def day(number: np.int32) -> date:
        return EPOCH + timedelta(days=int(number))

    return Account(
        terms=TERMS,
        schedule=tuple(
            Due(
                starts_on=day(book.due_from[i]),
                due_on=day(book.due_on[i]),
                principal=int(book.due_principal[i]),
                interest=int(book.due_interest[i]),
            )
            for i in dues
        ),
        entries=tuple(
            Entry(kind=Kind.PAYMENT, day=day(book.event_day[i]), amount=int(book.event_amount[i]))
            for i in events
        ),
    )


def best_of(book: BookArrays, terms: TermsArrays, times: int = 5) -> float:
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        replay_book(book, terms, as_of=AS_OF)
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def main(loans: int) -> None:
    book, terms = make_book(loans), pack_terms([TERMS])
    begin = time.perf_counter()
    found = replay_book(make_book(10), terms, as_of=AS_OF)
    ready = time.perf_counter() - begin
    found = replay_book(book, terms, as_of=AS_OF)
    kernel = best_of(book, terms)
    sample = min(SAMPLE, loans)
    begin = time.perf_counter()
    positions = [replay(account(book, loan), as_of=AS_OF) for loan in range(sample)]
    twin = (time.perf_counter() - begin) * loans / sample
    different = sum(
        found.arrears[loan].tolist() != position.arrears
        or found.dpd[loan] != position.dpd
        or found.payoff[loan] != position.payoff
        for loan, position in enumerate(positions)
    )
    console = Console(width=140)
    entries, instalments = len(book.event_day), len(book.due_on)
    behind = int((found.dpd > 0).sum())
    console.print(
        f"{loans:,} loans · {instalments:,} instalments · {entries:,} entries · {behind:,} behind"
    )
    table = Table("", "seconds", "loans/s", "entries/s", "× kernel")
    for name, seconds in (("kernel", kernel), (f"twin (sample of {sample:,}, scaled)", twin)):
        table.add_row(
            name,
            f"{seconds:.3f}",
            f"{loans / seconds:,.0f}",
            f"{entries / seconds:,.0f}",
            f"{seconds / kernel:,.0f}",
        )
    console.print(table)
    console.print(
        f"{different} of {sample:,} answers differ; loading the compiled kernel {ready:.1f} s;"
        f" {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    )
    if different:
        raise SystemExit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
