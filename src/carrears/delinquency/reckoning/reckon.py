"""What the ledger says of loans, a row each: of some, or of a whole book out of its files.

Loans do not know of each other: files are taken in parts of some ten thousand loans, as their
row groups lie, a part a thread. Memory depends on the size of a part, not on that of the book.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carrears.delinquency.ledger.arrays import NO_DELAY, Int32, Int64, Standing
from carrears.delinquency.ledger.habits import HABITS
from carrears.delinquency.ledger.kernel import replay_book, replay_days
from carrears.delinquency.ledger.waterfall import Component
from carrears.delinquency.pattern import USUAL_LATENESS, Lateness
from carrears.delinquency.reckoning.accounts import Accounts, make_accounts
from carrears.delinquency.reckoning.book_files import BookFiles
from carrears.delinquency.reckoning.changing import changing_loans, rows_of
from carrears.delinquency.reckoning.columns import COLUMNS, with_columns
from carrears.delinquency.reckoning.intake import EVER
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.delinquency.reckoning.totals import Totals, count_events, totals_of
from carrears.portfolio.products import Products

THREADS = 2
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
_Found = TypeVar("_Found")


def reckon(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
    lateness: Lateness = USUAL_LATENESS,
) -> pa.Table:
    """``RECKONED`` of all ``rows['loans']`` at the end of ``as_of``, in order of their ids.

    ``rows`` are tables of ``carrears.layout`` by name (loans, instalments, payments, events);
    with ``known_on`` only what was known at the end of that day counts. Costs some 200 bytes an
    instalment: ``reckon_files`` takes a large book in parts.
    """
    if not rows["loans"].num_rows:
        return RECKONED.empty_table()
    accounts = make_accounts(rows, products=products, as_of=as_of, known_on=known_on)
    standing = replay_book(accounts.book, accounts.terms, as_of=as_of)
    [totals] = totals_of(accounts.receipts, accounts.schedule, days=[as_of], lateness=lateness)
    counts = count_events(rows["events"], accounts.loan_ids, as_of=as_of, known_on=known_on)
    return _table(accounts, standing, totals, counts)


def reckon_days(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    days: Sequence[date],
    lateness: Lateness = USUAL_LATENESS,
) -> list[pa.Table]:
    """``reckon`` at the end of each of ``days``, which are in order.

    By what is known now. All loans are replayed once for all days; those of which money was taken
    back or the schedule issued anew between them once more a day.
    """
    if not rows["loans"].num_rows:
        return [RECKONED.empty_table() for _ in days]
    whole = {name: with_columns(name, rows[name]) for name in COLUMNS}
    accounts = make_accounts(whole, products=products, as_of=days[-1])
    standings = replay_days(accounts.book, accounts.terms, days=days)
    totals = totals_of(accounts.receipts, accounts.schedule, days=days, lateness=lateness)
    found = [
        _table(
            accounts, standing, total, count_events(whole["events"], accounts.loan_ids, as_of=day)
        )
        for day, standing, total in zip(days, standings, totals, strict=True)
    ]
    changing = changing_loans(whole, first=days[0], last=days[-1])
    if not len(changing):
        return found
    others = rows_of(whole, changing)
    places = pa.array(np.isin(accounts.loan_ids, changing))
    return [
        _with_rows(
            table,
            places,
            reckon(others, products=products, as_of=day, lateness=lateness),
        )
        for day, table in zip(days, found, strict=True)
    ]


def _with_rows(table: pa.Table, places: pa.Array, rows: pa.Table) -> pa.Table:
    """The table with these rows instead of those at the places that are true."""
    columns = [
        pc.replace_with_mask(column.combine_chunks(), places, fresh.combine_chunks())
        for column, fresh in zip(table.columns, rows.columns, strict=True)
    ]
    return pa.table(columns, schema=table.schema)


def reckon_files(
    files: Mapping[str, Path],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
    lateness: Lateness = USUAL_LATENESS,
    threads: int = THREADS,
) -> Iterator[pa.Table]:
    """``reckon`` of a book's Parquet files, part by part in order of loan.

    ``files`` gives those of loans, instalments, payments and events, each sorted by loan. Needs
    some 200 MiB a thread, whatever the size of the book.
    """

    def work(rows: Mapping[str, pa.Table]) -> pa.Table:
        return reckon(rows, products=products, as_of=as_of, known_on=known_on, lateness=lateness)

    return _of_parts(BookFiles(files), work, threads=threads)


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


def write_reckoned_days(
    files: Mapping[str, Path],
    outs: Mapping[date, Path],
    *,
    products: Products,
    lateness: Lateness = USUAL_LATENESS,
    threads: int = THREADS,
) -> int:
    """Write ``reckon_days`` into an Arrow file for each day; the rows of each.

    The book's files are read once. What is read soon and once is not worth packing tightly, as
    Parquet is.
    """
    days = sorted(outs)

    def work(rows: Mapping[str, pa.Table]) -> list[pa.Table]:
        return reckon_days(rows, products=products, days=days, lateness=lateness)

    count = 0
    with ExitStack() as stack:
        writers = [
            stack.enter_context(pa.ipc.new_file(str(outs[day]), RECKONED, options=_PACKED))
            for day in days
        ]
        for tables in _of_parts(BookFiles(files), work, threads=threads):
            for writer, table in zip(writers, tables, strict=True):
                writer.write_table(table)
            count += tables[0].num_rows
    return count


def _of_parts(
    book: BookFiles, work: Callable[[Mapping[str, pa.Table]], _Found], *, threads: int
) -> Iterator[_Found]:
    """What ``work`` gives of each part of a book, in their order."""
    with ThreadPoolExecutor(threads) as pool:
        running: deque[Future[_Found]] = deque()
        for part in book.parts():
            running.append(pool.submit(lambda part: work(book.read(part)), part))
            if len(running) > threads:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _table(
    accounts: Accounts, found: Standing, totals: Totals, counts: Mapping[str, Int32]
) -> pa.Table:
    columns = {**_columns(accounts, found), **_columns_of(totals), **counts}
    return pa.table([pa.array(columns[f.name], f.type) for f in RECKONED], schema=RECKONED)


def _columns(accounts: Accounts, found: Standing) -> dict[str, pa.Array]:
    arrears = found.arrears
    return {
        "loan_id": accounts.loan_ids,
        "due_total": found.due_total,
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
        "paid_ahead": found.paid_ahead,
        "principal_outstanding": found.outstanding[:, Component.PRINCIPAL],
        "payoff": found.payoff,
        **{name: _known(found.habits[:, place]) for place, name in enumerate(HABITS)},
    }


def _columns_of(totals: Totals) -> dict[str, pa.Array]:
    return {
        "paid_total": totals.paid_total,
        "last_paid_on": _dates(totals.last_paid_on, totals.last_paid_on != EVER),
        "paid_share_3m": _share(totals.paid_3m, totals.due_3m),
        "paid_share_6m": _share(totals.paid_6m, totals.due_6m),
        "late_of_last_12": totals.late,
    }


def _share(paid: Int64, due: Int64) -> pa.Array:
    """Null when nothing fell due: a share of nothing says nothing."""
    is_due = due != 0
    return pa.array(np.maximum(paid, 0) / np.where(is_due, due, 1), mask=~is_due)


def _known(numbers: Int32) -> pa.Array:
    return pa.array(numbers, mask=numbers == NO_DELAY)


def _dates(days: Int32, is_known: np.ndarray) -> pa.Array:
    return pa.array(days, pa.int32(), mask=~is_known).cast(pa.date32())
