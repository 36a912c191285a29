"""Plan the steps of the strategy's cadences up to the due date, for the loans that are not behind.

Which of them have an instalment due the book says, for all at once (``dayrun.reminding``); here the
person's own time zone, what was said already and what stops collection are looked up, and each
loan that is reminded gets a file to keep its contacts in, in the state WATCH: nobody's case.
"""

# ruff: noqa: S608  column names are constants of this module, values are parameters

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from django.db import connection, transaction

from carrears.casework.cadence_steps import MOVED_ON, WAY
from carrears.casework.cadence_stops import STOPPED
from carrears.casework.reach import texts_arrive
from carrears.database.session import copy_table, ensure_tables

# An instalment of a loan that is not behind and that is not paid in full: what is asked is
# ``amount``, in minor units; ``due_on`` is the agreed day, before a calendar moves it. ``named`` is
# the cadence that the strategy names, ``version`` the one that decided the loan.
ASKED_COLUMNS = {
    "loan_no": "varchar",
    "loan_id": "bigint",
    "product": "varchar",
    "named": "varchar",
    "version": "bigint",
    "due_on": "date",
    "amount": "bigint",
    "treatment": "varchar",
    "channel": "varchar",
    "template": "varchar",
    "else_channel": "varchar",
    "else_template": "varchar",
}
_SAID = ("channel", "template", "else_channel", "else_template")  # by the strategy, of a loan
# A step as ``cadence_steps.Turn`` tells it.
_DUE = {
    "place": "text",
    "moment": "timestamptz",
    "day": "date",
    "falls_due": "date",
    "cadence": "text",
    "step_day": "smallint",
    "key": "text",
    "until_on": "date",
    "treatments": "jsonb",
    "skipped": "boolean",
    "ways": "jsonb",
}
_ABOUT = {"product": "text", "named": "text", "due_on": "date", "version": "bigint"}
_TABLES = {
    "asked_for": ASKED_COLUMNS,
    "reminding": {**ASKED_COLUMNS, **_DUE, "loan_key": "varchar"},
}


def places_of_people(loan_nos: Sequence[str]) -> list[str]:
    """The time zones on record for people of these loans; else the product's holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct time_zone from parties_party where time_zone <> '' and token in"
            " (select party_id from parties_loanparty where loan_no = any(%s::text[]))",
            [list(loan_nos)],
        )
        return [row[0] for row in cursor.fetchall()]


def choose_reminded(
    asked: pa.Table, *, due: Sequence[Mapping[str, Any]], zones: Mapping[str, str]
) -> list[str]:
    """Choose of these instalments those whose step is due and was not said; see ``plan_reminded``.

    ``asked`` has ASKED_COLUMNS, ``due`` the steps whose turn it is. One a loan, the instalment that
    falls due first. Returns the loans that have no file yet.
    """
    ensure_tables(_TABLES)
    copy_table("asked_for", asked)
    given: dict[str, Any] = {
        "due": json.dumps(list(due)),
        "products": list(zones),
        "zones": list(zones.values()),
    }
    with connection.cursor() as cursor:
        cursor.execute("analyze asked_for (loan_no)")
        cursor.execute(_CHOOSE, given)
        cursor.execute("analyze reminding (loan_no)")
        cursor.execute(_LACKING)
        return [row[0] for row in cursor.fetchall()]


@transaction.atomic
def plan_reminded(*, as_of: date) -> int:
    """Plan what ``choose_reminded`` chose, on the loans' files; returns how many are new.

    Planned twice for a day it is planned once. A step of whom collection stands still is kept as
    cancelled, with the reason; one that was cancelled as paid is planned again: it is asked for.
    """
    given: dict[str, Any] = {"as_of": as_of, "texts": texts_arrive()}
    with connection.cursor() as cursor:
        cursor.execute(_TELL_FILES, given)
        cursor.execute(_TAKE_BACK, given)
        cursor.execute(_PLAN, given)
        return sum(state == "planned" and is_new for state, is_new in cursor.fetchall())


def _listed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


_OBLIGOR = """
left join lateral (
  select lp.party_id from parties_loanparty lp
  where lp.loan_no = a.loan_no and lp.role = 'obligor' order by lp.id limit 1
) answers on true
left join parties_party who on who.token = answers.party_id
"""
_CHOOSE = f"""
insert into reminding ({", ".join(ASKED_COLUMNS)}, {", ".join(_DUE)}, loan_key)
select distinct on (a.loan_no) {", ".join(f"a.{name}" for name in ASKED_COLUMNS)},
       {", ".join(f"due.{name}" for name in _DUE)}, a.loan_no || ':' || due.key
from asked_for a
{_OBLIGOR}
left join unnest(%(products)s::text[], %(zones)s::text[]) as z (product, zone)
  on z.product = a.product
join jsonb_to_recordset(%(due)s::jsonb) as due ({_listed({**_ABOUT, **_DUE})})
  on due.product = a.product and due.named = a.named and due.due_on = a.due_on
     and due.version = a.version and due.place = coalesce(nullif(who.time_zone, ''), z.zone)
where not due.skipped and (due.treatments is null or due.treatments ? a.treatment)
  and (due.ways <> '[]' or a.channel in ('email', 'sms', 'letter', 'portal')
       or a.else_channel in ('email', 'sms', 'letter', 'portal'))
  and not exists (select from casework_case c where c.loan_no = a.loan_no and c.state = 'open')
  and not exists (select from casework_plannedaction known
                  where known.key = a.loan_no || ':' || due.key
                    and known.state <> 'planned'
                    and (known.state, known.reason) <> ('cancelled', 'paid'))
order by a.loan_no, a.due_on
"""
_LACKING = """
select r.loan_no from reminding r
where not exists (select from casework_case c where c.loan_no = r.loan_no and c.state = 'watch')
order by r.loan_id
"""
# The file tells of the instalment, which is due on the day where the calendar has it, and of the
# ways that the strategy names by now.
_NAMED = ", ".join(f"'{name}', coalesce(r.{name}, '')" for name in _SAID)
_TELL_FILES = f"""
update casework_case c
set as_of = greatest(c.as_of, %(as_of)s), next_due_on = r.falls_due, next_due_amount = r.amount,
    strategy_id = r.version,
    decision = case when r.ways = '[]' then c.decision || jsonb_build_object({_NAMED})
               else c.decision end
from reminding r where r.loan_no = c.loan_no and c.state = 'watch'
"""
# The payment that had a step cancelled was taken back in the step's time.
_TAKE_BACK = """
update casework_plannedaction a
set state = 'planned', reason = '', as_of = %(as_of)s, planned_for = r.moment,
    until_on = r.until_on
from reminding r where a.key = r.loan_key and a.state = 'cancelled' and a.reason = 'paid'
"""
_PLAN = f"""
insert into casework_plannedaction
  (case_id, key, as_of, channel, template, planned_for, state, reason,
   cadence, step_day, due_on, until_on)
select c.id, due.loan_key, %(as_of)s, way.channel, way.template, due.moment,
       case when stop.held is null then 'planned' else 'cancelled' end, coalesce(stop.held, ''),
       due.cadence, due.step_day, due.due_on, due.until_on
from reminding due join casework_case c on c.loan_no = due.loan_no and c.state = 'watch'
cross join lateral ({WAY}) way
cross join lateral (select coalesce({STOPPED.format(day="due.day")}) as held) stop
where not exists (
  -- one message a day, also where the early warning asked for another one
  select from casework_plannedaction other
  where other.case_id = c.id and other.as_of = %(as_of)s and other.state in ('planned', 'sent')
    and other.key <> due.loan_key)
order by c.id
{MOVED_ON}
returning state, xmax = 0
"""
