"""What the gate let go by a hair: by rule, by who acted and by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext

from carrears.workbench.queries.compliance_asked import (
    AGENCY,
    MACHINE,
    NEAR,
    OWN,
    PEOPLE,
    STAFF,
    TEAM,
    Asked,
    actor_of,
    at_home,
)
from carrears.workbench.view_models.chart import AxisChart, Series

# Beyond so many days a column is a week.
_MOST_COLUMNS = 92
_WEEK = 7


@dataclass(frozen=True, slots=True)
class NearRule:
    """How often a rule let a contact go by a hair; ``example`` is a verdict of it."""

    number: int
    example: int
    query: str


@dataclass(frozen=True, slots=True)
class NearMisses:
    """The near misses asked for: by channel and who acted, by day, and by pack and rule."""

    groups: Mapping[tuple[str, str], int]
    days: Mapping[date, int]
    rules: Mapping[tuple[str, str], NearRule]

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """Counted by the index of near misses; none where a rule that stopped is asked for."""
        if (asked.rule and asked.action != NEAR) or asked.action not in {"", "allow", NEAR}:
            return cls({}, {}, {})
        groups: Counter[tuple[str, str]] = Counter()
        days: Counter[date] = Counter()
        for channel, agency, made_by, day, number in _by_group(asked):
            groups[channel, actor_of(agency, made_by)] += number
            days[day] += number
        rules = {
            (pack, rule): NearRule(number, example, asked.query(rule=rule))
            for pack, rule, number, example in _by_rule(asked)
        }
        return cls(groups, days, rules)


def _by_group(asked: Asked) -> Iterator[tuple[Any, ...]]:
    conditions, values = _conditions(asked)
    yield from _rows(
        f"""
        select a.channel, a.agency, a.made_by_id, (a.at at time zone %s)::date, count(*)
        from conduct_verdictrecord v join outreach_attempt a on a.verdict_id = v.id
        where {conditions} group by 1, 2, 3, 4
        """,  # noqa: S608  column names alone
        [settings.TIME_ZONE, *values],
    )


def _by_rule(asked: Asked) -> Iterator[tuple[Any, ...]]:
    """Who acted is known of the attempt alone; without that filter the verdicts suffice."""
    conditions, values = _conditions(asked)
    join = "join outreach_attempt a on a.verdict_id = v.id" if asked.actor else ""
    yield from _rows(
        f"""
        select v.pack, r.id, count(*), max(v.id) from conduct_verdictrecord v {join}
        cross join lateral jsonb_array_elements_text(v.near) r (id)
        where {conditions} and (%s = '' or r.id = %s) group by 1, 2 order by 3 desc, 1, 2
        """,  # noqa: S608  see above
        [*values, asked.rule, asked.rule],
    )


def _conditions(asked: Asked) -> tuple[str, list[Any]]:
    conditions, values = asked.conditions(moment="v.attempt_at", table="v")
    narrowed = f"v.gate_action = 'allow' and v.near <> '[]' and {conditions}"
    if not asked.rule:
        return narrowed, values
    return f"{narrowed} and v.near ? %s", [*values, asked.rule]


def _rows(sql: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from cursor.fetchall()


@dataclass(frozen=True, slots=True)
class Columns:
    """The days or, over a longer period, the weeks of a chart."""

    first: date
    starts: tuple[date, ...]
    weekly: bool

    @classmethod
    def of(cls, asked: Asked) -> Self:
        """Those of the period asked for."""
        length = (asked.last - asked.first).days + 1
        step = 1 if length <= _MOST_COLUMNS else _WEEK
        starts = tuple(asked.first + timedelta(days=n) for n in range(0, length, step))
        return cls(asked.first, starts, step == _WEEK)

    @property
    def names(self) -> tuple[str, ...]:
        """Their first days."""
        return tuple(day.isoformat() for day in self.starts)

    def sum(self, days: Mapping[date, int]) -> tuple[int, ...]:
        """The numbers of days, by column."""
        step = _WEEK if self.weekly else 1
        counts = dict.fromkeys(range(len(self.starts)), 0)
        for day, number in days.items():
            counts[(day - self.first).days // step] += number
        return tuple(counts.values())


def watched_trend(
    asked: Asked, near: Mapping[date, int], complaints: Mapping[date, int]
) -> AxisChart | None:
    """Near misses and complaints over the period; None where there are none."""
    if not near and not complaints:
        return None
    columns = Columns.of(asked)
    return AxisChart(
        id="watched",
        title=gettext("Near misses and complaints by week")
        if columns.weekly
        else gettext("Near misses and complaints by day"),
        unit="count",
        kind="lines",
        categories=columns.names,
        series=(
            Series(gettext("Near misses"), columns.sum(near), "warn"),
            Series(gettext("Complaints"), columns.sum(complaints), "bad"),
        ),
    )


def complaint_days(asked: Asked) -> dict[date, int]:
    """How many complaints were received, by day; of one agency, team or collector where asked.

    None where attempts of one channel, rule or verdict are asked for: complaints have none.
    """
    if asked.channel or asked.rule or asked.action:
        return {}
    texts, values = "received_at >= %s and received_at < %s", [*asked.moments]
    agency = {OWN: "", PEOPLE: "", MACHINE: None}.get(asked.actor, asked.actor)
    if asked.actor.startswith(STAFF):
        about = "collector_id = %s"
        whom: list[Any] = [int(asked.actor.removeprefix(STAFF))]
    elif asked.actor.startswith(TEAM):
        about = f"exists ({at_home('collector_id', 'received_at')})"
        whom = [settings.TIME_ZONE, int(asked.actor.removeprefix(TEAM))]
    elif asked.actor and agency is not None:
        about, whom = "agency = %s", [agency.removeprefix(AGENCY)]
    elif asked.actor:
        return {}
    else:
        about, whom = "true", []
    rows = _rows(
        f"""
        select (received_at at time zone %s)::date, count(*) from conduct_complaint
        where {texts} and {about} group by 1
        """,  # noqa: S608  see above
        [settings.TIME_ZONE, *values, *whom],
    )
    return dict(rows)
