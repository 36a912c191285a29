"""The messages of a strategy's cadences: which steps would be said, and what would stop them.

On the day itself as its night would plan them, but for what it would make up for; and within the
days ahead, where nothing is paid meanwhile and the treatment stays. What the early warning asks for
is no part of a strategy and is not counted.
"""

# ruff: noqa: S608  names are constants of this module

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from carrears.calendars import Calendars
from carrears.casework.reach import texts_arrive
from carrears.outreach.messages import OutreachError, find_template
from carrears.portfolio.products import Products
from carrears.simulation.blocking import MEMORY_DAYS, judge_group
from carrears.strategy.cadences import Cadence, Cadences, CadenceStep, step_day

AHEAD = timedelta(days=30)
_WRITTEN = "('email', 'sms', 'letter', 'portal')"
_TURNS = pa.schema(
    {
        "product": pa.string(),
        "named": pa.string(),
        "due_on": pa.date32(),
        "behind": pa.bool_(),
        "cadence": pa.string(),
        "step_day": pa.int32(),
        "on_day": pa.date32(),
        "ways": pa.string(),
        "treatments": pa.list_(pa.string()),
    }
)
_COUNTS = ("month", "today", "stopped", "allow", "review", "block", "nobody", "unjudged")
Row = dict[str, Any]
Way = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """What steps follow from beside the book."""

    products: Products
    calendars: Calendars


def put_steps(
    engine: duckdb.DuckDBPyConnection, place: int, *, as_of: date, cadences: Cadences, rules: Rules
) -> None:
    """The table ``said0`` or ``said1``: loans with a step whose day comes within ``AHEAD``.

    Needs the table ``beside``. ``stopped`` are those of whom collection stands still by now.
    """
    engine.execute(
        f"""
        create or replace temp view owed as
        select *, named{place} as named, oldest_due_on as due_on, dpd > 0 as behind
        from beside where arrears > 0
        union all by name
        select *, named{place} as named, next_due_on as due_on, false as behind
        from beside where dpd = 0 and next_due_amount > paid_ahead
        """
    )
    found = engine.execute(
        "select distinct product, named, due_on, behind from owed where due_on is not null"
    ).fetchall()
    turns = [
        turn
        for product, named, due_on, behind in sorted(found)
        for turn in _turns(
            (product, named, due_on, behind), as_of=as_of, cadences=cadences, rules=rules
        )
    ]
    engine.register("turns", pa.Table.from_pylist(turns, schema=_TURNS))
    engine.execute(
        f"""
        create temp table said{place} as
        select loan_id, loan_no, o.product, jurisdiction, currency, dpd, t.cadence, t.step_day,
               t.on_day = date '{as_of}' as is_today,
               on_hold or disputed or (open_promise and o.behind) as stopped, t.ways,
               case when t.ways = '[]' then channel{place} else '' end as channel,
               case when t.ways = '[]' then template{place} else '' end as template,
               case when t.ways = '[]' then else_channel{place} else '' end as else_channel,
               case when t.ways = '[]' then else_template{place} else '' end as else_template
        from owed o join turns t on t.product = o.product and t.named = o.named
          and t.due_on = o.due_on and t.behind = o.behind
        where (t.treatments is null or list_contains(t.treatments, treatment{place}))
          and (t.ways <> '[]' or channel{place} in {_WRITTEN} or else_channel{place} in {_WRITTEN})
        """
    )
    engine.execute("drop view owed")
    engine.unregister("turns")


def _turns(
    owed: tuple[str, str, date, bool], *, as_of: date, cadences: Cadences, rules: Rules
) -> Iterator[Row]:
    """The steps of a due date whose day comes; of two on one day the later one is said.

    ``owed`` has the product, the cadence that the strategy names, the agreed day, and whether the
    loan is behind.
    """
    product, named, due_on, behind = owed
    cadence = cadences.of(product, named=named)
    if cadence is None:
        return
    terms = rules.products[product].due_dates
    calendar = rules.calendars[terms.calendar]
    falls_due = calendar.shift(due_on, terms.convention)
    said: dict[date, CadenceStep] = {}
    for step in cadence.after if behind else cadence.before_all:
        on, is_skipped = step_day(cadence, step, due_on=falls_due, calendar=calendar)
        if not is_skipped and as_of <= on < as_of + AHEAD and (behind or on <= falls_due):
            said[on] = step
    for on, step in said.items():
        yield {
            "product": product,
            "named": named,
            "due_on": due_on,
            "behind": behind,
            "cadence": cadence.key,
            "step_day": step.day,
            "on_day": on,
            "ways": json.dumps([(way.channel, way.template) for way in step.by]),
            "treatments": cadence.treatments_of(step) if behind else step.treatments,
        }


def count_messages(
    engine: duckdb.DuckDBPyConnection,
    place: int,
    *,
    as_of: date,
    cadences: Cadences,
    products: Products,
) -> list[Row]:
    """By cadence, step and channel: ``month`` within ``AHEAD``, ``today`` on the day, by verdict.

    Of ``today``, ``stopped`` by a hold, a dispute or a promise on record; the others by what the
    gate says to the first of the ways that it does not block, else to the first. ``nobody`` has no
    obligor on record. What is not today's counts for the first way. Needs ``said…`` and ``people``.
    """
    rows: dict[tuple[str, int, str], Row] = {}

    def row_of(group: Row, channel: str) -> Row:
        key = group["cadence"], group["step_day"], channel
        blank = {"cadence": key[0], "step_day": key[1], "channel": channel, "rules": {}}
        return rows.setdefault(key, blank | dict.fromkeys(_COUNTS, 0))

    for group in _groups(engine, place):
        ways = _ways(group)
        if not ways:
            continue
        first, loans = row_of(group, ways[0][0]), group["loans"]
        first["month"] += loans
        if not group["is_today"]:
            continue
        if group["stopped"] or group["token"] is None:
            first["today"] += loans
            first["stopped" if group["stopped"] else "nobody"] += loans
            continue
        step = _with_history(group, cadences.named[group["cadence"]])
        channel, told, against = _said(step, ways, as_of=as_of, products=products)
        row = row_of(group, channel)
        row["today"] += loans
        row[told] += loans
        for rule in against:
            row["rules"][rule] = row["rules"].get(rule, 0) + loans
    return [rows[key] for key in sorted(rows)]


def _groups(engine: duckdb.DuckDBPyConnection, place: int) -> list[Row]:
    """Loans that are alike to the gate, each with one of theirs."""
    table = engine.sql(
        f"""
        select cadence, step_day, is_today, stopped, ways, channel, template, else_channel,
               else_template, product, jurisdiction, case when is_today then situation end as alike,
               min_by(token, loan_id) as token, min_by(case_id, loan_id) as case_id,
               min(loan_id) as loan_id, min_by(loan_no, loan_id) as loan_no,
               min_by(dpd, loan_id) as dpd, min_by(s.currency, loan_id) as currency,
               count(*) as loans
        from said{place} s left join people using (loan_no)
        group by all order by min(loan_id)
        """
    ).to_arrow_table()
    return list(table.to_pylist())


def _ways(group: Mapping[str, Any]) -> list[Way]:
    own = [tuple(way) for way in json.loads(group["ways"])]
    decided = [(group[f"{part}channel"], group[f"{part}template"]) for part in ("", "else_")]
    ways = own or [one for one in decided if one[0] in {"email", "sms", "letter", "portal"}]
    return [one for one in ways if one[0] != "sms" or texts_arrive()]


def _with_history(group: Row, cadence: Cadence) -> Row:
    """With the contacts that the steps before it were, one for each, evenly apart."""
    steps = cadence.after if group["step_day"] > 0 else cadence.before_all
    ago = [group["step_day"] - step.day for step in steps if step.day < group["step_day"]]
    ago = [days for days in ago if days <= MEMORY_DAYS]
    apart = max(max(ago) // len(ago), 1) if ago else 1
    return group | {"cadence": apart, "before": len(ago)}


def _said(
    group: Row, ways: Sequence[Way], *, as_of: date, products: Products
) -> tuple[str, str, tuple[str, ...]]:
    """By which channel it leaves, the verdict, and the rules against it."""
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for channel, key in ways:
        try:
            template = find_template(key or "reminder")
        except OutreachError:
            found.append((channel, "unjudged", ()))
            continue
        given = group | {"channel": channel, "template": key}
        verdict = judge_group(given, template, as_of=as_of, products=products)
        against = verdict.rules if verdict.gate_action != "allow" else ()
        found.append((channel, verdict.gate_action, tuple(against)))
        if verdict.gate_action != "block":
            return found[-1]
    return found[0]
