"""A past day of the book: what was known of it then where it was run, else what is known now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
from django.conf import settings

from carrears.casework.facts import CASE_FACTS
from carrears.clock import month_ends as ends_of_months
from carrears.dayrun.facts import debtor_totals, make_facts
from carrears.dayrun.models import DayRun, RunState
from carrears.dayrun.questions import load_questions
from carrears.dayrun.reckoning import reckon_book, stated
from carrears.delinquency.ledger.habits import HABITS
from carrears.portfolio.compact import quoted, table_query
from carrears.portfolio.models import Snapshot
from carrears.portfolio.products import Products
from carrears.portfolio.services import BookError
from carrears.strategy.reasons import say

MOST_DAYS = 36
Reckoned = Mapping[date, Path]


@dataclass(frozen=True, slots=True)
class Sight:
    """A day, its snapshot, and the folder and strategy of the day run that saw it, if one did."""

    as_of: date
    snapshot: Path
    folder: Path | None = None
    strategy_id: int | None = None

    @property
    def source(self) -> str:
        """``day run`` where the facts are those of that night, else ``book``."""
        return "day run" if self.folder else "book"


def find_sights(days: Sequence[date]) -> list[Sight]:
    """The days in order.

    Where a day was run, its snapshot, scores and what was then known of cases; else the newest
    snapshot as it sees that day, without cases.

    Raises:
        BookError: no snapshot, a day after the newest or before the first loan, no day or more
            than 36.
    """
    newest = newest_snapshot()
    wanted = sorted(set(days))
    if not 1 <= len(wanted) <= MOST_DAYS:
        raise BookError(say("from 1 to {most} days can be simulated at once", most=MOST_DAYS))
    if wanted[-1] > newest.as_of:
        raise BookError(
            say(
                "{day} lies after the newest snapshot, {newest}",
                day=wanted[-1],
                newest=newest.as_of,
            )
        )
    begins = book_begins(newest)
    if begins is None or wanted[0] < begins:
        raise BookError(
            say(
                "the book does not reach back to {day}: its first loan is of {begins}",
                day=wanted[0],
                begins=begins or "–",
            )
        )
    return [_sight(day, newest) for day in wanted]


def newest_snapshot() -> Snapshot:
    """The snapshot that knows most.

    Raises:
        BookError: there is none.
    """
    newest = Snapshot.objects.order_by("-as_of", "-revision").first()
    if newest is None:
        raise BookError("there is no snapshot: run a day first (carrears day --as-of DATE)")
    return newest


def book_begins(newest: Snapshot) -> date | None:
    """The day of the book's first loan; None where there is no loan."""
    return _first_loan(Path(newest.folder))


@lru_cache(maxsize=8)
def _first_loan(folder: Path) -> date | None:
    """Out of a snapshot, which never changes."""
    with duckdb.connect(config={"threads": 1}) as engine:
        loans = table_query("loans", folder / "loans.parquet")
        found = engine.execute(f"select min(originated_on) from ({loans})").fetchone()  # noqa: S608  a query of this code
    first: date | None = found[0] if found else None
    return first


def days_between(first: date, last: date) -> list[date]:
    """The one day, or the last days of the months from ``first`` to ``last``.

    The newest snapshot's day stands for the rest of its month.

    Raises:
        BookError: there is no snapshot, the last day comes first, no month ends between them.
    """
    if first == last:
        return [first]
    if first > last:
        raise BookError(say("{first} lies after {last}", first=first, last=last))
    newest = newest_snapshot().as_of
    days = ends_of_months(first, last)
    if last == newest and last not in days:
        days.append(last)
    if not days:
        raise BookError(say("no month ends from {first} to {last}", first=first, last=last))
    return days


def month_ends(number: int) -> list[date]:
    """The last days of so many months, the newest snapshot's day standing for its own month.

    Raises:
        BookError: there is no snapshot, or a number outside 1 … 36.
    """
    if not 1 <= number <= MOST_DAYS:
        raise BookError(say("from 1 to {most} months can be simulated at once", most=MOST_DAYS))
    days: list[date] = [newest_snapshot().as_of]
    while len(days) < number:
        days.append(days[-1].replace(day=1) - timedelta(days=1))
    return days[::-1]


def _sight(day: date, newest: Snapshot) -> Sight:
    runs = DayRun.objects.filter(as_of=day, state=RunState.DONE).select_related("snapshot")
    for run in runs.order_by("-pk"):
        folder = Path(run.folder)
        files = [folder / f"{name}.parquet" for name in ("scored", "decided")]
        if run.snapshot and all(file.is_file() for file in files):
            return Sight(day, Path(run.snapshot.folder), folder, run.strategy_id)
    return Sight(day, Path(newest.folder))


@contextmanager
def reckoned_sights(sights: Sequence[Sight], products: Products) -> Iterator[Reckoned]:
    """What the ledger says of the days that no run saw: a file each, while the context is open.

    Each book is read and replayed once for all its days.
    """
    folder = Path(settings.BOOK_DIR) / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix="reckoned-") as kept:
        found: dict[date, Path] = {}
        asked = [sight for sight in sights if not sight.folder]
        for book in {sight.snapshot for sight in asked}:
            days = [sight.as_of for sight in asked if sight.snapshot == book]
            outs = {day: Path(kept) / f"{day}.arrow" for day in days}
            reckon_book(book, outs, products=products)
            found |= outs
        yield found


def load_facts(
    engine: duckdb.DuckDBPyConnection, sight: Sight, products: Products, reckoned: Reckoned
) -> None:
    """Make the table ``facts`` of a day over the tables of its snapshot, as a day run does."""
    questions = load_questions().of_book(sight.as_of)
    if sight.folder:
        scored = sight.folder / "scored.parquet"
        engine.execute(f"create view scored as from read_parquet({quoted(scored)})")
        cases = _cases_then(engine, sight.folder / "decided.parquet")
    else:
        with stated(
            engine,
            sight.snapshot,
            questions=questions,
            products=products,
            as_of=sight.as_of,
            reckoned=reckoned[sight.as_of],
        ) as query:
            unasked = ", ".join(HABITS)  # no score asks for them
            kept = f"select * exclude ({unasked}) from ({query})"  # noqa: S608  a query of this code
            engine.execute(f"create temp table state as {kept}")
        engine.execute(f"create temp table scored as {questions.score}")
        cases = CASE_FACTS.empty_table()
    make_facts(
        engine,
        question=questions.facts,
        cases=cases,
        debtors=debtor_totals(engine, "scored"),
        products=products,
    )


def _cases_then(engine: duckdb.DuckDBPyConnection, decided: Path) -> pa.Table:
    """What that night knew of cases; loans without any of it take the defaults again.

    A night that was decided before a fact was known has none of it.
    """
    found = engine.execute(f"describe select * from read_parquet({quoted(decided)})").fetchall()  # noqa: S608  the path is quoted
    known = {row[0] for row in found}
    columns = [_column_then(name, kind, known=known) for name, kind in _TOLD.items()]
    some = " or ".join(_is_some(name, kind) for name, kind in _TOLD.items() if name in known)
    query = (
        f"select loan_no, {', '.join(columns)} from read_parquet({quoted(decided)}) where {some}"  # noqa: S608  names of this code, the path is quoted
    )
    return engine.sql(query).to_arrow_table().cast(CASE_FACTS)


_TOLD = {field.name: field.type for field in CASE_FACTS if field.name != "loan_no"}


def _column_then(name: str, kind: pa.DataType, *, known: set[str]) -> str:
    if name in known:
        return name
    return f"{'null' if pa.types.is_string(kind) else '0'} as {name}"


def _is_some(name: str, kind: pa.DataType) -> str:
    if pa.types.is_string(kind):
        return f"{name} is not null"
    return f"coalesce({name}::integer, 0) <> 0"
