"""Figures of whole books, from the Parquet files that day runs leave.

A run's files do not change, so a figure is worked out once a process and then kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from carrears.dayrun.models import DayRun
from carrears.delinquency.roll import cure_rates, roll_rates

_KEPT = 512
_STATE = {
    "loan_id": "int64",
    "currency": "string",
    "bucket": "int32",
    "principal_outstanding": "int64",
}


@dataclass(frozen=True, slots=True)
class Keep:
    """Which loans count: those whose segments have these values, by the file that says so.

    ``bucket``: that in which they are, of a figure over days that in which they were before.
    ``loans``: of these alone, those that somebody works.
    """

    lent: str
    values: tuple[tuple[str, str], ...] = ()
    bucket: int | None = None
    loans: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class BucketFigures:
    """One bucket of one currency; amounts in minor units."""

    bucket: int
    loans: int
    balance: int
    arrears: int


@dataclass(frozen=True, slots=True)
class BookFigures:
    """A book on a day. Where it holds several currencies, the one with most loans."""

    currency: str
    buckets: tuple[BucketFigures, ...]

    @property
    def loans(self) -> int:
        """All open loans."""
        return sum(one.loans for one in self.buckets)

    @property
    def balance(self) -> int:
        """Principal outstanding."""
        return sum(one.balance for one in self.buckets)

    @property
    def arrears(self) -> int:
        """All that is due and unpaid."""
        return sum(one.arrears for one in self.buckets)

    @property
    def behind(self) -> int:
        """Loans past due."""
        return sum(one.loans for one in self.buckets if one.bucket)

    def share_from(self, bucket: int) -> float | None:
        """The share of the balance that is in ``bucket`` or a later one."""
        late = sum(one.balance for one in self.buckets if one.bucket >= bucket)
        return late / self.balance if self.balance else None


@dataclass(frozen=True, slots=True)
class Move:
    """Loans that went from a bucket to another between two days; None left the book."""

    source: int
    target: int | None
    loans: int
    balance_before: int
    balance_after: int
    balance_rate: float | None


@dataclass(frozen=True, slots=True)
class Cures:
    """What became of the loans that were behind."""

    behind: int
    cured: int
    left: int
    rate: float


@dataclass(frozen=True, slots=True)
class Moves:
    """Where loans went between two days."""

    moves: tuple[Move, ...]
    cures: Cures | None


def book_figures(run: DayRun, *, keep: Keep | None = None) -> BookFigures | None:
    """The book on the run's day; None where the run has left no state or no loan is kept."""
    place = _place(run)
    return _figures(*place, keep) if place else None


def moves_between(
    before: DayRun, after: DayRun, *, currency: str, keep: Keep | None = None
) -> Moves | None:
    """Roll rates and cures between two runs' days; None where either has left no state.

    Of loans that somebody works what was not behind before is left out: nobody worked it then.
    """
    earlier, later = _place(before), _place(after)
    return _moves(*earlier, *later, currency, keep) if earlier and later else None


def _place(run: DayRun) -> tuple[str, int] | None:
    """The file and its stamp: a run made again after a crash writes the file anew."""
    path = Path(run.folder) / "state.parquet"
    return (str(path), path.stat().st_mtime_ns) if run.folder and path.is_file() else None


@contextmanager
def _engine() -> Iterator[duckdb.DuckDBPyConnection]:
    engine = duckdb.connect(config={"threads": 2, "memory_limit": "512MB"})
    try:
        yield engine
    finally:
        engine.close()


def _view(
    engine: duckdb.DuckDBPyConnection,
    name: str,
    path: str,
    keep: Keep | None,
    *,
    bucket: int | None = None,
) -> None:
    """The state's rows of the loans that are kept, of one bucket or of all."""
    rows = engine.read_parquet(path)
    if bucket is not None:
        wanted = duckdb.ConstantExpression(bucket)
        rows = rows.filter(duckdb.ColumnExpression("bucket") == wanted)
    if keep is not None:
        rows = rows.join(lent_of(engine, keep).select("loan_id"), "loan_id", how="semi")
    rows.create_view(name)


def lent_of(engine: duckdb.DuckDBPyConnection, keep: Keep) -> duckdb.DuckDBPyRelation:
    """The loans that are kept."""
    lent = engine.read_parquet(keep.lent)
    for segment, value in keep.values:
        wanted = duckdb.ConstantExpression(value)
        lent = lent.filter(duckdb.ColumnExpression(segment) == wanted)
    if keep.loans is not None:
        worked = pa.table({"loan_id": pa.array(keep.loans, pa.int64())})
        lent = lent.join(engine.from_arrow(worked), "loan_id", how="semi")
    return lent


@lru_cache(maxsize=_KEPT)
def _figures(path: str, _stamp: int, keep: Keep | None) -> BookFigures | None:
    with _engine() as engine:
        _view(engine, "state", path, keep, bucket=keep.bucket if keep else None)
        rows = engine.execute(
            """
            select currency, bucket, count(*), sum(principal_outstanding)::bigint,
                   sum(arrears)::bigint
            from state group by all order by 1, 2
            """
        ).fetchall()
    by_currency: dict[str, list[BucketFigures]] = {}
    for currency, *figures in rows:
        by_currency.setdefault(currency, []).append(BucketFigures(*figures))
    if not by_currency:
        return None
    currency = max(by_currency, key=lambda name: sum(one.loans for one in by_currency[name]))
    return BookFigures(currency, tuple(by_currency[currency]))


@lru_cache(maxsize=_KEPT)
def _moves(
    before: str, _before: int, after: str, _after: int, currency: str, keep: Keep | None
) -> Moves:
    rolls, cures = _statements()
    least = 1 if keep is not None and keep.loans is not None else 0
    with _engine() as engine:
        _view(engine, "earlier", before, keep, bucket=keep.bucket if keep else None)
        _view(engine, "later", after, keep)
        rows = engine.sql(rolls).to_arrow_table().to_pylist()
        cured = engine.sql(cures).to_arrow_table().to_pylist()
    return Moves(
        moves=tuple(
            _move(row)
            for row in rows
            if row["currency"] == currency and row["from_bucket"] >= least
        ),
        cures=next((_cures(row) for row in cured if row["currency"] == currency), None),
    )


@cache
def _statements() -> tuple[str, str]:
    """Roll and cure rates as SQL over ``earlier`` and ``later``; turning them takes a while."""
    earlier, later = (ibis.table(_STATE, name=name) for name in ("earlier", "later"))
    statements = roll_rates(earlier, later), cure_rates(earlier, later)
    rolls, cures = (str(ibis.to_sql(one, dialect="duckdb")) for one in statements)
    return rolls, cures


def _move(row: dict[str, Any]) -> Move:
    return Move(
        source=row["from_bucket"],
        target=row["to_bucket"],
        loans=row["loans"],
        balance_before=row["balance_before"],
        balance_after=row["balance_after"],
        balance_rate=row["balance_rate"],
    )


def _cures(row: dict[str, Any]) -> Cures:
    behind, cured, left = (int(row[name]) for name in ("behind", "cured", "left"))
    return Cures(behind=behind, cured=cured, left=left, rate=row["cure_rate"])
