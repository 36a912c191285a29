"""Plan the steps of the strategy's cadences for cases that are behind.

A step is of one instalment: the oldest that is not paid. Planned with the actions of the night, it
passes the gate like any contact; what stops it is asked when it is planned, and again before it
leaves. One that is stopped on its day is kept as cancelled, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from carrears.calendars import Calendar, Calendars, load_calendars
from carrears.casework.cadence_stops import STOPPED
from carrears.casework.planning import planned_time
from carrears.casework.reach import REFUSED as NEWEST_REFUSED
from carrears.casework.reach import texts_arrive
from carrears.clock import local_day
from carrears.portfolio.products import Products, load_products
from carrears.strategy.cadences import Cadence, DueStep, due_step
from carrears.strategy.kept_cadences import KeptCadences, kept_cadences

# Why a step is cancelled whose every way was refused and that only a call is left of.
REFUSED = "refused"
_LONGEST_SHIFT = 31  # days by which a calendar may move a due date or a step


def plan_steps(*, as_of: date, zones: Mapping[str, str], moment: datetime) -> int:
    """Plan the steps that are due on ``as_of`` for the open cases; returns how many are new.

    ``zones`` gives each product's time zone, which holds where the debtor's own is not on record;
    ``moment`` is now. Days are counted to the one on which a message leaves where the debtor lives.
    A step that was planned and has not left stands on the newest day that is run.
    """
    home = Path(settings.CARREARS_HOME)
    kept = kept_cadences()
    every = (one for each in (kept.house, *kept.own.values()) for one in each.named.values())
    longest = max((one.last_day for one in every), default=0)
    given: dict[str, Any] = {
        "products": list(zones),
        "zones": list(zones.values()),
        "as_of": as_of,
        "since": as_of - timedelta(days=longest + 2 * _LONGEST_SHIFT),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSTALMENTS, given)
        asked = cursor.fetchall()
        turn = Turn(kept, load_products(home), load_calendars(home), as_of, moment)
        due = [row for one in asked for row in turn.rows(*one)]
        if not due:
            return 0
        cursor.execute(_PLAN, given | {"due": json.dumps(due), "texts": texts_arrive()})
        return sum(state == "planned" and is_new for state, is_new in cursor.fetchall())


class Rule(Protocol):
    """Which step of a cadence is due on a day; None where none is."""

    def __call__(
        self, cadence: Cadence, /, *, due_on: date, today: date, calendar: Calendar
    ) -> DueStep | None:
        """See ``strategy.cadences.due_step``."""


class Turn:
    """Whose turn it is on a day, for each product, cadence, due date, place and version.

    ``rule`` tells which step of a cadence is due: those after the due date, or those before it.
    """

    def __init__(
        self,
        cadences: KeptCadences,
        products: Products,
        calendars: Calendars,
        as_of: date,
        moment: datetime,
        *,
        rule: Rule = due_step,
    ) -> None:
        self._rule = rule
        self._cadences, self._products, self._calendars = cadences, products, calendars
        self._as_of, self._moment = as_of, moment

    def rows(
        self, product: str, named: str, due_on: date, place: str, version: int | None
    ) -> Iterator[dict[str, Any]]:
        """The step of these cases whose turn it is, as the plan takes it; none or one."""
        cadence = self._cadences.of(version).of(product, named=named)
        if cadence is None:
            return
        terms = self._products[product].due_dates
        calendar = self._calendars[terms.calendar]
        at = planned_time(self._as_of, place, moment=self._moment)
        falls_due = calendar.shift(due_on, terms.convention)
        today = local_day(at, place)
        found = self._rule(cadence, due_on=falls_due, today=today, calendar=calendar)
        if found is None:
            return
        step = found.step
        yield {
            "product": product,
            "named": named,
            "due_on": due_on.isoformat(),
            "place": place,
            "version": version,
            "moment": at.isoformat(),
            "day": today.isoformat(),
            "falls_due": falls_due.isoformat(),
            "cadence": cadence.key,
            "step_day": step.day,
            "key": step.key(falls_due),
            "until_on": found.until_on.isoformat(),
            "treatments": cadence.treatments_of(step) if step.day > 0 else step.treatments,
            "skipped": found.is_skipped,
            "ways": [way.model_dump() for way in step.by],
        }


_NAMED = "coalesce(c.decision ->> 'cadence', '')"
_ZONED = """
casework_case c left join parties_party who on who.token = c.party_id
left join unnest(%(products)s::text[], %(zones)s::text[]) as z (product, zone)
  on z.product = c.product
"""
_ZONE = "coalesce(nullif(who.time_zone, ''), z.zone)"
_INSTALMENTS = f"""
select distinct c.product, {_NAMED}, c.oldest_due_on, {_ZONE}, c.strategy_id from {_ZONED}
where c.state = 'open' and c.as_of >= %(as_of)s and c.oldest_due_on >= %(since)s
  and {_ZONE} is not null
"""  # noqa: S608  parts of this code
_REFUSED = NEWEST_REFUSED.format(party="c.party_id", channel="asked.channel")
# By which of its ways a step ``due`` of case ``c`` is planned: the first by which the person can be
# reached and has not refused to be.
WAY = f"""
  select asked.channel, asked.template, {_REFUSED} as refused
  from (
    select way ->> 'channel' as channel, way ->> 'template' as template, place
    from jsonb_array_elements(due.ways) with ordinality as listed (way, place)
    union all
    select c.decision ->> 'channel', coalesce(c.decision ->> 'template', ''), 1
    where due.ways = '[]'
    union all
    select c.decision ->> 'else_channel', coalesce(c.decision ->> 'else_template', ''), 2
    where due.ways = '[]'
  ) asked
  where coalesce(asked.channel, '') <> ''
    and (due.ways <> '[]' or asked.channel in ('sms', 'email', 'letter', 'portal'))
    and (asked.channel <> 'sms' or %(texts)s)
  order by {_REFUSED}, exists (
      select from parties_contactpoint point
      where point.party_id = c.party_id and point.valid
        and point.kind = case asked.channel when 'sms' then 'phone' when 'call' then 'phone'
                                            when 'letter' then 'address' else asked.channel end
    ) desc, ({_REFUSED} and asked.channel = 'call'), asked.place
  limit 1
"""  # noqa: S608  parts of this code
# A step that was planned and has not left moves on to the newest day; one that a hold cancelled
# which is over is wanted again while its time is not past, and asked about anew (``attempt_key``).
MOVED_ON = """
on conflict (key) do update
set state = excluded.state, as_of = excluded.as_of, planned_for = excluded.planned_for,
    channel = excluded.channel, template = excluded.template, until_on = excluded.until_on,
    reason = case casework_plannedaction.state when 'cancelled' then 'later' else '' end,
    case_id = excluded.case_id
where excluded.state = 'planned' and (
  casework_plannedaction.state = 'planned'
    and casework_plannedaction.as_of < excluded.as_of
    and casework_plannedaction.planned_for < excluded.planned_for
  or casework_plannedaction.state = 'cancelled'
    and starts_with(casework_plannedaction.reason, 'hold: '))
"""
_PLAN = f"""
insert into casework_plannedaction
  (case_id, key, as_of, channel, template, planned_for, state, reason,
   cadence, step_day, due_on, until_on)
select c.id, c.loan_no || ':' || due.key, %(as_of)s, way.channel, way.template, due.moment,
       case when stop.reason is null then 'planned' else 'cancelled' end,
       coalesce(stop.reason, ''), due.cadence, due.step_day, due.due_on, due.until_on
from {_ZONED}
join jsonb_to_recordset(%(due)s::jsonb) as due
  (product text, named text, due_on date, place text, version bigint, moment timestamptz,
   day date, cadence text, step_day smallint, key text, until_on date, treatments jsonb,
   skipped boolean, ways jsonb)
  on due.product = c.product and due.named = {_NAMED} and due.due_on = c.oldest_due_on
     and due.place = {_ZONE} and due.version is not distinct from c.strategy_id
cross join lateral ({WAY}) way
cross join lateral (select coalesce({STOPPED.format(day="due.day")}) as held) held
cross join lateral (
  -- Whoever refused every way is for the gate to judge, which keeps its verdict: of a message when
  -- it is to leave, of a call, which nobody is asked to make, beside it (outreach.refused_calls).
  select coalesce(held.held, case when due.skipped then 'closed day'
                                  when way.refused and way.channel = 'call' then 'refused'
                             end) as reason
) stop
where c.state = 'open' and c.as_of >= %(as_of)s and c.arrears > 0
  and (due.treatments ? c.treatment or held.held is not null)
  and not exists (
    select from casework_plannedaction other
    where other.case_id = c.id and other.as_of = %(as_of)s and other.part_id is not null
      and other.state in ('planned', 'sent'))
order by c.id
{MOVED_ON}
returning state, xmax = 0
"""  # noqa: S608  parts of this code
