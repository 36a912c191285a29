"""The months of a book as Parquet, each worked out once for what is known of it.

Every file is named by what went into it: the marks of the book on its days, the products'
terms, the buckets, the bands and the expressions themselves. A file that is there is right.
"""

# ruff: noqa: S608  names are the layout's own, paths are quoted, no value of a tape gets in

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq

from carrears.analytics.early import early_payments
from carrears.analytics.marks import day_marks
from carrears.analytics.moves import month_moves
from carrears.analytics.segments import segmented
from carrears.clock import month_ends
from carrears.dayrun.columnar import add_terms
from carrears.dayrun.questions import code_hash, load_questions
from carrears.dayrun.reckoning import stated
from carrears.delinquency.buckets import load_buckets
from carrears.delinquency.engine import compile_sql, ibis_table
from carrears.layout import TABLES
from carrears.portfolio.compact import open_engine, quoted, table_query
from carrears.portfolio.products import TERMS, Products

_KEPT = 2  # of each month: the newest, and the one that a reader may still have open
_STATE = {
    "loan_id": "int64",
    "bucket": "int32",
    "principal_outstanding": "int64",
    "arrears": "int64",
}


def whole_months(first: date, last: date) -> list[date]:
    """The last days of the months from that of ``first`` to that of ``last``."""
    return month_ends(first.replace(day=1), _end(last))


class Months:
    """The months of one book.

    ``book`` is a folder with the tables of ``carrears.layout``; ``cache`` is where the files
    are kept; ``ready`` may give, for a month-end, a state that is worked out already.
    """

    def __init__(
        self,
        book: Path,
        cache: Path,
        *,
        products: Products,
        ready: Callable[[date], Path | None] = lambda _: None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._book, self._cache, self._products = book, cache, products
        self._ready, self._progress = ready, progress

    def moves(self, first: date, last: date) -> list[Path]:
        """The files of ``month_moves`` from the month of ``first`` to that of ``last``.

        Each month is kept as soon as it is made, so that a stopped run goes on where it was.
        """
        if (known := self.kept(first, last)) is not None:
            return known
        days = whole_months(_before(first), last)
        lent = self.lent()
        with self._engine() as engine:
            marks = self._marks(engine, days)
            return [
                self._month(engine, before, after, marks=marks, lent=lent)
                for before, after in pairwise(days)
            ]

    def kept(self, first: date, last: date) -> list[Path] | None:
        """The same files where none of them has to be made, else None."""
        paths = self._files(first, last)
        return paths if paths is not None and all(path.is_file() for path in paths) else None

    def count_kept(self, first: date, last: date) -> int:
        """How many of those files are there already."""
        return sum(path.is_file() for path in self._files(first, last) or ())

    def _files(self, first: date, last: date) -> list[Path] | None:
        """Where the months are or will be; None while the book is not marked yet."""
        days = whole_months(_before(first), last)
        folder = self._marks_folder()
        if not all((folder / day.isoformat()).is_file() for day in days):
            return None
        marks = {day: (folder / day.isoformat()).read_text() for day in days}
        return [self._moves_file(*pair, marks=marks) for pair in pairwise(days)]

    @property
    def loans(self) -> int:
        """How many loans the book has."""
        return int(pq.read_metadata(self._book / "loans.parquet").num_rows)

    def lent(self) -> Path:
        """The file of ``segmented``: every loan with its segments."""
        out = self._lent_file()
        if not out.is_file():
            with self._engine() as engine:
                _write(engine, f"{_lent_sql()} order by loan_id", out)
        return out

    @property
    def has_lent(self) -> bool:
        """Whether that file is there already."""
        return self._lent_file().is_file()

    def _lent_file(self) -> Path:
        return self._cache / "loans" / f"{self._key('lent', _lent_sql())}.parquet"

    def early(self, *, days: int) -> Path:
        """The file of ``early_payments``, judged ``days`` days after each due date."""
        out = self._early_file(days)
        if not out.is_file():
            self._progress("first payments")
            with self._engine() as engine:
                _write(engine, f"{_early_sql(days)} order by loan_id", out)
        return out

    def has_early(self, *, days: int) -> bool:
        """Whether that file is there already."""
        return self._early_file(days).is_file()

    def _early_file(self, days: int) -> Path:
        key = self._key("early", _early_sql(days), self._products.as_text)
        return self._cache / "early" / f"{days}-{key}.parquet"

    def _month(
        self,
        engine: duckdb.DuckDBPyConnection,
        before: date,
        after: date,
        *,
        marks: Mapping[date, str],
        lent: Path,
    ) -> Path:
        out = self._moves_file(before, after, marks=marks)
        if out.is_file():
            return out
        states = [self._state(engine, day, marks[day]) for day in (before, after)]
        self._progress(f"{after:%Y-%m}")
        for name, path in (("before", states[0]), ("after", states[1]), ("lent", lent)):
            _view(engine, name, path)
        dated = _moves_sql().replace(_OPEN_DAY, f"DATE '{after.isoformat()}'")
        _write(engine, f"from ({dated}) order by loan_id", out)
        return out

    def _moves_file(self, before: date, after: date, *, marks: Mapping[date, str]) -> Path:
        # Segments of the loans that are in the month follow from the facts that are marked.
        parts = (marks[before], marks[after], *self._rules(), _lent_sql(), _moves_sql())
        return self._cache / f"{after:%Y-%m}" / f"moves-{_digest(*parts)}.parquet"

    def _state(self, engine: duckdb.DuckDBPyConnection, day: date, mark: str) -> Path:
        """The file of ``delinquency`` on ``day``, what the moves need of it."""
        out = self._cache / f"{day:%Y-%m}" / f"state-{_digest(mark, *self._rules())}.parquet"
        if out.is_file():
            return out
        columns = ", ".join(_STATE)
        if (known := self._ready(day)) is not None:
            query = f"select {columns} from read_parquet({quoted(known)})"
            _write(engine, f"{query} order by loan_id", out)
            return out
        self._progress(f"{day}")
        questions = load_questions().of_book(day)
        with stated(
            engine, self._book, questions=questions, products=self._products, as_of=day
        ) as query:
            _write(engine, f"select {columns} from ({query}) order by loan_id", out)
        return out

    def _rules(self) -> tuple[str, ...]:
        """What besides the book a state follows from."""
        questions = load_questions().of_book(date.max)
        rules = self._products.as_text, load_buckets().model_dump_json()
        return *rules, questions.state, code_hash()

    def _marks(self, engine: duckdb.DuckDBPyConnection, days: Sequence[date]) -> dict[date, str]:
        """The marks of ``days``; kept by the book, whose files never change."""
        folder = self._marks_folder()
        wanted = [day for day in days if not (folder / day.isoformat()).is_file()]
        if wanted:
            folder.mkdir(parents=True, exist_ok=True)
            for day, mark in day_marks(engine, wanted).items():
                fresh = folder / f".{day}-{os.getpid()}"
                fresh.write_text(mark)
                fresh.replace(folder / day.isoformat())
        return {day: (folder / day.isoformat()).read_text() for day in days}

    def _marks_folder(self) -> Path:
        return self._cache / "marks" / self._key("marks")

    def _key(self, *parts: str) -> str:
        """Of the book's files as they are."""
        stats = [(self._book / f"{name}.parquet").stat() for name in sorted(TABLES)]
        files = [f"{one.st_size} {one.st_mtime_ns}" for one in stats]
        return _digest(str(self._book), *files, *parts)

    @contextmanager
    def _engine(self) -> Iterator[duckdb.DuckDBPyConnection]:
        engine = open_engine(self._cache / "scratch")
        engine.execute("set preserve_insertion_order = false")  # every result is sorted anew
        try:
            for name in TABLES:
                query = table_query(name, self._book / f"{name}.parquet")
                engine.execute(f"create or replace view {name} as {query}")
            add_terms(engine, self._products)
            yield engine
        finally:
            engine.close()


@ibis.udf.scalar.builtin(name="asked_month_end")  # type: ignore[untyped-decorator]
def _asked_month_end() -> date:  # type: ignore[empty-body]
    """The month-end asked for, put in when the SQL is run."""


_OPEN_DAY = "ASKED_MONTH_END()"


@cache
def _moves_sql() -> str:
    state = ibis.schema(_STATE)
    before, after = (ibis.table(state, name=name) for name in ("before", "after"))
    lent = ibis.table(segmented(_table("loans")).schema(), name="lent")
    return compile_sql(month_moves(before, after, lent, month_end=_asked_month_end()))


@cache
def _lent_sql() -> str:
    return f"from ({compile_sql(segmented(_table('loans')))})"


@cache
def _early_sql(days: int) -> str:
    names = ("loans", "instalments", "payments", "terms")
    return f"from ({compile_sql(early_payments(*(_table(n) for n in names), days=days))})"


def _table(name: str) -> ir.Table:
    return ibis_table(name, TABLES.get(name, TERMS))


def _end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _before(day: date) -> date:
    return day.replace(day=1) - timedelta(days=1)


def _view(engine: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    engine.execute(f"create or replace view {name} as from read_parquet({quoted(path)})")


def _write(engine: duckdb.DuckDBPyConnection, query: str, out: Path) -> None:
    """Write a query's rows; the file appears whole. Of its kind only the newest stay."""
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(f".{out.name}-{uuid.uuid4().hex}")
    try:
        engine.execute(f"copy ({query}) to {quoted(fresh)} (format parquet)")
        fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)
    kind = out.name.partition("-")[0] if "-" in out.name else ""
    same = sorted(
        out.parent.glob(f"{kind}*.parquet"), key=lambda path: path.stat().st_mtime_ns, reverse=True
    )
    for path in same[_KEPT:]:
        path.unlink(missing_ok=True)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
