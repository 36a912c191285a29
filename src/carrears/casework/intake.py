"""Cases follow the state of their loans: opened (入催), updated, closed on cure (出催).

The night's thousands of loans and the one loan of an event go through the same statements,
so they cannot differ. A case never moves back: a state older than the one it shows is left
alone.
"""

# ruff: noqa: S608  column names are constants of this module, values are parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from carrears.casework.placement_ends import recall_paid
from carrears.database.session import copy_tuples, ensure_tables, run_kept
from carrears.evidence.services import Record, record_many

# The columns of a state, in the order in which they are copied in.
STATE_COLUMNS = {
    "loan_no": "varchar",
    "loan_id": "bigint",
    "obligor_no": "varchar",
    "product": "varchar",
    "currency": "varchar",
    "jurisdiction": "varchar",
    "loan": "jsonb",
    "as_of": "date",
    "dpd": "integer",
    "bucket": "smallint",
    "arrears": "bigint",
    "arrears_principal": "bigint",
    "arrears_interest": "bigint",
    "arrears_fee": "bigint",
    "arrears_penalty": "bigint",
    "arrears_compound": "bigint",
    "payoff": "bigint",
    "oldest_due_on": "date",
    "instalments_behind": "integer",
    "next_due_on": "date",
    "next_due_amount": "bigint",
    "last_paid_on": "date",
    "principal_outstanding": "bigint",
    "score": "integer",
    "band": "varchar",
    "reasons": "jsonb",
    "treatment": "varchar",
    "stage": "varchar",
    "decision": "jsonb",
    "priority": "integer",
    "next_review_on": "date",
    "paid_total": "bigint",
    "closed_reason": "varchar",
    "strategy_id": "bigint",
}
# The tables of the session that a take-in works with.
INTAKE_TABLES: dict[str, dict[str, str]] = {
    "incoming": STATE_COLUMNS,
    "change": {
        "case_id": "bigint",
        "kind": "varchar",
        "loan_no": "varchar",
        "key": "varchar",
        "data": "jsonb",
    },
}
_FIXED = ("loan_no", "loan_id", "product", "currency", "jurisdiction")
_MOVING = tuple(c for c in STATE_COLUMNS if c not in {*_FIXED, "closed_reason", "strategy_id"})
CASE_COLUMNS = (*_FIXED, *_MOVING)


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of the cases: numbers of the loans opened, closed and updated."""

    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    updated: int = 0


@transaction.atomic
def take_in(
    states: Iterable[Sequence[Any]], *, as_of: date, at: datetime, strategy_id: int | None
) -> Intake:
    """Bring the cases of these loans to their new states, all or none.

    ``states`` are rows in the order of STATE_COLUMNS: every loan that is behind and every
    loan with an open case. A loan whose ``closed_reason`` is set has ended; one without a
    strategy of its own was decided by ``strategy_id``.
    """
    ensure_tables(INTAKE_TABLES)
    copy_tuples("incoming", list(STATE_COLUMNS), states)
    weigh_incoming()
    return take_in_incoming(as_of=as_of, at=at, strategy_id=strategy_id)


def weigh_incoming() -> None:
    """Let the planner know how many states there are: worth it for a night's, not for a few."""
    with connection.cursor() as cursor:
        # Of the columns that are joined on: looking at the documents costs more than it tells.
        cursor.execute("analyze incoming (loan_no)")


@transaction.atomic(savepoint=False)
def take_in_incoming(*, as_of: date, at: datetime, strategy_id: int | None) -> Intake:
    """The same for the states that lie in the session's table ``incoming`` already."""
    given = {"as_of": as_of, "at": at, "strategy": strategy_id}
    _, reopened, taken, _, updated, new, closed, _, told = run_kept(
        [(statement, given) for statement in _STATEMENTS]
    )
    record_many(
        Record(
            kind=f"case.{kind}",
            subject=loan_no,
            key=f"case:{key}",
            actor="",
            occurred_at=at,
            payload={"case": case_id, "loan_no": loan_no, "as_of": as_of.isoformat()}
            | _without_floats(data),
        )
        for case_id, kind, loan_no, key, data in told.rows
    )
    opened = [row[0] for answer in (reopened, taken, new) for row in answer.rows]
    ended = [row[0] for row in closed.rows]
    recall_paid(ended, at=at)
    return Intake(opened, ended, updated.count)


def _without_floats(data: dict[str, Any] | str) -> dict[str, Any]:
    import json  # noqa: PLC0415  only where the driver hands jsonb over as text

    loaded: dict[str, Any] = json.loads(data) if isinstance(data, str) else data
    if float not in map(type, loaded.values()):
        return loaded
    return {k: str(v) if isinstance(v, float) else v for k, v in loaded.items()}


# Within a statement nothing sees what the others of it write; ``change`` tells those that follow.
_SET_MOVING = ", ".join(f"{name} = s.{name}" for name in _MOVING)
_OLD = ", ".join(f"c.{name}" for name in _MOVING)
_NEW = ", ".join(f"s.{name}" for name in _MOVING)
_COLUMNS = ", ".join(CASE_COLUMNS)
_DECIDED_BY = "coalesce(s.strategy_id, %(strategy)s::bigint)"


def _lines_of(table: str) -> str:
    """How many lines each case's timeline has so far.

    A case may come to the same state twice in a day, by money taken back and paid again: each
    time is a line of its own, and this tells them apart.
    """
    return f"(select count(*) from casework_caseevent told where told.case_id = {table}.id)"


# A payment taken back on the day that it closed a case opens that case again, and the promises
# that ended with it.
_REOPEN = f"""
with reopened as (
  update casework_case c
  set state = 'open', closed_on = null, close_reason = ''
  from incoming s
  where c.loan_no = s.loan_no and c.state = 'closed' and c.closed_on = s.as_of
    and c.as_of = s.as_of and s.dpd > 0 and s.closed_reason is null
    and not exists (select from casework_case o
                    where o.loan_no = s.loan_no and o.state = 'open')
  returning c.id, c.loan_no, s.dpd, s.arrears, s.currency, s.paid_total
), promised as (
  update casework_promise p set state = 'open', settled_on = null, cancelled_for = ''
  from reopened where p.case_id = reopened.id and p.state = 'cancelled'
    and p.cancelled_for = 'closed' and p.settled_on = %(as_of)s::date
)
insert into change
select id, 'reopened', loan_no, id || ':reopened:' || {_lines_of("reopened")},
       jsonb_build_object('dpd', dpd, 'arrears', arrears, 'currency', currency)
from reopened returning loan_no
"""
# A loan that was watched has its file already: it becomes the open case.
_TAKE_OVER = f"""
with opened as (
  update casework_case c
  set state = 'open', opened_on = s.as_of, strategy_id = {_DECIDED_BY}, {_SET_MOVING}
  from incoming s
  where c.loan_no = s.loan_no and c.state = 'watch' and c.as_of <= s.as_of
    and s.dpd > 0 and s.closed_reason is null
    and not exists (select from casework_case o
                    where o.loan_no = s.loan_no and o.id <> c.id
                    and (o.state = 'open' or o.as_of > s.as_of or o.opened_on = s.as_of))
  returning c.id, c.loan_no, c.dpd, c.bucket, c.arrears, c.currency, c.treatment
), cancelled as (
  update casework_plannedaction a set state = 'cancelled', reason = 'overtaken'
  from opened where a.case_id = opened.id and a.state = 'planned'
)
insert into change
select id, 'opened', loan_no, id || ':opened',
       jsonb_build_object('dpd', dpd, 'bucket', bucket, 'arrears', arrears,
                          'currency', currency, 'treatment', treatment)
from opened returning loan_no
"""
_OPEN = f"""
with opened as (
  insert into casework_case
    (state, close_reason, opened_on, strategy_id, party_id, {_COLUMNS})
  select 'open', '', s.as_of, {_DECIDED_BY},
         (select lp.party_id from parties_loanparty lp
          where lp.loan_no = s.loan_no and lp.role = 'obligor' order by lp.id limit 1),
         {_COLUMNS}
  from incoming s
  where s.dpd > 0 and s.closed_reason is null
    and not exists (select from casework_case c where c.loan_no = s.loan_no
                    and (c.state = 'open' or c.as_of > s.as_of or c.opened_on = s.as_of))
  returning id, loan_no, dpd, bucket, arrears, currency, treatment
)
insert into change
select id, 'opened', loan_no, id || ':opened',
       jsonb_build_object('dpd', dpd, 'bucket', bucket, 'arrears', arrears,
                          'currency', currency, 'treatment', treatment)
from opened returning loan_no
"""
# A change of bucket or treatment is a line of the timeline.
_TELL_MOVED = f"""
insert into change
select id, kind, loan_no, id || ':' || as_of || ':moved:' || {_lines_of("moved")}, data
from (
select c.id, case when c.bucket <> s.bucket then 'bucket' else 'treatment' end as kind,
       c.loan_no, s.as_of,
       jsonb_build_object('dpd', s.dpd, 'from_bucket', c.bucket, 'bucket', s.bucket,
         'arrears', s.arrears, 'currency', s.currency,
         'from_treatment', c.treatment, 'treatment', s.treatment) as data
from casework_case c join incoming s using (loan_no)
where c.state = 'open' and c.as_of <= s.as_of and s.dpd > 0 and s.closed_reason is null
  and (c.bucket <> s.bucket or c.treatment <> s.treatment)
) moved
"""
# A case that stands as it should is not written again.
_UPDATE = f"""
update casework_case c set {_SET_MOVING}, strategy_id = {_DECIDED_BY}
from incoming s
where c.loan_no = s.loan_no and c.state = 'open' and c.as_of <= s.as_of
  and s.dpd > 0 and s.closed_reason is null
  and (c.strategy_id, {_OLD}) is distinct from ({_DECIDED_BY}, {_NEW})
"""
# Close what is cured or ended, and cancel what was planned for it.
_CLOSE = f"""
with closed as (
  update casework_case c
  set state = 'closed', closed_on = s.as_of, as_of = s.as_of,
      close_reason = coalesce(s.closed_reason, 'cured'),
      dpd = s.dpd, bucket = s.bucket, arrears = s.arrears,
      arrears_principal = s.arrears_principal, arrears_interest = s.arrears_interest,
      arrears_fee = s.arrears_fee, arrears_penalty = s.arrears_penalty,
      arrears_compound = s.arrears_compound, payoff = s.payoff,
      oldest_due_on = s.oldest_due_on,
      instalments_behind = s.instalments_behind, last_paid_on = s.last_paid_on,
      next_due_on = s.next_due_on, next_due_amount = s.next_due_amount,
      principal_outstanding = s.principal_outstanding, paid_total = s.paid_total
  from incoming s
  where c.loan_no = s.loan_no and c.state = 'open' and c.as_of <= s.as_of
    and (s.dpd = 0 or s.closed_reason is not null)
  returning c.id, c.loan_no, c.close_reason, c.paid_total
), cancelled as (
  update casework_plannedaction a set state = 'cancelled', reason = closed.close_reason
  from closed where a.case_id = closed.id and a.state = 'planned' returning a.case_id
), dropped as (
  update casework_promise p
  set state = 'cancelled', settled_on = %(as_of)s::date, cancelled_for = 'closed'
  from closed where p.case_id = closed.id and p.state = 'open' returning p.case_id
)
insert into change
select id, 'closed', loan_no, id || ':closed:' || %(as_of)s::date || ':' || {_lines_of("closed")},
       jsonb_build_object('reason', close_reason, 'cancelled_actions',
         (select count(*) from cancelled where cancelled.case_id = closed.id))
from closed returning loan_no
"""
_WRITE_TIMELINE = """
insert into casework_caseevent (case_id, key, happened_at, kind, data)
select case_id, key, %(at)s::timestamptz, kind, data from change on conflict (key) do nothing
"""
_STATEMENTS = (
    "delete from change",
    _REOPEN,
    _TAKE_OVER,
    _TELL_MOVED,
    _UPDATE,  # before there are new ones, which are up to date
    _OPEN,
    _CLOSE,
    _WRITE_TIMELINE,
    "select case_id, kind, loan_no, key, data from change order by key",
)
