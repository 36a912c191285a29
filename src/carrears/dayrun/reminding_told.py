"""Reminders before the due date of loans of which something was told after a night's snapshot.

A night that comes to such a loan decides it anew, and an event that comes after the night has its
loan looked at once more: what it owes now may be due for a step whose day is today.
"""

# ruff: noqa: S608  names are constants

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
from django.db import connection

from carrears.casework.cadence_before import (
    ASKED_COLUMNS,
    choose_reminded,
    places_of_people,
    plan_reminded,
)
from carrears.casework.watching import open_watch_files
from carrears.dayrun.asked_before import DECIDED, SAID, asking, said_to_all, turns_of
from carrears.dayrun.asking import decide_loans, running_division
from carrears.dayrun.questions import load_questions
from carrears.dayrun.standing import find_loans, read_loans, strategy_of, stripe_of
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment
from carrears.portfolio.products import Products
from carrears.strategy.kept_cadences import kept_cadences

if TYPE_CHECKING:
    from carrears.dayrun.steps import Day

_KINDS = {"varchar": pa.string(), "bigint": pa.int64(), "date": pa.date32()}
_SCHEMA = pa.schema([(name, _KINDS[kind]) for name, kind in ASKED_COLUMNS.items()])
_SAID = ", ".join(f"c.decision ->> '{name}' as {name}" for name in SAID)
_LOAN = ", ".join(f"{'c' if name == 'strategy_id' else 'f'}.{name}" for name in DECIDED)
# The loans of the session that have not ended, as ``decide_loans`` left them.
_DECIDED = f"(select {_LOAN}, {_SAID} from facts f join chosen c using (loan_id))"


def remind_late(day: Day, late: Collection[str], *, stripe: int) -> int:
    """Decide those of these loans anew that are of this stripe, and plan their steps; how many.

    What is told of a day to come is for the night of that day.
    """
    found = find_loans(set(late) - _ahead(late, day.as_of)) if late else {}
    found = {n: ids for n, ids in found.items() if ids and stripe_of(ids[0]) == stripe}
    rows = read_loans(day.snapshot, found) if found else {}
    if not rows or not rows["loans"].num_rows:
        return 0
    assert day.run.strategy_id is not None  # noqa: S101  set when the run begins
    decide_loans(
        rows,
        as_of=day.as_of,
        products=day.products,
        strategy=strategy_of(day.run.strategy_id),
        questions=load_questions(),
        division=running_division(strategy_of, on=day.as_of),
    )
    return plan_told(as_of=day.as_of, version=day.run.strategy_id, products=day.products)


def _ahead(loan_nos: Collection[str], as_of: date) -> set[str]:
    """Those of these loans of which something was told that happened after this day."""
    payments = ReceivedPayment.objects.filter(loan_no__in=loan_nos, paid_on__gt=as_of)
    events = ReceivedEvent.objects.filter(loan_no__in=loan_nos, happened_on__gt=as_of)
    return {n for rows in (payments, events) for n in rows.values_list("loan_no", flat=True)}


def plan_told(*, as_of: date, version: int, products: Products) -> int:
    """Plan the steps of the loans that ``decide_loans`` has just left in the session; how many.

    ``version`` decided those that no arm of an experiment did.
    """
    kept = kept_cadences()
    if not any(map(said_to_all, (kept.house, *kept.own.values()))):
        return 0
    asked = _asked(as_of, version)
    if not asked.num_rows:
        return 0
    keys = ("product", "named", "due_on", "version")
    found: Iterable[tuple[str, str, date, int]] = set(
        zip(*(asked.column(name).to_pylist() for name in keys), strict=True)
    )
    places = places_of_people(asked.column("loan_no").to_pylist())
    due = list(turns_of(found, kept, products=products, as_of=as_of, places=places))
    if not due:
        return 0
    zones = {name: products[name].time_zone for name in {one["product"] for one in due}}
    open_watch_files(choose_reminded(asked, due=due, zones=zones))
    return plan_reminded(as_of=as_of)


def _asked(as_of: date, version: int) -> pa.Table:
    with connection.cursor() as cursor:
        cursor.execute(asking(_DECIDED, as_of=as_of, version=version))
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(_SCHEMA)
    return pa.table(
        [
            pa.array(list(column), field.type)
            for column, field in zip(columns, _SCHEMA, strict=True)
        ],
        schema=_SCHEMA,
    )
