"""How the cases of planned days stand by now: worked, gone and why, and what asks to come in."""

# ruff: noqa: S608  parts of this code

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db import connection

from carrears.casework.assigning import OURS
from carrears.casework.next_case import AWAITED, HELD, STANDING, UNSEEN, UNSENT_SINCE
from carrears.casework.promised import PROMISED
from carrears.clock import at_local, now

# Why a case leaves a plan that nobody worked, and why one comes in that was not planned.
Left = Literal["paid", "closed", "pulled_back", "moved", "placed", "held", "promised", "later"]
Came = Literal["reply", "unsent", "broken", "promise", "task"]
BY_MACHINE = ("email", "sms", "portal")


@dataclass(frozen=True, slots=True)
class Stand:
    """A case of a plan: of its ``cases``, its ``rest``, or what ``left`` it before."""

    case: int
    part: Literal["cases", "rest", "left"]
    worked: bool
    why: Left | None


@dataclass(frozen=True, slots=True)
class Asks:
    """A case that asks to come in; work after that line of its timeline counts."""

    case: int
    why: Came
    after: int


@dataclass(frozen=True, slots=True)
class Summary:
    """How many planned cases are worked, and whether any stands otherwise than the plan has it.

    ``paused`` were stopped (停催) that day and let go again, whoever looked meanwhile or not.
    """

    done: int
    is_other: bool
    paused: int = 0


# As ``z``: what presses although a follow-up date or a promise to come would put it off.
_PRESSING = """cross join lateral (
  select exists (select from casework_caseevent e where e.case_id = c.id
                 and e.kind in ('promise_broken', 'promise_partly')
                 and e.happened_at >= %(first)s and e.happened_at < %(until)s)
         and exists (select from casework_promise o where o.case_id = c.id
                     and o.state in ('broken', 'partly'))
      or exists (select from casework_plannedaction x where x.case_id = c.id
                 and x.state = 'planned' and x.as_of <= t.day and x.until_on <= t.day
                 and not x.channel = any(%(by_machine)s::text[])) as presses
) z"""
# What keeps an open case of his from being his business today.
_PUT_OFF = f"""case
  when not {OURS} then 'placed'
  when {HELD} then 'held'
  when exists (select from casework_caseevent e where e.case_id = c.id
               and e.kind = 'promise_kept' and e.happened_at > p.made_at
               and e.happened_at < %(until)s) and not y.waits and not z.presses then 'paid'
  when d.waits and not d.due and not y.waits and not z.presses then 'promised'
  when c.follow_up_on > t.day and not y.waits and not z.presses then 'later'
end"""
_WHY = f"""case
  when c.id is null or c.state <> 'open' then
    case when c.close_reason in ('cured', 'paid_off') then 'paid' else 'closed' end
  when c.assignee_id is distinct from p.user_id then
    case when (select e.data ? 'pulled_by' from casework_caseevent e
               where e.case_id = c.id and e.kind = 'assigned'
               order by e.happened_at desc, e.id desc limit 1) then 'pulled_back'
         when not {OURS} then 'placed' else 'moved' end
  else {_PUT_OFF}
end"""
_WORKED = """exists (select from casework_caseevent e where e.case_id = u.id
    and e.actor_id = p.user_id and e.happened_at >= %(first)s and e.happened_at < %(until)s
    and e.id > coalesce((p.entered -> u.id::text ->> 'after')::bigint, 0))"""
_DAY = "cross join (select %(day)s::date as day) t"
_PLANS = "p.day = %(day)s and p.user_id = any(%(users)s::integer[])"
# Every case of a plan, of what does not fit, and of what left it.
_ITEMS = """
  select id, place, 'cases' as part from unnest(p.cases) with ordinality o (id, place)
  union all
  select id, place, 'rest' from unnest(p.rest) with ordinality o (id, place)
  union all
  select key::bigint, 0, 'left' from jsonb_object_keys(p.left) key
"""
_ALL_STAND = f"""
select p.user_id, u.id, u.part, u.place, {_WORKED} as worked, {_WHY} as why
from casework_dayplan p
cross join lateral ({{items}}) u
{_DAY}
left join casework_case c on c.id = u.id
{PROMISED}
{AWAITED}
{_PRESSING}
where {_PLANS}
"""
_STANDS = _ALL_STAND.format(items=_ITEMS)
# From the side of the holds of that day, which are few. What somebody else holds still is ``left``.
_PAUSED = f"""
select count(distinct c.id) from casework_hold h
join casework_case c on c.id = h.case_id or (h.case_id is null and c.party_id = h.party_id)
join casework_dayplan p on p.user_id = parts.user_id and p.day = %(day)s
cross join lateral (select p.day) t
where h.lifted_on = %(day)s and h.from_on = %(day)s and c.id = any(p.cases || p.rest)
  and not {HELD}
"""
_SUMS = f"""
select user_id, (count(*) filter (where part = 'cases' and worked))::integer,
       bool_or(case part when 'cases' then not worked and why is not null
                         when 'rest' then worked or why is not null
                         else why is null end),
       ({_PAUSED})
from ({_STANDS}) parts group by user_id
"""
# The same of many in a few passes over indexes: what somebody worked, what is his no more, and what
# may be put off; only of the latter, and of what left, is it asked case by case.
_HIS = "c.state = 'open' and c.assignee_id = any(%(users)s::integer[])"
_MAY_STAND = """
  select id, 0 as place, 'cases' as part from unnest(p.cases) id
  where id in (select id from maybe) and not (p.user_id, id) in (select user_id, id from worked)
  union all
  select key::bigint, 0, 'left' from jsonb_object_keys(p.left) key
"""
_SUMS_OF_MANY = f"""
with worked as materialized (
  select distinct p.user_id, u.id
  from casework_caseevent e
  join casework_dayplan p on p.user_id = e.actor_id
  cross join lateral unnest(p.cases) u (id)
  where u.id = e.case_id and e.actor_id = any(%(users)s::integer[])
    and e.happened_at >= %(first)s and e.happened_at < %(until)s
    and e.id > coalesce((p.entered -> u.id::text ->> 'after')::bigint, 0) and {_PLANS}
), gone as materialized (
  select p.user_id, u.id
  from casework_dayplan p cross join lateral unnest(p.cases || p.rest) u (id)
  where {_PLANS} and not exists (select from casework_case c
                                 where {_HIS} and c.id = u.id and c.assignee_id = p.user_id)
), maybe as materialized (
  select id from gone
  union all
  select c.id from casework_case c where {_HIS} and not {OURS}
  union all
  select c.id from casework_hold h
  join casework_case c on c.id = h.case_id or h.case_id is null and c.party_id = h.party_id
  {_DAY}
  where {STANDING}
  union all
  select e.case_id from casework_caseevent e
  where e.kind = 'promise_kept' and e.happened_at < %(until)s
    and e.happened_at > (select min(p.made_at) from casework_dayplan p where {_PLANS})
  union all
  select o.case_id from casework_promise o
  where o.state = 'open'
    and not exists (select from casework_promisepart a where a.promise_id = o.id
                    and a.state = 'open' and a.due_on <= %(day)s)
  union all
  select c.id from casework_case c where {_HIS} and c.follow_up_on > %(day)s
)
select user_id, sum(done)::integer, bool_or(is_other), ({_PAUSED}) from (
  select user_id, 0 as done, false as is_other from casework_dayplan p where {_PLANS}
  union all
  select user_id, count(*), false from worked group by user_id
  union all
  select p.user_id, 0, true
  from gone g join casework_dayplan p using (user_id) where g.id = any(p.rest) and {_PLANS}
  union all
  select user_id, 0,
         bool_or(case part when 'cases' then not worked and why is not null else why is null end)
  from ({_ALL_STAND.format(items=_MAY_STAND)}) s group by user_id
) parts group by user_id
"""
# What may have come since: ``since`` is the line of the timeline that tells it.
_ASKS = f"""
select p.user_id, c.id, asks.why,
       coalesce(asks.since, (select max(e.id) from casework_caseevent e where e.case_id = c.id), 0)
from (
  select 'reply' as why, e.case_id, e.id as since, e.happened_at as at, false as is_new
  from casework_caseevent e
  where e.kind = 'note' and e.data ? 'means'
    and e.happened_at >= %(first)s and e.happened_at < %(until)s
    and not exists (select from casework_caseevent o where o.case_id = e.case_id
                    and o.kind = 'outcome' and o.id > e.id)
  union all
  select 'unsent', e.case_id, e.id, {UNSENT_SINCE}, false
  from casework_caseevent e
  where e.kind = 'message_unsent' and e.happened_at >= %(first)s - interval '7 days'
    and {UNSENT_SINCE} >= %(first)s and {UNSENT_SINCE} < %(until)s
    and {UNSENT_SINCE} <= %(moment)s and {UNSEEN}
  union all
  select 'broken', e.case_id, e.id, e.happened_at, false
  from casework_promise o join casework_caseevent e using (case_id)
  where o.state in ('broken', 'partly') and o.judged_on = %(day)s::date
    and e.kind in ('promise_broken', 'promise_partly')
    and e.happened_at >= %(first)s and e.happened_at < %(until)s
  union all
  select 'promise', o.case_id, null, null, o.made_on = %(day)s::date
  from casework_promise o join casework_promisepart a on a.promise_id = o.id
  where o.state = 'open' and a.state = 'open' and a.due_on = %(day)s::date
    and o.due_on >= %(day)s::date
  union all
  select 'task', x.case_id, null, null, false
  from casework_plannedaction x
  where x.state = 'planned' and x.as_of <= %(day)s::date and x.until_on <= %(day)s::date
    and not x.channel = any(%(by_machine)s::text[])
) asks
join casework_case c on c.id = asks.case_id and c.state = 'open'
join casework_dayplan p on p.user_id = c.assignee_id
{_DAY}
cross join lateral (
  select max(e.id) as line from casework_caseevent e
  where e.case_id = c.id and e.actor_id = p.user_id
    and e.happened_at >= %(first)s and e.happened_at < %(until)s
) his
{PROMISED}
{AWAITED}
{_PRESSING}
where {_PLANS} and {_PUT_OFF} is null and case
  when asks.since is null then
    not c.id = any(p.cases || p.rest) and (his.line is null or asks.is_new)
  when coalesce(his.line, 0) > asks.since
    or coalesce((p.entered -> c.id::text ->> 'after')::bigint, -1) >= asks.since then false
  when c.id = any(p.cases) then his.line is not null
    and his.line > coalesce((p.entered -> c.id::text ->> 'after')::bigint, 0)
  else not c.id = any(p.rest) or asks.at > p.made_at end
order by asks.why in ('reply', 'unsent') desc, asks.since
"""


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """From when until when (outside) a day lasts by the clock of the house."""
    zone = settings.TIME_ZONE
    return at_local(day, time.min, zone), at_local(day + timedelta(days=1), time.min, zone)


def sum_stands(users: Collection[int], day: date) -> dict[int, Summary]:
    """Of each user's plan of a day, in one question.

    Of many at once what does not fit is looked at for having ended or gone elsewhere only: the rest
    is seen when each looks at his own, which costs a hundredth.
    """
    rows = _ask(_SUMS if len(users) == 1 else _SUMS_OF_MANY, users, day)
    return {user: Summary(done, bool(other), paused) for user, done, other, paused in rows}


def read_stands(user: int, day: date) -> list[Stand]:
    """The cases of one plan in their order."""
    rows = _ask(f"{_STANDS} order by u.part, u.place, u.id", [user], day)
    return [Stand(case, part, worked, why) for _, case, part, _, worked, why in rows]


def read_asking(users: Collection[int], day: date) -> dict[int, dict[int, Asks]]:
    """What asks to come into each user's plan, by case; the newest of what is told counts."""
    found: dict[int, dict[int, Asks]] = {}
    for user, case, why, after in _ask(_ASKS, users, day):
        known = found.setdefault(user, {})
        if case not in known or after > known[case].after:
            known[case] = Asks(case, why, after)
    return found


def _ask(query: str, users: Collection[int], day: date) -> list[Any]:
    first, until = day_bounds(day)
    values: dict[str, Any] = {
        "users": list(users),
        "day": day,
        "first": first,
        "until": until,
        "moment": now(),
        "by_machine": list(BY_MACHINE),
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
