"""Where loans stand: on which run's day, snapshot and strategy a loan is decided now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection

from carrears import layout
from carrears.dayrun.asking import Strategy
from carrears.dayrun.models import DayRun, RunState
from carrears.dayrun.questions import load_questions
from carrears.portfolio.loan_rows import LoanRows, read_loan_numbers
from carrears.portfolio.models import Snapshot
from carrears.portfolio.services import BookError
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import strategy_document

Rows = dict[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Base:
    """The run that a loan's case stands on."""

    as_of: date
    snapshot: Path
    strategy_id: int


def current_base() -> Base | None:
    """The newest finished run; None before the first."""
    run = (
        DayRun.objects.filter(state=RunState.DONE, snapshot__isnull=False, strategy__isnull=False)
        .select_related("snapshot")
        .order_by("-as_of", "-pk")
        .first()
    )
    if run is None or run.snapshot is None or run.strategy_id is None:
        return None
    return Base(run.as_of, Path(run.snapshot.folder), run.strategy_id)


def newest_snapshot() -> Path:
    """The folder of the snapshot of the newest day, run or not.

    Raises:
        BookError: the book is empty.
    """
    snapshot = Snapshot.objects.order_by("-as_of", "-revision").first()
    if snapshot is None:
        raise BookError("the book is empty: import a tape first (carrears book import PATH)")
    return Path(snapshot.folder)


def read_loans(snapshot: Path, loan_nos: Iterable[str]) -> Rows:
    """All rows of these loans; a number that the snapshot does not know has none."""
    wanted = sorted(set(loan_nos))
    numbers = read_loan_numbers(Path(settings.BOOK_DIR) / "registry.parquet")
    found = numbers.candidates(wanted)
    rows = _opened(snapshot).of(one for ids in found.values() for one in ids)
    rows = {name: layout.as_laid_out(name, table) for name, table in rows.items()}
    loans = rows["loans"]
    return rows | {"loans": loans.filter(pc.is_in(loans.column("loan_no"), pa.array(wanted)))}


def rows_of(rows: Rows, loan_nos: Collection[str]) -> Rows:
    """Those rows of ``rows`` that belong to these loans."""
    loans = rows["loans"]
    if set(loans.column("loan_no").to_pylist()) <= set(loan_nos):
        return rows
    wanted = loans.filter(pc.is_in(loans.column("loan_no"), pa.array(list(loan_nos), pa.string())))
    ids = wanted.column("loan_id").combine_chunks()
    return {
        name: table.filter(pc.is_in(table.column("loan_id"), ids)) for name, table in rows.items()
    }


@lru_cache(maxsize=4)
def _opened(snapshot: Path) -> LoanRows:
    tables = load_questions().tables.keys() & layout.TABLES.keys()
    return LoanRows(snapshot, tables=tables)


@lru_cache(maxsize=8)
def strategy_of(pk: int) -> Strategy:
    """A kept strategy, as one loan is decided by it."""
    return Strategy(*strategy_document(StrategyVersion.objects.get(pk=pk)))


def take_turns(loan_nos: Iterable[str]) -> None:
    """One writer a loan at a time, until the transaction ends: each sees what others left.

    Locks are taken in one order, so that two writers wait for each other and never in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(turn) from (select distinct"
            " hashtextextended('loan ' || loan_no, 0) as turn"
            " from unnest(%s::text[]) as wanted (loan_no) order by turn) as turns",
            [sorted(set(loan_nos))],
        )
