"""Plan what the strategy wants done for each open case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.db import connection, transaction

from carrears.casework.cadence_stops import (
    STILL_SPEAKS,
    cancel_steps_of_incoming,
    covered_treatments,
)
from carrears.casework.models import ActionState, PlannedAction
from carrears.clock import at_local, is_replay, local_day
from carrears.database.session import run_kept

# When this house plans to write, in the debtor's local time: well inside every pack's lawful
# hours. Whether a message may leave is not decided here but by the gate.
_FROM, _TO = time(10, 0), time(20, 0)


@transaction.atomic
def plan_actions(
    *, as_of: date, loan_ids: tuple[int, int], zones: Mapping[str, str], moment: datetime
) -> int:
    """Plan the next action of each open case unless its cadence says that it is too soon.

    For the cases of the loans from the first to the last of ``loan_ids`` that have reached
    ``as_of``. ``zones`` gives each product's time zone, which holds where the debtor's own is
    not on record; ``moment`` is now. What a cadence says for the treatment it plans itself
    (``cadence_steps``). Planning twice for a day plans once; returns how many are new.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct coalesce(nullif(p.time_zone, ''), z.zone)"
            " from casework_case c left join parties_party p on p.token = c.party_id"
            " left join unnest(%s::text[], %s::text[]) as z (product, zone) using (product)"
            " where c.state = 'open' and c.as_of >= %s and c.loan_id between %s and %s",
            [list(zones), list(zones.values()), as_of, *loan_ids],
        )
        places = [row[0] for row in cursor.fetchall()]
        times = [planned_time(as_of, place, moment=moment) for place in places]
        cursor.execute(
            _PLAN,
            {
                "as_of": as_of,
                "first": loan_ids[0],
                "last": loan_ids[1],
                "products": list(zones),
                "zones": list(zones.values()),
                "places": places,
                "times": times,
                "covered": covered_treatments(),
            },
        )
        return int(cursor.rowcount)


# One statement for a stripe of loans; a day's key lets a second planning pass over. Whoever is
# reminded of a promise that day is not written to about anything else, and a reminder does not put
# off what follows a promise that was not kept.
_PLAN = f"""
insert into casework_plannedaction
  (case_id, key, as_of, channel, template, planned_for, state, reason)
select c.id, concat_ws(':', c.loan_no, %(as_of)s::date, said.channel, said.template),
       %(as_of)s, said.channel, said.template, at.moment, 'planned', ''
from casework_case c
cross join lateral (
  select c.decision ->> 'channel' as channel, coalesce(c.decision ->> 'template', '') as template,
         greatest(coalesce((c.decision ->> 'cadence_days')::numeric, 1), 1)::integer as cadence
) said
left join parties_party p on p.token = c.party_id
left join unnest(%(products)s::text[], %(zones)s::text[]) as z (product, zone) using (product)
join unnest(%(places)s::text[], %(times)s::timestamptz[]) as at (place, moment)
  on at.place = coalesce(nullif(p.time_zone, ''), z.zone)
left join lateral (
  select max(a.as_of) filter (where a.part_id is null) as as_of,
         bool_or(a.part_id is not null and a.as_of = %(as_of)s) as is_reminded
  from casework_plannedaction a
  where a.case_id = c.id and a.state in ('planned', 'sent', 'done')
) before on true
where c.state = 'open' and c.as_of >= %(as_of)s and c.loan_id between %(first)s and %(last)s
  and coalesce(said.channel, '') <> ''
  and (before.as_of is null or %(as_of)s - before.as_of >= said.cadence)
  and before.is_reminded is not true
  and not (said.channel in ('email', 'sms', 'letter', 'portal') and {STILL_SPEAKS})
order by c.id
on conflict (key) do nothing
"""  # noqa: S608  parts of this code


def planned_time(as_of: date, zone: str, *, moment: datetime) -> datetime:
    """The next moment in the house's hours; of a replayed book, the morning of its day."""
    if is_replay(as_of, today=local_day(moment, zone)):
        return at_local(as_of, _FROM, zone)
    today = local_day(moment, zone)
    if moment < at_local(today, _FROM, zone):
        return at_local(today, _FROM, zone)
    if moment < at_local(today, _TO, zone):
        return moment
    return at_local(today + timedelta(days=1), _FROM, zone)


def house_hours(day: date, zone: str) -> tuple[datetime, datetime]:
    """From when until when this house writes and calls on a day in a place."""
    return at_local(day, _FROM, zone), at_local(day, _TO, zone)


def house_edges(zone: str, *, first: datetime, until: datetime) -> frozenset[datetime]:
    """When the house's hours begin and end in a place, between two moments."""
    return _house_edges(local_day(first, zone), local_day(until, zone), zone)


@lru_cache(maxsize=1024)
def _house_edges(first: date, last: date, zone: str) -> frozenset[datetime]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return frozenset(at_local(day, clock, zone) for day in days for clock in (_FROM, _TO))


def cancel_overtaken(*, as_of: date) -> int:
    """Cancel what an earlier day planned for a person's hand and nobody did; returns how many.

    The day that follows plans afresh, so a task never waits in two places. So is cancelled what
    was put on a later day and is past it, or is not what the strategy wants any more.
    """
    undone = (
        PlannedAction.objects.filter(state=ActionState.PLANNED, as_of__lt=as_of)
        .exclude(channel__in=["email", "sms", "portal"])
        .update(state=ActionState.CANCELLED, reason="overtaken")
    )
    undone += _cancel_unsent(as_of)
    with connection.cursor() as cursor:
        cursor.execute(_CANCEL_MOVED, {"as_of": as_of, "moved": list(MOVED)})
        return undone + int(cursor.rowcount)


def _cancel_unsent(as_of: date) -> int:
    """Cancel texts of an earlier day that were never booked: their line took no more then.

    They would count as said. Steps of cadences move on by themselves, reminders of promises have
    days of their own.
    """
    return (
        PlannedAction.objects.filter(
            state=ActionState.PLANNED,
            as_of__lt=as_of,
            channel="sms",
            part=None,
            step_day=None,
            attempts=None,
        )
        .exclude(reason__in=MOVED)
        .update(state=ActionState.CANCELLED, reason="overtaken")
    )


# Why an action stands on a later day than it was planned for.
MOVED = ("full", "later")
_CANCEL_MOVED = """
update casework_plannedaction a set state = 'cancelled', reason = 'overtaken'
from casework_case c
where a.case_id = c.id and a.state = 'planned' and a.part_id is null and a.step_day is null
  and a.reason = any(%(moved)s)
  and (a.as_of < %(as_of)s or c.state = 'closed'
       or (a.channel, a.template) is distinct from
          (c.decision ->> 'channel', coalesce(c.decision ->> 'template', '')))
"""


def cancel_changed() -> dict[str, int]:
    """Cancel what was planned for loans just taken in whose decision is another now.

    Returns how many by loan number. What the new decision wants is planned by the next day.
    """
    [found] = run_kept([(_CANCEL_CHANGED, {})])
    return dict(Counter(dict(found.rows)) + Counter(cancel_steps_of_incoming()))


_CANCEL_CHANGED = """
with overtaken as (
  update casework_plannedaction a set state = 'cancelled', reason = 'overtaken'
  from casework_case c join incoming s using (loan_no)
  where a.case_id = c.id and a.state = 'planned' and a.part_id is null and a.step_day is null
    and c.state = 'open' and (a.channel, a.template) is distinct from
        (c.decision ->> 'channel', coalesce(c.decision ->> 'template', ''))
    and (a.channel, a.template) is distinct from
        (c.decision ->> 'else_channel', coalesce(c.decision ->> 'else_template', ''))
  returning c.loan_no
)
select loan_no, count(*) from overtaken group by 1
"""
