"""The ledger over a whole book: tables or Parquet files in, a row a loan out.

Rows of the book are those of ``carrears.layout``, each table sorted by loan. Loans do not know of
each other: files are taken in parts of some ten thousand loans, as their row groups lie, a part
a thread. Memory depends on the size of a part, not on that of the book.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from carrears.delinquency.ledger.arrays import (
    BookArrays,
    Int32,
    Int64,
    Standing,
    TermsArrays,
    day_number,
    pack_terms,
)
from carrears.delinquency.ledger.book_files import BookFiles
from carrears.delinquency.ledger.book_rows import days, rate_units, rows_of, with_columns
from carrears.delinquency.ledger.figures import FIGURES, PARTS
from carrears.delinquency.ledger.kernel import replay_book
from carrears.delinquency.ledger.kernel_intake import (
    EVER,
    NEVER,
    Rows,
    empty_contract,
    empty_entries,
    fill_arrays,
)
from carrears.delinquency.terms import ledger_terms, penalty_rates
from carrears.portfolio.products import Products


class LedgerError(ValueError):
    """Rows that the ledger cannot replay; names the table, the loan and what is wrong."""


def reckon_tables(
    tables: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
) -> pa.Table:
    """How each loan that is open at the end of ``as_of`` stands, by what was known on ``known_on``.

    ``tables`` are loans, instalments, payments and events of ``carrears.layout``, each sorted by
    loan; rows of loans that ``loans`` lacks are left out, columns that an older layout lacks are
    taken as null. A loan goes by the terms of its product; a surcharge stands on its own rate.
    Returns ``figures.FIGURES`` in order of loan.

    Raises:
        LedgerError: a table is not sorted by loan, or an event moves an instalment that its
            loan does not have.
    """
    loans = with_columns("loans", tables["loans"])
    rows = rows_of(tables)
    _check_sorted(rows)
    known = NEVER if known_on is None else day_number(known_on)
    book, terms = _arrays(rows, loans, products, day=day_number(as_of), known=known)
    found = replay_book(book, terms, as_of=as_of, known_on=known_on)
    is_open = _is_open(loans, rows, day=day_number(as_of), known=known)
    return _figures(rows.loan_id, found, is_open)


def reckon_files(
    files: Mapping[str, Path],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
    threads: int = 2,
) -> Iterator[pa.Table]:
    """``reckon_tables`` of a book's Parquet files, part by part in order of loan.

    Needs some 300 MiB a thread, whatever the size of the book.
    """
    book = BookFiles(files)

    def reckon(part: tuple[int, int]) -> pa.Table:
        tables = book.read(part)
        return reckon_tables(tables, products=products, as_of=as_of, known_on=known_on)

    if threads == 1:
        yield from map(reckon, book.parts())
        return
    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[pa.Table]] = deque()
        for part in book.parts():
            running.append(pool.submit(reckon, part))
            if len(running) > threads:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def write_figures(
    files: Mapping[str, Path],
    target: Path,
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
    threads: int = 2,
) -> int:
    """Write ``reckon_files`` into one Parquet file, which appears when it is whole; its rows."""
    partial = target.with_name(f"{target.name}.partial")
    count = 0
    with pq.ParquetWriter(partial, FIGURES) as writer:
        for table in reckon_files(
            files, products=products, as_of=as_of, known_on=known_on, threads=threads
        ):
            writer.write_table(table)
            count += table.num_rows
    partial.replace(target)
    return count


def _check_sorted(rows: Rows) -> None:
    for name, numbers in (
        ("loans", rows.loan_id),
        ("instalments", rows.row_loan),
        ("payments", rows.paid_loan),
        ("events", rows.event_loan),
    ):
        falls = np.flatnonzero(numbers[1:] < numbers[:-1])
        if len(falls):
            raise LedgerError(f"{name}: not sorted by loan_id at loan {numbers[falls[0] + 1]}")


def _arrays(
    rows: Rows, loans: pa.Table, products: Products, *, day: int, known: int
) -> tuple[BookArrays, TermsArrays]:
    """The kernel's arrays of the rows, and the terms by which their loans go."""
    changes = np.count_nonzero(rows.row_until != NEVER) + np.count_nonzero(rows.row_from != EVER)
    contract = empty_contract(len(rows.row_loan))
    entries = empty_entries(len(rows.paid_loan) + len(rows.event_loan) + 2 * int(changes))
    due_start = np.empty(len(rows.loan_id) + 1, np.int64)
    event_start = np.empty(len(rows.loan_id) + 1, np.int64)
    bad = fill_arrays(rows, contract, entries, due_start, event_start, day, known)
    if bad >= 0:
        raise LedgerError(
            f"events: loan {rows.event_loan[bad]} has no instalment with seq {rows.event_ref[bad]}"
        )
    terms_no, rates, terms = _terms(loans, products)
    return (
        BookArrays(
            terms_no=terms_no,
            penalty_rate=rates,
            due_start=due_start,
            due_from=contract.starts,
            due_on=contract.due,
            due_principal=contract.principal,
            due_interest=contract.interest,
            due_fee=contract.fee,
            event_start=event_start,
            event_day=entries.day,
            event_known=entries.known,
            event_kind=entries.kind,
            event_amount=entries.amount,
            event_interest=entries.interest,
            event_ref=entries.ref,
            event_until=entries.until,
        ),
        terms,
    )


def _terms(loans: pa.Table, products: Products) -> tuple[Int32, Int64, TermsArrays]:
    """Of each loan its row of the terms and its penalty rate; the terms themselves."""
    coded = loans.column("product").combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.unify_dictionaries().combine_chunks()
    numbers = coded.indices.to_numpy().astype(np.int32)
    chosen = [products[name] for name in coded.dictionary.to_pylist()]
    contract_rates = rate_units(loans)
    rates = np.zeros(len(numbers), np.int64)
    for number, product in enumerate(chosen):
        own = numbers == number
        rates[own] = penalty_rates(product, contract_rates=contract_rates[own])
    # The rate is each loan's own, whatever the terms of its product say of one contract rate.
    return numbers, rates, pack_terms([ledger_terms(p, contract_rate=Decimal(0)) for p in chosen])


def _is_open(loans: pa.Table, rows: Rows, *, day: int, known: int) -> np.ndarray:
    closed = days(loans, "closed_on", NEVER)
    return (rows.originated <= day) & (closed > min(day, known))


def _figures(loan_ids: Int64, found: Standing, kept: np.ndarray) -> pa.Table:
    sums = {"arrears": found.arrears, "overdue": found.overdue, "outstanding": found.outstanding}
    columns: dict[str, Any] = {
        "loan_id": loan_ids,
        "due_total": found.due_total,
        "oldest_due_on": _dates(found.oldest_due),
        "dpd": found.dpd,
        "instalments_behind": found.behind,
        "next_due_on": _dates(found.next_due),
        "next_due_amount": pa.array(found.next_amount, mask=found.next_due < 0),
        "paid_ahead": found.paid_ahead,
        "overpaid": found.credit,
        "paused_days": found.paused_days,
        "payoff": found.payoff,
    }
    for name, parts in sums.items():
        columns[name] = parts.sum(axis=1)
        for number, part in enumerate(PARTS):
            columns[f"{name}_{part}"] = np.ascontiguousarray(parts[:, number])
    table = pa.table([columns[name] for name in FIGURES.names], schema=FIGURES)
    return table if kept.all() else table.filter(pa.array(kept))


def _dates(days_since: Int32) -> pa.Array:
    return pa.array(days_since, pa.int32(), mask=days_since < 0).cast(pa.date32())
