"""Reminders before the due date for every loan that is not behind, as the strategy's cadences say.

The book is asked twice, whatever its size: which due dates there are among such loans, and, once
the cadences have said which of those have a step today, for the loans of these. They are planned
stripe by stripe, so that a killed run goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from carrears.calendars import load_calendars
from carrears.casework.cadence_before import choose_reminded, plan_reminded
from carrears.database.session import weigh_table
from carrears.dayrun.asked_before import DECIDED, SAID, asking, said_to_all, turns_of
from carrears.dayrun.moving import each_stripe, last_loan, slice_rows
from carrears.dayrun.reminding_told import remind_late
from carrears.dayrun.standing import stripe_bounds
from carrears.dayrun.watching import ensure_files, told_since
from carrears.parties.queries import zones_on_record
from carrears.portfolio.compact import open_engine, quoted
from carrears.strategy.kept_cadences import KeptCadences, kept_cadences
from carrears.warning.answering import cancel_leftovers

if TYPE_CHECKING:
    from carrears.dayrun.steps import Day

STEP = "reminders_all"
_PLANNED = "reminders_to_all"  # the counter


def remind_all(day: Day) -> dict[str, Any]:
    """Plan the steps before the due date that the cadences have said to all; see ``STEP``."""
    kept, versions = kept_cadences(), _versions(day)
    reminds = any(said_to_all(kept.of(number)) for number in versions)
    with asked_for(day.folder / "decided.parquet", as_of=day.as_of, version=versions[0]) as engine:
        _cancel_paid(day, engine)
        due = _due_in_book(day, engine, kept) if reminds else []
        asked = select_asked(engine, due)
    if not reminds or not (asked.num_rows or told_since(day)):
        return {_PLANNED: 0}
    names = sorted(set(asked.column("product").to_pylist()))
    zones = {name: day.products[name].time_zone for name in names}
    work = partial(_remind_stripe, day, asked, due, zones)
    sums = each_stripe(day.run, STEP, last_loan(day.snapshot), work)
    # Their files outnumber the cases now: the planner would go on as if there were none.
    weigh_table("casework_case", "state", "loan_no")
    weigh_table("casework_plannedaction", "state", "as_of", "case_id", "channel")
    return {_PLANNED: sums.get(_PLANNED, 0)}


def _versions(day: Day) -> list[int]:
    """The versions that decide loans of this day, the strategy's own first."""
    assert day.run.strategy_id is not None  # noqa: S101  set when the run begins
    return [day.run.strategy_id, *(day.split.strategies if day.split else ())]


@contextmanager
def asked_for(decided: Path, *, as_of: date, version: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with ``asked``: what those of the book who are not behind may be reminded of.

    Columns as ``ASKED_COLUMNS``. ``version`` decided the loans that no arm of an experiment did.
    """
    engine = open_engine(Path(settings.BOOK_DIR) / "scratch")
    try:
        engine.execute(f"create view decisions as from read_parquet({quoted(decided)})")
        known = {row[0] for row in engine.execute("describe decisions").fetchall()}
        said = ", ".join(
            f"{name}::varchar as {name}" if name in known else f"null::varchar as {name}"
            for name in SAID
        )
        source = f"(select {', '.join(DECIDED)}, {said} from decisions)"  # noqa: S608  constants
        query = asking(source, as_of=as_of, version=version)
        engine.execute(f"create view asked as {query}")
        yield engine
    finally:
        engine.close()


def _due_in_book(
    day: Day, engine: duckdb.DuckDBPyConnection, kept: KeptCadences
) -> list[dict[str, Any]]:
    """The steps whose turn it is, for each due date of the book and each place of its people."""
    found = engine.execute("select distinct product, named, due_on, version from asked").fetchall()
    people = zones_on_record()
    return list(turns_of(found, kept, products=day.products, as_of=day.as_of, places=people))


def select_asked(engine: duckdb.DuckDBPyConnection, due: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The rows of ``asked`` for which one of these steps is due somewhere, by ``loan_id``."""
    keys = {
        (one["product"], one["named"], date.fromisoformat(one["due_on"]), one["version"])
        for one in due
    }
    columns = list(zip(*sorted(keys), strict=True)) or [(), (), (), ()]
    kinds = (pa.string(), pa.string(), pa.date32(), pa.int64())
    names = ("product", "named", "due_on", "version")
    given = {n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)}
    engine.register("turns", pa.table(given))
    query = "from asked semi join turns using (product, named, due_on, version) order by loan_id"
    return engine.sql(query).to_arrow_table()


def _cancel_paid(day: Day, engine: duckdb.DuckDBPyConnection) -> None:
    """Cancel what an earlier night planned, has not left, and nobody asks for any more."""

    def still_asked(loan_ids: Sequence[int]) -> list[tuple[str, str, date]]:
        engine.register("left_over", pa.table({"loan_id": pa.array(loan_ids, pa.int64())}))
        query = "select loan_no, product, due_on from asked semi join left_over using (loan_id)"
        return engine.execute(query).fetchall()

    calendars = load_calendars(Path(settings.CARREARS_HOME))
    cancel_leftovers(
        still_asked,
        as_of=day.as_of,
        products=day.products,
        calendars=calendars,
        skip=told_since(day),
    )


def _remind_stripe(
    day: Day,
    asked: pa.Table,
    due: Sequence[Mapping[str, Any]],
    zones: Mapping[str, str],
    stripe: int,
) -> dict[str, int]:
    """Plan the reminders of one stripe's loans. The caller has the stripe.

    Those of which something was told since the snapshot are decided anew on all that is known.
    """
    bounds, late = stripe_bounds(stripe), told_since(day)
    rows = slice_rows(asked, bounds)
    if late and rows.num_rows:
        known = pc.is_in(rows.column("loan_no"), pa.array(late, pa.string()))
        rows = rows.filter(pc.invert(known))
    planned = 0
    if rows.num_rows:
        lacking = choose_reminded(rows, due=due, zones=zones)
        ensure_files(day, lacking, within=bounds)
        planned = plan_reminded(as_of=day.as_of)
    return {_PLANNED: planned + remind_late(day, late, stripe=stripe)}
