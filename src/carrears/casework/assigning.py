"""Give open cases that nobody works to collectors by the rules (分案); evidence with each."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from carrears.access.models import User
from carrears.access.organisations import Tree, access_day, memberships_on
from carrears.casework.allocation import Allocation, Collector, Given, Waiting, allocate
from carrears.casework.allocation_rules import AllocationRules, load_allocation_rules
from carrears.casework.attendance import Attendance
from carrears.casework.attending import clock_on, read_attendance, read_desks
from carrears.casework.day_plan_models import outdate_plans
from carrears.casework.desk_models import Desk
from carrears.casework.jobs import give_out
from carrears.casework.models import Case, CaseState
from carrears.casework.services import Line, tell_many
from carrears.clock import now
from carrears.database.wall import as_house

_ASSIGNING = 0x6173_7367  # "assg"


@dataclass(frozen=True, slots=True)
class Stand:
    """Whether somebody is at work soon enough to get cases, or so long away that his go on."""

    here: bool
    covered: bool


@as_house()
@transaction.atomic(savepoint=False)
def assign_cases(
    loan_nos: Sequence[str] | None = None,
    *,
    loan_ids: tuple[int, int] | None = None,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> int:
    """Give open cases that nobody works to collectors, by the rules of today; returns how many.

    All of them, or those of some loans. Nobody works what nobody has, and what somebody has who
    left or is away for long. What no rule gives waits in the pool, where every team lead sees it
    and why; what is with an agency waits there. One at a time counts what the others have given,
    until the transaction ends. ``at`` is when the timeline says that it happened; else now.
    With ``known_at`` rules, teams, desks and absences are those of that moment.
    """
    have_assigning()
    day = access_day(known_at or now())
    rules = load_allocation_rules(Path(settings.CARREARS_HOME), on=day)
    stands = stands_on(day, rules, known_at=known_at)
    gone = [pk for pk, one in stands.items() if one.covered]
    if not _is_anybody_there():
        return 0
    waiting = read_waiting(day, gone=gone, loan_nos=loan_nos, loan_ids=loan_ids)
    if not waiting:
        return 0
    collectors = read_collectors(day, rules, stands, known_at=known_at)
    owners = read_owners([one.case.debtor for one in waiting], gone=gone)
    done = allocate([one.case for one in waiting], collectors, rules, owners=owners)
    return _keep(waiting, done, at=at or now())


def assign_opened(loan_nos: Sequence[str], *, at: datetime) -> int:
    """The same of what an event opened, in its transaction; but an event waits for nobody.

    While a night gives out, it is left to a job that comes after it (``jobs.give_out``).
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_ASSIGNING])
        [alone] = cursor.fetchone()
    if alone:
        return assign_cases(loan_nos, at=at)
    give_out.defer(loan_nos=list(loan_nos))
    return 0


def _is_anybody_there() -> bool:
    """Whether there is somebody who could be given a case, by a rule or for another of its debtor.

    A house without collectors does not read its whole pool every night.
    """
    collectors = User.objects.filter(groups__name="collector", is_active=True)
    worked = Case.objects.filter(state=CaseState.OPEN, assignee__isnull=False)
    return collectors.exists() or worked.exists()


def have_assigning() -> None:
    """Be the only one who says whose cases are whose, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_ASSIGNING])


@dataclass(frozen=True, slots=True)
class Found:
    """A case that waits: its loan, and who had it before."""

    case: Waiting
    loan_no: str
    before: int | None


# Who a debtor is: by the lender's number, else by the person on record, else nobody but himself.
DEBTOR = "coalesce(nullif(c.obligor_no, ''), c.party_id::text, 'case:' || c.id)"
# It is with no agency.
OURS = """not exists (select from casework_placement l where l.obligor_no = c.obligor_no
    and l.from_on <= %(day)s and (l.until_on is null or l.until_on >= %(day)s))"""
_WAITING = f"""
select c.id, {DEBTOR}, c.priority, c.bucket, c.arrears, c.stage, c.band, c.product,
       c.treatment, c.currency, coalesce(p.language, ''), coalesce(p.region, ''),
       c.loan_no, c.assignee_id
from casework_case c left join parties_party p on p.token = c.party_id
where c.state = 'open' and (c.assignee_id is null or c.assignee_id = any(%(gone)s::integer[]))
  and (%(loan_nos)s::text[] is null or c.loan_no = any(%(loan_nos)s::text[]))
  and (%(first)s::bigint is null or c.loan_id between %(first)s and %(last)s)
  and (%(cases)s::bigint[] is null or c.id = any(%(cases)s::bigint[]))
  and {OURS}
order by c.id
"""  # noqa: S608  constants of this module


def read_waiting(
    day: date,
    *,
    gone: Sequence[int],
    loan_nos: Sequence[str] | None = None,
    loan_ids: tuple[int, int] | None = None,
    cases: Sequence[int] | None = None,
) -> list[Found]:
    """The open cases, all or some, that nobody works: neither a collector nor an agency."""
    first, last = loan_ids or (None, None)
    values = {
        "gone": list(gone),
        "loan_nos": None if loan_nos is None else list(loan_nos),
        "first": first,
        "last": last,
        # As text: each of a hundred thousand numbers by itself takes the driver longer than SQL.
        "cases": None if cases is None else "{" + ",".join(map(str, cases)) + "}",
        "day": day,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, values)
        return [Found(Waiting(*row[:12]), row[12], row[13]) for row in cursor.fetchall()]


def stands_on(
    day: date, rules: AllocationRules, *, known_at: datetime | None = None
) -> dict[int, Stand]:
    """Of everybody who is not simply there every day, how he stands; who left is covered.

    With ``known_at`` by the absences and desks that were known at that moment.
    """
    known, clock = read_attendance(known_at=known_at), clock_on(day)
    left = set(User.objects.filter(is_active=False).values_list("pk", flat=True))
    stands = {}
    within = max(rules.back_within_days, rules.cover_after_days)
    for user in known.keys() | left:
        back = known.get(user, Attendance()).next_day(day, within_days=within, clock=clock)
        days = None if back is None or user in left else (back - day).days
        stands[user] = Stand(
            here=days is not None and days <= rules.back_within_days,
            covered=days is None or days > rules.cover_after_days,
        )
    return stands


# By the order of the index of loads alone; the few debtors without a number of the lender's apart.
_LOADS = """
select assignee_id, sum(people)::bigint, sum(arrears)::bigint from (
  select c.assignee_id, count(distinct c.obligor_no) as people, sum(c.arrears) as arrears
  from casework_case c where {his} and c.obligor_no <> '' group by 1
  union all
  select c.assignee_id, count(distinct coalesce(c.party_id::text, 'case:' || c.id)),
         sum(c.arrears)
  from casework_case c where {his} and c.obligor_no = '' group by 1
) debtors group by 1
""".replace(
    "{his}",
    "c.state = 'open' and c.assignee_id is not null"
    " and (%(users)s::integer[] is null or c.assignee_id = any(%(users)s::integer[]))",
)


def read_collectors(
    day: date,
    rules: AllocationRules,
    stands: Mapping[int, Stand],
    *,
    only: Collection[int] | None = None,
    known_at: datetime | None = None,
) -> list[Collector]:
    """Everybody who may be given cases, or of some people who may, with what he has.

    With ``known_at`` by the desks of that moment.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOADS, {"users": None if only is None else list(only)})
        loads = {user: (people, arrears) for user, people, arrears in cursor.fetchall()}
    desks = read_desks(only, known_at=known_at)
    teams, no_desk = _teams_on(day), Desk()
    collectors = []
    users = User.objects.filter(groups__name="collector", is_active=True)
    users = users if only is None else users.filter(pk__in=only)
    for pk in users.order_by("pk").values_list("pk", flat=True):
        desk, stand = desks.get(pk, no_desk), stands.get(pk)
        people, arrears = loads.get(pk, (0, 0))
        collectors.append(
            Collector(
                pk=pk,
                people=people,
                arrears=arrears,
                room=rules.most_people if desk.room is None else desk.room,
                here=stand is None or stand.here,
                teams=teams.get(pk, frozenset()),
                skills=frozenset(desk.skills),
                languages=frozenset(desk.languages),
                regions=frozenset(desk.regions),
            )
        )
    return collectors


def _teams_on(day: date) -> dict[int, frozenset[str]]:
    """The keys of everybody's organisations and of those above them."""
    tree = Tree.load()
    above: dict[int, frozenset[str]] = {}

    def keys(pk: int) -> frozenset[str]:
        if pk not in above:
            one = tree.by_id[pk]
            over = keys(one.parent_id) if one.parent_id is not None else frozenset()
            above[pk] = over | {one.key}
        return above[pk]

    teams: dict[int, frozenset[str]] = {}
    for user, place in memberships_on(day).values_list("user", "organisation"):
        teams[user] = teams.get(user, frozenset()) | keys(place)
    return teams


_OWNERS = f"""
select {DEBTOR}, c.assignee_id
from casework_case c
where c.state = 'open' and c.assignee_id is not null
  and not c.assignee_id = any(%(gone)s::integer[])
  and (c.obligor_no = any(%(debtors)s::text[])
       or c.obligor_no = '' and c.party_id = any(%(parties)s::uuid[]))
order by c.opened_on desc, c.id desc
"""  # noqa: S608  constants of this module


def read_owners(debtors: Iterable[str], *, gone: Sequence[int]) -> dict[str, int]:
    """Who works an open case of a debtor; the oldest where they are split."""
    wanted = sorted(set(debtors))
    values: dict[str, Any] = {
        "debtors": wanted,
        "parties": list(filter(_is_token, wanted)),
        "gone": list(gone),
    }
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, values)
        return dict(cursor.fetchall())


def _is_token(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


# What became somebody's meanwhile, ended, or went to an agency is left alone.
_GIVE = f"""
update casework_case c set assignee_id = given.assignee
from unnest(%(ids)s::bigint[], %(after)s::integer[], %(before)s::integer[])
  as given (id, assignee, before)
where c.id = given.id and c.state = 'open' and c.assignee_id is not distinct from given.before
  and {OURS}
returning c.id
"""  # noqa: S608  constants of this module


def give(going: Sequence[tuple[int, int | None, int | None]]) -> set[int]:
    """Let cases change hands, each told by its number, who has it and who gets it.

    Returns those that did; the caller has had ``have_assigning`` and tells it.
    """
    values: dict[str, Any] = {
        "ids": [pk for pk, _, _ in going],
        "before": [before for _, before, _ in going],
        "after": [after for _, _, after in going],
        "day": access_day(now()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, values)
        gave = {pk for (pk,) in cursor.fetchall()}
    # Whoever has a case no more leaves it out of his day by himself (``follow_day``).
    outdate_plans({after for _, _, after in going if after is not None})
    return gave


def _keep(waiting: Sequence[Found], done: Allocation, *, at: datetime) -> int:
    found = [one for one in waiting if one.case.pk in done.given]
    if not found:
        return 0
    given = [done.given[one.case.pk] for one in found]
    kept = give(
        [(one.case.pk, one.before, to.collector) for one, to in zip(found, given, strict=True)]
    )
    names = dict(User.objects.values_list("pk", "username"))
    tell_many(
        Line(
            case=Case(pk=one.case.pk, loan_no=one.loan_no),
            kind="assigned",
            at=at,
            key=f"{one.case.pk}:assigned:{uuid.uuid4()}",
            data=_told(one, to, names),
        )
        for one, to in zip(found, given, strict=True)
        if one.case.pk in kept
    )
    return len(kept)


def _told(found: Found, given: Given, names: Mapping[int, str]) -> dict[str, Any]:
    before = {} if found.before is None else {"from": names[found.before]}
    return {"to": names[given.collector], "rule": given.rule or "same_debtor"} | before
