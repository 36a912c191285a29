"""The cases in the order of what acting now is worth, why, and the best that nobody else has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import F, Min, QuerySet, TextField
from django.db.models.functions import Cast

from carrears.access.models import User
from carrears.casework.attending import away_now
from carrears.casework.currency_rates import weigh
from carrears.casework.models import Case, CaseState
from carrears.casework.next_case_terms import NextCaseTerms, Term, load_next_case_terms
from carrears.casework.planning import house_hours
from carrears.casework.promised import PROMISED
from carrears.casework.seeing import IsAmong, sees_everything, visible_cases
from carrears.casework.showing import take
from carrears.clock import is_replay, local_day
from carrears.database.wall import as_house
from carrears.parties.queries import zones_on_record

_TERMS = get_args(Term)
_TRIES = 25  # each that fails was taken by somebody in the very moment


@dataclass(frozen=True, slots=True)
class Worth:
    """What acting on a case now is worth, in minor units of its currency, and why.

    ``recovery`` is the share of the arrears that a contact is expected to bring; ``terms`` are
    what multiplies it, in the order of their weight.
    """

    case: int
    value: int
    recovery: float
    terms: tuple[tuple[Term, float], ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The cases to weigh, the currencies of their amounts, and the earliest day one stands on."""

    cases: QuerySet[Case]
    currencies: list[str]
    since: date


def order_by_worth(
    cases: QuerySet[Case] | Scope, *, user: User, moment: datetime, first: int, number: int
) -> list[Worth]:
    """Some of the cases in the order of what acting now is worth to ``user``.

    A ``Scope`` is of cases that he was shown: for who has looked them up already.
    """
    terms = load_next_case_terms(Path(settings.CARREARS_HOME))
    scope = cases if isinstance(cases, Scope) else _behind_the_wall(cases, user)
    rows = _ask(_LIST, scope, user, moment, first=first, number=number)
    return [_worth(row, terms) for row in rows]


def scope_of(groups: Iterable[Mapping[str, Any]]) -> Scope | None:
    """Of cases that were looked up in groups, each annotated with ``SCOPE``; None: of none."""
    found = list(groups)
    if not found:
        return None
    numbers = ",".join(one["listed"][1:-1] for one in found)
    cases = Case.objects.filter(IsAmong(F("pk"), f"{{{numbers}}}"), state=CaseState.OPEN)
    desks = {one for group in found for one in group["desks"]}
    if None not in desks:  # the index of desks has all that is weighed
        cases = cases.filter(assignee__in=desks)
    currencies = sorted({one for group in found for one in group["currencies"]})
    return Scope(cases, currencies, min(one["since"] for one in found))


def next_case(user: User, *, moment: datetime, again: bool = False) -> Case | None:
    """Put the best of somebody's cases before him that nobody has before him; None: there is none.

    Of a collector those that are his, of others those that they see. Two who ask at once never
    get the same, nor one who asks twice, while he has the first. Never given is one whose
    collection is stopped or that is worth nothing; one that he worked today only ``again``, after
    all others, the one he worked longest ago first. What he has just left comes after the rest.
    Who is absent at this hour gets none (``away_now`` says until when).

    Raises:
        PermissionDenied: he may see none at all.
    """
    if away_now(user.pk) is not None:
        return None
    cases = _his(user)
    lost: set[int] = set()
    for _ in range(_TRIES):
        with transaction.atomic():
            given = {"without": list(lost), "again": again}
            found = _ask(_NEXT, _behind_the_wall(cases, user), user, moment, **given)
            if not found:
                return None
            if take(found[0][0], user, renew=False):
                return Case.objects.get(pk=found[0][0])
        lost.add(found[0][0])
    return None


@dataclass(frozen=True, slots=True)
class NothingLeft:
    """How many open cases somebody is not given, by why: each counts once, in this order.

    Collection is ``stopped``; ``worthless``: nothing can be had by acting; somebody has it
    before him (``taken``), he himself in another window too; ``worked`` by him today.
    """

    stopped: int
    worthless: int
    taken: int
    worked: int


def why_nothing(user: User, *, moment: datetime) -> NothingLeft:
    """Why ``next_case`` gives somebody none of his cases.

    Raises:
        PermissionDenied: he may see none at all.
    """
    scope = _behind_the_wall(_his(user), user)
    [found] = _ask(_WHY_NOTHING, scope, user, moment) or [(0, 0, 0, 0)]
    return NothingLeft(*found)


def _his(user: User) -> QuerySet[Case]:
    cases = visible_cases(user).select_related(None).filter(state=CaseState.OPEN)
    own = cases.filter(assignee=user)
    return own if own.exists() else cases


# Facts of a case ``c`` on the day ``t.day``, for whoever asks for them.
STANDING = """h.lifted_on is null and h.from_on <= t.day
                      and (h.until_on is null or h.until_on >= t.day)"""
HELD = f"""exists (select from casework_hold h
                      where (h.case_id = c.id or h.case_id is null and h.party_id = c.party_id)
                      and {STANDING})"""
# Since when a message by hand (``e``) asks to be seen to: not before the hours for it open.
UNSENT_SINCE = "greatest(e.happened_at, (e.data ->> 'opens_at')::timestamptz)"
# Whether nobody has seen to it.
UNSEEN = """not exists (select from casework_caseevent o where o.case_id = e.case_id and o.id > e.id
                and (o.kind in ('outcome', 'follow_up') or o.kind = 'message_settled'
                     and o.data -> 'attempt' = e.data -> 'attempt'))"""
# As ``y``: whether a reply that asks for a person waits for an outcome (``replied``), since when a
# message by hand that did not get through is to be seen to (``unsent``); whether any ``waits``.
# Looked up once (``offset 0``), however often it is spoken of.
AWAITED = f"""cross join lateral (
  select exists (select from casework_caseevent e
                 where e.case_id = c.id and e.kind = 'note' and e.data ? 'means'
                 and not exists (select from casework_caseevent o where o.case_id = c.id
                                 and o.kind = 'outcome' and o.id > e.id)) as replied,
         (select max({UNSENT_SINCE}) from casework_caseevent e
          where e.case_id = c.id and e.kind = 'message_unsent'
          and {UNSENT_SINCE} <= %(moment)s and {UNSEEN}) as unsent
  offset 0
) a
cross join lateral (
  select a.replied, a.unsent, a.replied or a.unsent is not null as waits
) y"""  # noqa: S608  constants of this module
# As ``m``: since when a case counts as worked by him that day. It does no more once a reply came, a
# promise was broken or a message by hand failed since, nor at the hour that he set to come back to
# it. Of a long timeline the last week is looked at: what comes late has the day on which it
# happened.
_WORKED = """left join (
  select e.case_id, max(e.id) as line, max(e.happened_at) as at from casework_caseevent e
  where e.actor_id = %(user)s and e.happened_at >= %(since)s::timestamp at time zone %(zone)s
  group by e.case_id
) his on his.case_id = c.id and his.at >= t.day::timestamp at time zone %(zone)s
cross join lateral (
  select case when his.line is not null
    and not exists (select from casework_caseevent n where n.case_id = c.id and n.id > his.line
                    and n.happened_at > his.at - interval '7 days'
                    and (n.kind = 'note' and n.data ? 'means'
                         or n.kind in ('promise_broken', 'promise_partly')))
    and (c.follow_up_on = t.day and c.follow_up_at <= t.clock
         and c.follow_up_at > (his.at at time zone t.zone)::time) is not true
    and (y.unsent > his.at) is not true
    then his.at end as since
) m"""
# Of a case; asked of the cases given, not joined to them: PostgreSQL would read the whole house.
_COLUMNS = [
    "id",
    "party_id",
    "arrears",
    "currency",
    "band",
    "as_of",
    "follow_up_on",
    "follow_up_at",
]
# Facts of each case first, then what they multiply. A replayed book has its own day and no clock.
_FACTS = f"""
select c.id, c.arrears, c.currency, m.since as worked_since,
  coalesce(r.share, %(unknown)s) as recovery,
  array_remove(array[
    case when d.due then 'promise_due'
         when d.waits and not y.waits then 'promise_waits' end,
    case when exists (select from casework_promise o where o.case_id = c.id
                      and o.state in ('broken', 'partly')) then 'broken' end,
    case when y.replied then 'reply' end,
    case when y.unsent is not null then 'unsent' end,
    case when c.follow_up_on = t.day and c.follow_up_at > t.clock and not y.waits
           then 'follow_up_later'
         when c.follow_up_on <= t.day then 'follow_up'
         when c.follow_up_on > t.day and not y.waits then 'follow_up_later' end,
    case when c.as_of between %(live_from)s and %(live_until)s then w.state end,
    case when {HELD} then 'held' end,
    case when m.since is not null then 'worked' end
  ], null) as terms
from ({{cases}}) as c ({", ".join(_COLUMNS)})
left join parties_party p on p.token = c.party_id
cross join lateral (select coalesce(nullif(p.time_zone, ''), %(zone)s) as zone) z
cross join lateral (
  select z.zone, case when c.as_of between %(live_from)s and %(live_until)s then %(today)s::date
                      else c.as_of end as day,
         case when c.as_of between %(live_from)s and %(live_until)s
              then (%(moment)s at time zone z.zone)::time end as clock
) t
left join unnest(%(bands)s::text[], %(shares)s::float8[]) as r (band, share) on r.band = c.band
left join unnest(%(zones)s::text[], %(states)s::text[]) as w (zone, state) on w.zone = t.zone
{PROMISED}
{AWAITED}
{_WORKED}
"""  # noqa: S608  constants of this module
# Facts are gathered once (``offset 0``): the planner would gather them for each term anew.
_VALUED = f"""
select f.*, f.arrears * f.recovery
  * {" * ".join(f"case when '{one}' = any(f.terms) then %(x_{one})s else 1 end" for one in _TERMS)}
  as value
from ({{facts}} offset 0) f
"""  # noqa: S608  see above
_WEIGHED = """left join unnest(%(currencies)s::text[], %(weights)s::float8[])
  as k (currency, weight) on k.currency = v.currency"""
# Where amounts of two currencies cannot be compared: the best of each, then the next of each.
_BY_TURNS = """row_number() over (partition by v.currency order by v.value desc, v.id), v.currency,
"""
_LIST = f"""
select v.id, v.recovery, v.terms, v.value from ({_VALUED}) v {_WEIGHED}
order by {{turns}} v.value * k.weight desc, v.id offset %(first)s limit %(number)s
"""  # noqa: S608  see above
# Whether somebody has a case before him. Gathered once for all and looked up by hash, as ``in`` is:
# of a join the planner expects a handful of cases, and held each against each one that is taken.
_TAKEN = """v.id in (
  select case_id from casework_showing where until > clock_timestamp()
  and not (user_id = %(user)s and left_at is not null))"""
# Whoever passes a case over goes on to the next, although he gave it back as he left it: where that
# comes in the order in which he left some. Gathered once, too.
_LEFT = """array_position(array(
  select case_id from casework_showing where user_id = %(user)s
  and left_at > clock_timestamp() - make_interval(secs => %(lease)s) order by left_at), v.id)"""
_NEXT = f"""
select v.id from ({_VALUED}) v {_WEIGHED}
where v.value > 0 and not 'held' = any(v.terms) and (%(again)s or v.worked_since is null)
  and not v.id = any(%(without)s::bigint[]) and not {_TAKEN}
order by {_LEFT} nulls first, v.worked_since nulls first, {{turns}}
  v.value * k.weight desc, v.id limit 1
"""  # noqa: S608  see above
_WHY_NOTHING = f"""
select count(*) filter (where v.why = 'stopped'), count(*) filter (where v.why = 'worthless'),
       count(*) filter (where v.why = 'taken'), count(*) filter (where v.why = 'worked')
from (
  select case when 'held' = any(v.terms) then 'stopped' when v.value <= 0 then 'worthless'
              when {_TAKEN} then 'taken'
              when v.worked_since is not null then 'worked' end as why
  from ({_VALUED}) v
) v
"""  # noqa: S608  see above


def _ask(
    question: str, scope: Scope | None, user: User, moment: datetime, **given: Any
) -> list[Any]:
    if scope is None:
        return []
    home = Path(settings.CARREARS_HOME)
    terms = load_next_case_terms(home)
    inner, narrowed = scope.cases.order_by().values(*_COLUMNS).query.sql_with_params()
    named = {f"case_{place}": value for place, value in enumerate(narrowed)}
    listed = inner % tuple(f"%({name})s" for name in named)
    today = local_day(moment, settings.TIME_ZONE)
    with as_house():
        zones = _zone_states(zones_on_record(), moment, terms)
    weights = weigh(set(scope.currencies), home)
    live = _live_days(today)
    values: dict[str, Any] = {
        "unknown": terms.recovery_unknown,
        "bands": list(terms.recovery),
        "shares": list(terms.recovery.values()),
        "zones": list(zones),
        "states": list(zones.values()),
        "zone": settings.TIME_ZONE,
        "currencies": list(weights.by_currency),
        "weights": list(weights.by_currency.values()),
        "today": today,
        "since": min(today, scope.since),
        "live_from": live[0],
        "live_until": live[1],
        "moment": moment,
        "user": user.pk,
        "lease": terms.lease_seconds,
    } | {f"x_{name}": factor for name, factor in terms.times.items()}
    facts = _FACTS.replace("{cases}", listed)
    asked = question.replace("{turns}", "" if weights.comparable else _BY_TURNS)
    with as_house(), connection.cursor() as cursor:
        cursor.execute(asked.replace("{facts}", facts), values | named | given)
        return list(cursor.fetchall())


# As PostgreSQL writes the numbers, and reads them again.
SCOPE: Mapping[str, Any] = {
    "currencies": ArrayAgg("currency", distinct=True, default=[]),
    "since": Min("as_of"),
    "desks": ArrayAgg("assignee", distinct=True),
    "listed": Cast(ArrayAgg("pk"), TextField()),
}


def _behind_the_wall(cases: QuerySet[Case], user: User) -> Scope | None:
    """Those of them that PostgreSQL shows him, whose facts are then asked for the house.

    Behind the wall each of the people would ask anew for his cases. None: there is no case.
    """
    plain = cases.select_related(None).order_by()
    if not sees_everything(user):
        found = plain.aggregate(**SCOPE)
        return scope_of([found]) if found["since"] is not None else None
    found = plain.aggregate(**{name: SCOPE[name] for name in ("currencies", "since")})
    if found["since"] is None:
        return None
    return Scope(cases, found["currencies"], found["since"])


@lru_cache(maxsize=2)
def _live_days(today: date) -> tuple[date, date]:
    """Between which days a book is today's business."""
    days = [today + timedelta(days=n) for n in range(-366, 367)]
    live = [day for day in days if not is_replay(day, today=today)]
    return live[0], live[-1]


def _zone_states(zones: Iterable[str], moment: datetime, terms: NextCaseTerms) -> dict[str, Term]:
    """In which of the debtors' places the house's hours are over or close soon."""
    states: dict[str, Term] = {}
    for zone in {*zones, settings.TIME_ZONE}:
        opens, closes = house_hours(local_day(moment, zone), zone)
        if not opens <= moment < closes:
            states[zone] = "shut"
        elif closes - moment <= timedelta(minutes=terms.closing_minutes):
            states[zone] = "closing"
    return states


def _worth(row: Any, terms: NextCaseTerms) -> Worth:
    case, recovery, held, value = row
    factors: list[tuple[Term, float]] = [(name, terms.times[name]) for name in held]
    factors.sort(key=lambda one: -abs(one[1] - 1))
    return Worth(case, round(value), recovery, tuple(factors))
