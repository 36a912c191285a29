"""What the ledger says of loans, a row each: of some, or of a whole book out of its files.

Loans do not know of each other: files are taken in parts of some ten thousand loans, as their
row groups lie, a part a thread. Memory depends on the size of a part, not on that of the book.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from carrears.delinquency.ledger.arrays import NO_DELAY, Int32, Standing
from carrears.delinquency.ledger.habits import HABITS
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.waterfall import Component
from carrears.delinquency.reckoning.accounts import Accounts, make_accounts
from carrears.delinquency.reckoning.book_files import BookFiles
from carrears.delinquency.reckoning.intake import EVER
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.portfolio.products import Products

THREADS = 2


def reckon(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
) -> pa.Table:
    """``RECKONED`` of all ``rows['loans']`` at the end of ``as_of``, in order of their ids.

    ``rows`` are tables of ``carrears.layout`` by name (loans, instalments, payments, events);
    with ``known_on`` only what was known at the end of that day counts. Costs some 200 bytes an
    instalment: ``reckon_files`` takes a large book in parts.
    """
    if not rows["loans"].num_rows:
        return RECKONED.empty_table()
    accounts = make_accounts(rows, products=products, as_of=as_of, known_on=known_on)
    columns = _columns(accounts, replay_book(accounts.book, accounts.terms, as_of=as_of))
    return pa.table([pa.array(columns[f.name], f.type) for f in RECKONED], schema=RECKONED)


def reckon_files(
    files: Mapping[str, Path],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
    threads: int = THREADS,
) -> Iterator[pa.Table]:
    """``reckon`` of a book's Parquet files, part by part in order of loan.

    ``files`` gives those of loans, instalments, payments and events, each sorted by loan. Needs
    some 200 MiB a thread, whatever the size of the book.
    """
    book = BookFiles(files)

    def of_part(part: tuple[int, int]) -> pa.Table:
        return reckon(book.read(part), products=products, as_of=as_of, known_on=known_on)

    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[pa.Table]] = deque()
        for part in book.parts():
            running.append(pool.submit(of_part, part))
            if len(running) > threads:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def write_reckoned(
    files: Mapping[str, Path],
    out: Path,
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
    threads: int = THREADS,
) -> int:
    """Write ``reckon_files`` into one Parquet file, which appears when it is whole; its rows."""
    fresh, count = out.with_name(f"{out.name}.part"), 0
    parts = reckon_files(files, products=products, as_of=as_of, known_on=known_on, threads=threads)
    with pq.ParquetWriter(fresh, RECKONED) as writer:
        for part in parts:
            writer.write_table(part)
            count += part.num_rows
    fresh.replace(out)
    return count


def _columns(accounts: Accounts, found: Standing) -> dict[str, pa.Array]:
    arrears = found.arrears
    return {
        "loan_id": accounts.loan_ids,
        "due_total": found.due_total,
        "paid_total": accounts.paid_total,
        "arrears": arrears.sum(axis=1),
        "arrears_principal": arrears[:, Component.PRINCIPAL],
        "arrears_interest": arrears[:, Component.INTEREST],
        "arrears_fee": arrears[:, Component.FEE],
        "arrears_penalty": arrears[:, Component.PENALTY],
        "arrears_compound": arrears[:, Component.COMPOUND],
        "oldest_due_on": _dates(found.oldest_due, found.oldest_due >= 0),
        "dpd": found.dpd,
        "instalments_behind": found.behind,
        "next_due_on": _dates(found.next_due, found.next_due >= 0),
        "next_due_amount": pa.array(found.next_amount, mask=found.next_due < 0),
        "last_paid_on": _dates(accounts.last_paid_on, accounts.last_paid_on != EVER),
        "paid_ahead": found.paid_ahead,
        "principal_outstanding": found.outstanding[:, Component.PRINCIPAL],
        "payoff": found.payoff,
        **{name: _known(found.habits[:, place]) for place, name in enumerate(HABITS)},
    }


def _known(numbers: Int32) -> pa.Array:
    return pa.array(numbers, mask=numbers == NO_DELAY)


def _dates(days: Int32, is_known: np.ndarray) -> pa.Array:
    return pa.array(days, pa.int32(), mask=~is_known).cast(pa.date32())
