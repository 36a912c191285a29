"""Remind of a promised payment before its day, by the product's terms, while it is asked for.

Planned with the actions of the night, as actions that pass the gate like any contact. A part is
reminded of on each of its days once: of the days that the terms name the nearest that has come is
due, so that a night that was missed is made up for by the next, with one message. Days are counted
to the day on which the message leaves where the debtor lives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from carrears.casework.models import PromisePart, PromiseState
from carrears.casework.planning import planned_time
from carrears.casework.promise_terms import load_promise_terms
from carrears.casework.reach import REFUSED, texts_arrive
from carrears.clock import local_day
from carrears.database.session import run_kept


def plan_promise_reminders(*, as_of: date, zones: Mapping[str, str], moment: datetime) -> int:
    """Plan what is to be said on ``as_of`` of the parts of open promises, in one statement.

    ``zones`` gives each product's time zone, which holds where the debtor's own is not on record;
    ``moment`` is now. Nobody whose collection is stopped is reminded, nor of what has come in.
    Planning twice for a day plans once; what a hold cancelled that is over is wanted again. Returns
    how many are to be said now that were not.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, {"products": list(zones), "zones": list(zones.values())})
        places = [row[0] for row in cursor.fetchall()]
        if not places:
            return 0
        times = [planned_time(as_of, place, moment=moment) for place in places]
        cursor.execute(
            _PLAN,
            {
                "as_of": as_of,
                "products": list(zones),
                "zones": list(zones.values()),
                "places": places,
                "times": times,
                "days": [local_day(at, place) for at, place in zip(times, places, strict=True)],
                **_ways(list(zones), on=as_of),
            },
        )
        return int(cursor.rowcount)


def _ways(products: Sequence[str], *, on: date) -> dict[str, list[Any]]:
    """When and by what each product's promises are reminded of, as columns."""
    known = load_promise_terms(Path(settings.CARREARS_HOME))
    terms = {product: known.of(product, on=on) for product in products}
    days = [(name, ahead) for name, one in terms.items() for ahead in one.remind_days]
    ways = [
        (name, way)
        for name, one in terms.items()
        for way in one.remind_by
        if way.channel != "sms" or texts_arrive()
    ]
    return {
        "day_of": [name for name, _ in days],
        "ahead": [ahead for _, ahead in days],
        "way_of": [name for name, _ in ways],
        "channels": [way.channel for _, way in ways],
        "templates": [way.template for _, way in ways],
    }


_ZONED = """
casework_promise p join casework_case c on c.id = p.case_id
left join parties_party who on who.token = c.party_id
left join unnest(%(products)s::text[], %(zones)s::text[]) as z (product, zone)
  on z.product = c.product
"""
_ZONE = "coalesce(nullif(who.time_zone, ''), z.zone)"
_REFUSED = REFUSED.format(party="c.party_id", channel="asked.channel")
_PLACES = f"""
select distinct {_ZONE} from {_ZONED}
where p.state = 'open' and c.state = 'open' and {_ZONE} is not null
"""  # noqa: S608  parts of this code
_PLAN = f"""
insert into casework_plannedaction
  (case_id, key, as_of, channel, template, planned_for, state, reason, part_id)
select c.id, concat_ws(':', c.loan_no, 'promise', part.id, 'T-' || due.ahead),
       %(as_of)s, way.channel, way.template, at.moment, 'planned', '', part.id
from {_ZONED}
join casework_promisepart part on part.promise_id = p.id
join unnest(%(places)s::text[], %(times)s::timestamptz[], %(days)s::date[])
  as at (place, moment, day) on at.place = {_ZONE}
cross join lateral (
  select min(asked.ahead) as ahead
  from unnest(%(day_of)s::text[], %(ahead)s::integer[]) as asked (product, ahead)
  where asked.product = c.product and asked.ahead >= part.due_on - at.day
) due
cross join lateral (
  select asked.channel, asked.template
  from unnest(%(way_of)s::text[], %(channels)s::text[], %(templates)s::text[])
    with ordinality as asked (product, channel, template, place)
  where asked.product = c.product
  order by {_REFUSED}, exists (
      select from parties_contactpoint point
      where point.party_id = c.party_id and point.valid
        and point.kind = case asked.channel when 'sms' then 'phone' else asked.channel end
    ) desc, asked.place
  limit 1
) way
where p.state = 'open' and c.state = 'open' and part.state = 'open' and part.met < part.amount
  and part.due_on >= at.day and due.ahead is not null
  and not exists (
    select from casework_hold h
    where (h.case_id = c.id or h.case_id is null and h.party_id = c.party_id)
      and h.lifted_on is null and h.from_on <= at.day
      and (h.until_on is null or h.until_on >= at.day))
order by part.id
on conflict (key) do update
set state = 'planned', reason = '', as_of = excluded.as_of, planned_for = excluded.planned_for,
    channel = excluded.channel, template = excluded.template
where casework_plannedaction.state = 'cancelled'
  and starts_with(casework_plannedaction.reason, 'hold: ')
"""  # noqa: S608  parts of this code


def cancel_answered_reminders(
    promises: Sequence[int] | None = None, *, today: date | None = None
) -> int:
    """Cancel planned reminders of what nobody is asked for any more; returns how many.

    Of these promises, or of all: a part that has come in, a promise that is settled or was
    withdrawn, and with ``today`` also a part whose day is past.
    """
    given = {"promises": None if promises is None else list(promises), "today": today}
    [found] = run_kept([(_CANCEL, given)])
    return len(found.rows)


_CANCEL = """
update casework_plannedaction a
set state = 'cancelled', reason = case when part.met >= part.amount or part.state = 'kept'
                                       then 'paid' else 'overtaken' end
from casework_promisepart part join casework_promise p on p.id = part.promise_id
where a.part_id = part.id and a.state = 'planned'
  and (%(promises)s::bigint[] is null or p.id = any(%(promises)s::bigint[]))
  and (part.met >= part.amount or part.state <> 'open' or p.state <> 'open'
       or part.due_on < %(today)s::date)
returning a.id
"""


def lacking_part(case_id: int) -> PromisePart | None:
    """The part of the case's open promises that is due next and has not come in, if any."""
    parts = PromisePart.objects.filter(
        promise__case=case_id, promise__state=PromiseState.OPEN, state=PromiseState.OPEN
    )
    return parts.order_by("due_on", "pk").first()
