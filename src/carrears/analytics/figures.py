"""Every figure by its name: a question about some months, and the table that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeAlias

import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from carrears.analytics.concentration import concentration
from carrears.analytics.early import early_defaults
from carrears.analytics.months import Months, whole_months
from carrears.analytics.rates import (
    average_rolls,
    monthly_cures,
    monthly_flows,
    monthly_rolls,
    monthly_stock,
    redefaults,
)
from carrears.analytics.segments import SEGMENTS
from carrears.analytics.vintage import COHORTS, vintage
from carrears.delinquency.buckets import load_buckets
from carrears.delinquency.engine import compile_sql, ibis_table, schema_of

MOST_MONTHS: Final = 120
MOST_WITHIN: Final = 24


_Files: TypeAlias = tuple[tuple[str, tuple[Path, ...]], ...]
_Where: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class QuestionError(ValueError):
    """A question that cannot be asked; names the choice and what may be chosen."""

    def __init__(self, choice: str, reason: str) -> None:
        super().__init__(f"{choice}: {reason}")
        self.choice, self.reason = choice, reason


class Figure(StrEnum):
    """What can be asked."""

    ROLL = "roll"
    ROLL_AVERAGE = "roll-average"
    FLOW = "flow"
    CURE = "cure"
    REDEFAULT = "redefault"
    VINTAGE = "vintage"
    FIRST_PAYMENT = "first-payment"
    CONCENTRATION = "concentration"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class Question:
    """A figure over the months from that of ``first`` to that of ``last``.

    ``by`` cuts into segments, ``where`` keeps only loans whose segment is one of the values
    given. ``cohort`` is what vintage follows, ``segment`` and ``top`` what concentration ranks,
    ``within`` the months of re-default, ``days`` after which a first payment is judged.

    Raises:
        QuestionError: an unknown segment, a range that is empty or above 120 months, or
            another choice out of its range.
    """

    figure: Figure
    first: date
    last: date
    by: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cohort: str = "cohort_month"
    segment: str = "region"
    top: int | None = None
    within: int = 3
    days: int = 30

    def __post_init__(self) -> None:
        for choice, names in (("by", self.by), ("where", self.where), ("segment", [self.segment])):
            for name in names:
                if name not in SEGMENTS:
                    raise QuestionError(
                        choice, f"{name!r} is no segment; there are {', '.join(SEGMENTS)}"
                    )
        if len(set(self.by)) != len(self.by):
            raise QuestionError("by", "each segment once")
        if not 1 <= len(whole_months(self.first, self.last)) <= MOST_MONTHS:
            raise QuestionError("from, to", f"from 1 to {MOST_MONTHS} months, the earlier first")
        if self.cohort not in COHORTS:
            raise QuestionError("cohort", f"one of {', '.join(COHORTS)}")
        if not 1 <= self.within <= MOST_WITHIN:
            raise QuestionError("within", f"from 1 to {MOST_WITHIN} months")
        if not 0 <= self.days <= 365:  # noqa: PLR2004  a year
            raise QuestionError("days", "from 0 to 365 days")
        if self.top is not None and self.top < 1:
            raise QuestionError("top", "1 or more")


def answer(question: Question, months: Months) -> pa.Table:
    """The figure's rows; docs/kpi.md tells each one's columns."""
    last = whole_months(question.last, question.last)[0]
    sources = _sources(question, months)
    files = tuple((name, tuple(paths)) for name, paths in sources.items())
    where = tuple(sorted(question.where.items()))
    return _answer(_shape(question, last), files, where)


@lru_cache(maxsize=256)
def _answer(shape: _Shape, files: _Files, where: _Where) -> pa.Table:
    """The files never change, so an answer out of them does not either."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as engine:
        engine.execute("set preserve_insertion_order = false")
        for name, paths in files:
            _view(engine, name, paths, where)
        schemas = tuple((name, schema_of(paths[0])) for name, paths in files)
        return engine.sql(_sql(shape, schemas)).to_arrow_table()


def _sources(question: Question, months: Months) -> dict[str, list[Path]]:
    """The files that the figure reads."""
    if question.figure is Figure.FIRST_PAYMENT:
        return {"lent": [months.lent()], "early": [months.early(days=question.days)]}
    sources = {"moves": months.moves(question.first, question.last)}
    if question.figure is Figure.VINTAGE:
        sources["lent"] = [months.lent()]
    return sources


def _view(
    engine: duckdb.DuckDBPyConnection,
    name: str,
    paths: Sequence[Path],
    where: _Where,
) -> None:
    rows = engine.read_parquet([str(path) for path in paths])
    if name != "early":
        for segment, values in where:
            wanted = [duckdb.ConstantExpression(value) for value in values]
            rows = rows.filter(duckdb.ColumnExpression(segment).isin(*wanted))
    rows.create_view(name)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a question its SQL follows from: not the loans that are kept."""

    figure: Figure
    by: tuple[str, ...]
    first: date
    last: date
    cohort: str
    segment: str
    top: int | None
    within: int


def _shape(question: Question, last: date) -> _Shape:
    dated = question.figure in (Figure.VINTAGE, Figure.FIRST_PAYMENT, Figure.REDEFAULT)
    return _Shape(
        question.figure,
        question.by,
        question.first.replace(day=1) if dated else date.min,
        last if dated else date.min,
        question.cohort,
        question.segment,
        question.top,
        question.within,
    )


@lru_cache(maxsize=256)
def _sql(shape: _Shape, schemas: tuple[tuple[str, pa.Schema], ...]) -> str:
    """Turning an expression takes longer than most answers, so it is kept."""
    tables = {name: ibis_table(name, schema) for name, schema in schemas}
    return compile_sql(_EXPRESSIONS[shape.figure](shape, tables))


def _vintage(shape: _Shape, tables: Mapping[str, ir.Table]) -> ir.Table:
    return vintage(
        tables["moves"],
        tables["lent"],
        cohort=shape.cohort,
        by=shape.by,
        first=shape.first,
        last=shape.last,
    )


def _flow(shape: _Shape, tables: Mapping[str, ir.Table]) -> ir.Table:
    worst = len(load_buckets().names) - 1
    return monthly_flows(tables["moves"], by=shape.by, worst=worst)


def _redefault(shape: _Shape, tables: Mapping[str, ir.Table]) -> ir.Table:
    return redefaults(tables["moves"], by=shape.by, last=shape.last, within=shape.within)


def _early(shape: _Shape, tables: Mapping[str, ir.Table]) -> ir.Table:
    return early_defaults(
        tables["early"], tables["lent"], by=shape.by, first=shape.first, last=shape.last
    )


_Expression = Callable[[_Shape, Mapping[str, ir.Table]], ir.Table]
_EXPRESSIONS: Mapping[Figure, _Expression] = {
    Figure.ROLL: lambda shape, tables: monthly_rolls(tables["moves"], by=shape.by),
    Figure.ROLL_AVERAGE: lambda shape, tables: average_rolls(tables["moves"], by=shape.by),
    Figure.FLOW: _flow,
    Figure.CURE: lambda shape, tables: monthly_cures(tables["moves"], by=shape.by),
    Figure.REDEFAULT: _redefault,
    Figure.VINTAGE: _vintage,
    Figure.FIRST_PAYMENT: _early,
    Figure.CONCENTRATION: lambda shape, tables: concentration(
        tables["moves"], segment=shape.segment, top=shape.top
    ),
    Figure.STOCK: lambda shape, tables: monthly_stock(tables["moves"], by=shape.by),
}
