"""What a book can be narrowed to: the values of its segments, the largest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb

MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """``values`` by segment with their loans, the largest first and at most ``MOST_VALUES``.

    ``since`` is the day of the oldest origination, None for a book without loans.
    """

    since: date | None
    values: Mapping[str, tuple[tuple[str, int], ...]]

    def is_whole(self, segment: str) -> bool:
        """Whether all the values of the segment are among them."""
        return len(self.values[segment]) < MOST_VALUES


@lru_cache(maxsize=8)
def segment_choices(lent: Path, segments: Sequence[str]) -> Choices:
    """The choices out of a file of ``segmented``; the file never changes."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as engine:
        rows = engine.read_parquet(str(lent))
        rows.create_view("lent")
        ((since,),) = engine.sql("select min(originated_on) from lent").fetchall()
        values = {name: _values(engine, name) for name in segments}
    return Choices(since, values)


def _values(engine: duckdb.DuckDBPyConnection, segment: str) -> tuple[tuple[str, int], ...]:
    column = duckdb.ColumnExpression(segment)
    counted = engine.view("lent").select(column.alias("value"))
    counted = counted.aggregate("value, count(*) as loans").order("loans desc, value")
    return tuple(counted.limit(MOST_VALUES).fetchall())
