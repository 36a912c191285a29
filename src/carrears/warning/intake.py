"""Watched loans follow what the table decided: the night's thousands, or an event's one.

Both leave the decisions in the session's table ``warned``; one statement takes them in.
"""

# ruff: noqa: S608  column names are constants of this module, values are parameters

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from carrears.database.session import run_kept

# A row for each loan that is warned of, and in an event for each loan that it decided again.
WARNED_COLUMNS = {
    "loan_no": "varchar",
    "loan_id": "bigint",
    "obligor_no": "varchar",
    "product": "varchar",
    "currency": "varchar",
    "level": "varchar",
    "reason": "varchar",
    "decision": "jsonb",
    "facts": "jsonb",
    "score": "integer",
    "band": "varchar",
    "reasons": "jsonb",
    "next_due_on": "date",
    "next_due_amount": "bigint",
    "open_due_on": "date",
    "arrears": "bigint",
    "is_paid_ahead": "boolean",
}
WARNED_TABLES = {"warned": WARNED_COLUMNS}
_KEPT = tuple(name for name in WARNED_COLUMNS if name not in {"loan_no", "level"})


@dataclass(frozen=True, slots=True)
class WarnedIntake:
    """How many loans are watched anew, came to another level, and are watched no more."""

    begun: int
    moved: int
    ended: int


def take_in_warned(
    *,
    as_of: date,
    at: datetime,
    strategy_id: int,
    only: Sequence[str] | None = None,
    skip: Sequence[str] = (),
) -> WarnedIntake:
    """Bring the watched loans to the levels of ``warned``.

    ``only`` names the loans that were decided; without it, all were, so that a watched loan that
    ``warned`` does not have is watched no more: paid off, behind, or calm again. A loan that was
    decided as of a later day is left alone, and so are those of ``skip``.
    """
    given: dict[str, Any] = {"as_of": as_of, "at": at, "strategy": strategy_id}
    given |= {"only": list(only or ()), "skip": list(skip)}
    if skip:
        run_kept([("delete from warned where loan_no = any(%(skip)s::text[])", given)])
    if only is None:
        with connection.cursor() as cursor:
            cursor.execute("analyze warned (loan_no)")
    changed, _, ended = run_kept(
        [
            (statement, given)
            for statement in (_CHANGED, _KEEP, _ENDED if only is None else _ENDED_OF)
        ]
    )
    [(begun, moved)], [(over,)] = changed.rows, ended.rows
    return WarnedIntake(int(begun), int(moved), int(over))


# How many begin, and lines for those that come to another level; before their rows change.
_CHANGED = """
with moved as (
  select w.id, w.level as before, s.level, s.reason
  from warned s join warning_watchedloan w using (loan_no)
  where w.as_of <= %(as_of)s::date and w.level <> s.level
), told as (
  insert into warning_levelchange (watched_id, as_of, before, level, reason, at)
  select id, %(as_of)s::date, before, level, coalesce(reason, ''), %(at)s::timestamptz from moved
)
select (select count(*) from warned s where s.level <> 'none' and not exists
          (select from warning_watchedloan w
           where w.loan_no = s.loan_no and (w.level <> 'none' or w.as_of > %(as_of)s::date))),
       (select count(*) from moved where before <> 'none' and level <> 'none')
"""
_SETS = ", ".join(f"{name} = excluded.{name}" for name in _KEPT)
_COLUMNS = ", ".join(_KEPT)
_OLD = ", ".join(f"w.{name}" for name in _KEPT)
_NEW = ", ".join(f"excluded.{name}" for name in _KEPT)
_SELECTED = ", ".join("coalesce(reason, '')" if name == "reason" else name for name in _KEPT)
_KEEP = f"""
with kept as (
  insert into warning_watchedloan as w
    (loan_no, level, as_of, since_on, strategy_id, {_COLUMNS})
  select loan_no, level, %(as_of)s::date, %(as_of)s::date, %(strategy)s::bigint, {_SELECTED}
  from warned s
  where level <> 'none' or exists
    (select from warning_watchedloan known where known.loan_no = s.loan_no)
  on conflict (loan_no) do update
  set level = excluded.level, as_of = excluded.as_of, strategy_id = excluded.strategy_id,
      since_on = case when w.level = excluded.level then w.since_on else excluded.as_of end,
      {_SETS}
  where w.as_of <= excluded.as_of
    and (w.level, w.strategy_id, {_OLD}) is distinct from
        (excluded.level, excluded.strategy_id, {_NEW})
  returning w.id, w.level, w.reason, xmax = 0 as is_new
)
insert into warning_levelchange (watched_id, as_of, before, level, reason, at)
select id, %(as_of)s::date, 'none', level, reason, %(at)s::timestamptz from kept where is_new
"""


_ENDED = """
with ended as (
  update warning_watchedloan w
  set level = 'none', reason = '', decision = '{}',
      as_of = %(as_of)s::date, since_on = %(as_of)s::date
  from warning_watchedloan b
  where b.id = w.id and w.level <> 'none' and w.as_of <= %(as_of)s::date
    and not w.loan_no = any(%(skip)s::text[])
    and not exists (select from warned s where s.loan_no = w.loan_no)
  returning w.id, b.level as before
), told as (
  insert into warning_levelchange (watched_id, as_of, before, level, reason, at)
  select id, %(as_of)s::date, before, 'none', '', %(at)s::timestamptz from ended
)
select count(*) from ended
"""
_ENDED_OF = _ENDED.replace(
    "where b.id = w.id", "where b.id = w.id and w.loan_no = any(%(only)s::text[])"
)
