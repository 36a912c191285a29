"""Generate a synthetic car-loan book, chunk by chunk, from a seed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from carrears.samplebook.behaviour import LOST, STILL_OPEN, live_months
from carrears.samplebook.calibration import load_calibration
from carrears.samplebook.cash import RECOVERY, Cash, date_cash
from carrears.samplebook.contracts import Contracts, draw_contracts, month_number
from carrears.samplebook.files import TapeWriter
from carrears.samplebook.market import Market, load_market
from carrears.samplebook.people import Borrowers, people_table
from carrears.samplebook.schedule import Plan, level_plan
from carrears.samplebook.tables import (
    events_table,
    loan_numbers,
    loans_table,
    obligor_numbers,
    payments_table,
    schedule_table,
)

CHUNK_LOANS = 10_000
HISTORY_MONTHS = 36
_WORKERS = 2
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Summary:
    """What was written: rows by table, and how the loans stand on the last day."""

    loans: int
    open_loans: int
    charged_off: int
    behind: int
    rows: dict[str, int]

    def __str__(self) -> str:
        rows = ", ".join(f"{number:,} {name}" for name, number in self.rows.items())
        share = self.behind / self.open_loans if self.open_loans else 0
        return (
            f"{rows}; {self.open_loans:,} loans open, {self.behind:,} of them behind"
            f" ({share:.1%}), {self.charged_off:,} charged off"
        )


@dataclass(frozen=True)
class Chunk:
    """The tables of one chunk, and how its loans stand."""

    tables: dict[str, pa.Table]
    open_loans: int
    charged_off: int
    behind: int


def generate_book(
    out: Path,
    *,
    loans: int,
    seed: int,
    as_of: date,
    history_months: int = HISTORY_MONTHS,
    locale: str = "zh-CN",
    file_format: str = "parquet",
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Write a book of ``loans`` loans as it stands at the end of ``as_of`` into ``out``.

    The loans were written in the ``history_months`` before ``as_of``. The files are loans,
    schedule, payments, events and people in Carrears' own tape format. The same arguments
    give the same bytes; a whole chunk of loans depends only on the seed and its number, so a
    larger book begins with the same chunks. ``progress`` is told loans done and in all.

    Raises:
        ValueError: no loans, no history, or a locale or format that is not known.
    """
    if loans < 1 or history_months < 1:
        raise ValueError("a book needs at least one loan and one month")
    sizes = [min(CHUNK_LOANS, loans - first) for first in range(0, loans, CHUNK_LOANS)]

    def draw(number: int) -> Chunk:
        return draw_chunk(
            number, sizes[number], seed=seed, as_of=as_of, history_months=history_months,
            locale=locale,
        )  # fmt: skip

    done, totals = 0, [0, 0, 0]
    with TapeWriter(out, file_format=file_format) as writer:
        for number, chunk in enumerate(_in_order(draw, len(sizes))):
            for name, table in chunk.tables.items():
                writer.add(name, table)
            standing = (chunk.open_loans, chunk.charged_off, chunk.behind)
            totals = [total + more for total, more in zip(totals, standing, strict=True)]
            done += sizes[number]
            if progress:
                progress(done, loans)
    return Summary(loans, totals[0], totals[1], totals[2], writer.rows)


def _in_order(draw: Callable[[int], Chunk], chunks: int) -> Iterator[Chunk]:
    """Chunks in their order, a few drawn ahead; so memory does not grow with the book."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        waiting: deque[Future[Chunk]] = deque()
        for number in range(chunks):
            waiting.append(pool.submit(draw, number))
            if len(waiting) > _WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def draw_chunk(
    number: int, size: int, *, seed: int, as_of: date, history_months: int, locale: str
) -> Chunk:
    """One chunk of loans; its random stream depends only on the seed and the number."""
    market, calibration = load_market(locale), load_calibration()
    rng = np.random.default_rng([seed, number])
    index = np.arange(size, dtype=np.int64) + number * CHUNK_LOANS
    contracts = draw_contracts(
        rng, index, market=market, calibration=calibration, as_of=as_of,
        history_months=history_months,
    )  # fmt: skip
    plan = level_plan(contracts.principal, contracts.rate, contracts.term, contracts.instalment)
    months = month_number(as_of) - contracts.first_month + 1
    lived = live_months(rng, contracts, plan, calibration=calibration, months=months)
    cash = date_cash(rng, contracts, lived, last_day=(as_of - _EPOCH).days)
    is_open = cash.ended == STILL_OPEN
    tables = {
        "loans": loans_table(contracts, market, cash),
        "schedule": schedule_table(contracts, plan, cash),
        "payments": payments_table(contracts, cash),
        "events": events_table(contracts, cash),
        "people": people_table(_borrowers(contracts, market), market=market, seed=seed),
    }
    return Chunk(
        tables=tables,
        open_loans=int(is_open.sum()),
        charged_off=int((cash.ended == LOST).sum()),
        behind=_count_behind(contracts, plan, cash, as_of),
    )


def _count_behind(contracts: Contracts, plan: Plan, cash: Cash, as_of: date) -> int:
    """Open loans that have paid less than fell due."""
    n = len(contracts.index)
    shift = np.zeros(n, np.int64)
    np.maximum.at(shift, cash.moved.loan, cash.moved.shift)
    since = month_number(as_of) - contracts.first_month + (contracts.due_day <= as_of.day) - shift
    due = plan.paid_up[np.arange(n), np.clip(since, 0, contracts.term)]
    rows = cash.payments
    counts = rows.kind != RECOVERY
    paid = np.zeros(n, np.int64)
    np.add.at(paid, rows.loan[counts], rows.amount[counts])
    return int(((cash.ended == STILL_OPEN) & (paid < due)).sum())


def _borrowers(contracts: Contracts, market: Market) -> Borrowers:
    return Borrowers(
        loan_nos=loan_numbers(contracts.index),
        obligor_nos=obligor_numbers(contracts.obligor),
        obligor=contracts.obligor,
        car=contracts.index,
        model_year=contracts.model_year,
        regions=market.regions,
        region=market.region_of[contracts.place],
        place=contracts.place,
    )
