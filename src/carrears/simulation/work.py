"""Two strategies on past days: facts once a day, both strategies over them, one table of each kind.

A result is JSON with the tables of ``TABLES``; money is in minor units of the row's currency,
``contender`` is 0 or 1, actions and minutes are those of one day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings

from carrears.calendars import load_calendars
from carrears.dayrun.columnar import book_engine
from carrears.portfolio.models import Snapshot
from carrears.portfolio.products import Products
from carrears.simulation.assumptions import Assumptions
from carrears.simulation.blocking import count_blocked, put_record
from carrears.simulation.contenders import Deciding
from carrears.simulation.deciding import (
    count_exposure,
    count_load,
    count_moves,
    decide_both,
    read_outcomes,
)
from carrears.simulation.messages import Rules, count_messages, put_steps
from carrears.simulation.recovery import History, expect, history_rows, learn
from carrears.simulation.sights import Sight, load_facts, newest_snapshot, reckoned_sights
from carrears.strategy.cadences import Cadences

# Each table of a result and what a row of it tells.
TABLES = {
    "days": "the days: where their facts are from, loans, loans behind",
    "moves": "loans and arrears by treatment before and after",
    "load": "loans, actions and minutes a day by queue and channel, and what they cost",
    "blocked": "contacts a day by what the conduct gate says to them",
    "messages": "messages of the cadences by step and channel, on the day and in 30 days",
    "recovery": "what is expected to be paid within the window, with its interval",
    "history": "the rates of the book's history that this rests on",
}
Row = dict[str, Any]
Progress = Callable[[int], None]


@dataclass(slots=True)
class _Work:
    """What has been counted so far."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {n: [] for n in TABLES})
    outcomes: list[pa.Table] = field(default_factory=list)
    exposures: list[tuple[str, int, list[Row]]] = field(default_factory=list)


def simulate(
    sights: Sequence[Sight],
    deciding: Deciding,
    *,
    products: Products,
    assumptions: Assumptions,
    progress: Progress = lambda _: None,
) -> dict[str, list[Row]]:
    """The tables of a result; ``progress`` is told how many days are done.

    Raises:
        FactsError: a strategy asks for a fact that the book does not have.
    """
    work, newest = _Work(), newest_snapshot()
    rules = Rules(products, load_calendars(Path(settings.CARREARS_HOME)))
    with reckoned_sights(sights, products) as reckoned:
        for number, sight in enumerate(sights):
            with book_engine(sight.snapshot) as engine:
                load_facts(engine, sight, products, reckoned)
                decide_both(engine, deciding.on(sight))
                cadences = deciding.cadences_on(sight)
                for place in (0, 1):
                    put_steps(
                        engine, place, as_of=sight.as_of, cadences=cadences[place], rules=rules
                    )
                _count(work, engine, sight, cadences, products=products, assumptions=assumptions)
                if (newest.as_of - sight.as_of).days >= assumptions.window_days:
                    work.outcomes.append(_outcomes(engine, sight, newest, assumptions))
            progress(number + 1)
    history = learn(work.outcomes, least_loans=assumptions.least_loans)
    _look_ahead(work, history)
    return work.tables


def _outcomes(
    engine: duckdb.DuckDBPyConnection, sight: Sight, newest: Snapshot, assumptions: Assumptions
) -> pa.Table:
    return read_outcomes(
        engine,
        as_of=sight.as_of,
        window_days=assumptions.window_days,
        payments=Path(newest.folder) / "payments.parquet",
        treatments=sight.folder / "decided.parquet" if sight.folder else None,
    )


def _count(
    work: _Work,
    engine: duckdb.DuckDBPyConnection,
    sight: Sight,
    cadences: Sequence[Cadences],
    *,
    products: Products,
    assumptions: Assumptions,
) -> None:
    day = {"as_of": sight.as_of.isoformat()}
    loans, behind = engine.execute(
        "select count(*), count(*) filter (where dpd > 0) from beside"
    ).fetchall()[0]
    work.tables["days"].append(day | {"source": sight.source, "loans": loans, "behind": behind})
    work.tables["moves"] += [day | row for row in count_moves(engine).to_pylist()]
    put_record(engine, as_of=sight.as_of, also=("said0", "said1"))
    for place in (0, 1):
        about = day | {"contender": place}
        for row in count_load(engine, place).to_pylist():
            work.tables["load"].append(about | row | _cost(row, assumptions))
        blocked = count_blocked(engine, place, as_of=sight.as_of, products=products)
        work.tables["blocked"] += [about | row for row in blocked]
        said = count_messages(
            engine, place, as_of=sight.as_of, cadences=cadences[place], products=products
        )
        work.tables["messages"] += [about | row for row in said]
        exposure = count_exposure(engine, place).to_pylist()
        work.exposures.append((sight.as_of.isoformat(), place, exposure))


def _cost(row: Row, assumptions: Assumptions) -> Row:
    """Minutes and cost of a day's actions; None where nothing is assumed."""
    minutes = assumptions.minutes(row["channel"])
    cost = assumptions.cost(row["channel"], row["currency"])
    return {
        "minutes": None if minutes is None else row["actions"] * minutes,
        "cost": None if cost is None else row["actions"] * cost,
        "capacity": assumptions.queues.get(row["queue"]),
    }


def _look_ahead(work: _Work, history: History) -> None:
    for as_of, place, exposure in work.exposures:
        about = {"as_of": as_of, "contender": place}
        work.tables["recovery"] += [about | row for row in expect(exposure, history)]
    work.tables["history"] = history_rows(history)
