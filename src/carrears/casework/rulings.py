"""What people have ruled, laid over what the strategy wants: one statement for night and event.

The states of ``incoming`` are those that the strategy wants. A loan on which a ruling stands gets
another treatment in it where the ruling says so:

- what presses nobody (``force`` 0: a pause, help, a promise awaited) always begins;
- a treatment that a person has decided stands; of several the newest;
- nothing begins that presses harder than the ceiling of an open appeal;
- of somebody who is out of automated decisions nothing begins that differs from what he has;
- what may not begin leaves the case with what it has, and where that may not go on either, or
  there is none yet, the case waits for a person (``person_decides``) and nobody is contacted.

What the strategy wanted is kept in the decision (``ruled``), so that it can be shown, confirmed,
and taken up again when the ruling ends.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from carrears.database.session import run_kept
from carrears.strategy.catalogue import forces
from carrears.strategy.files import GRAVE

WAITING = "person_decides"

# From the side of the rulings, for of loans a night takes in a hundred thousand.
_OVERRULE = """
with standing as materialized (
  select lp.loan_no,
         (array_agg(r.id order by r.id desc) filter (where r.kind = 'decided'))[1] as decided,
         (array_agg(r.id order by r.id desc) filter (where r.kind = 'confirm'))[1] as confirm,
         (array_agg(r.id order by r.id desc) filter (where r.kind = 'frozen'))[1] as frozen,
         min(case when r.loan_no = lp.loan_no then r.ceiling else %(grave)s::integer - 1 end)
           filter (where r.kind = 'frozen') as ceiling
  from casework_ruling r join parties_loanparty lp on lp.party_id = r.party_id
  where lp.role in ('obligor', 'co_obligor', 'guarantor') and r.ended_at is null
    and (r.until_on is null or r.until_on >= %(as_of)s::date)
  group by lp.loan_no
), force as (
  select * from unnest(%(codes)s::text[], %(forces)s::integer[]) as f (treatment, force)
), judged as (
  select s.loan_no, st.decided, st.confirm, st.frozen, st.ceiling, c.treatment as has,
         c.decision as had,
         coalesce(wanted.force, %(grave)s::integer) as presses, c.priority,
         s.treatment is not distinct from c.treatment as is_same,
         c.id is not null and coalesce(has.force, %(grave)s::integer)
           <= coalesce(st.ceiling, %(grave)s::integer) as may_go_on
  from incoming s join standing st using (loan_no)
  left join casework_case c on c.loan_no = s.loan_no and c.state = 'open'
  left join force wanted on wanted.treatment = s.treatment
  left join force has on has.treatment = c.treatment
  where s.dpd > 0 and s.closed_reason is null
), overruled as (
  select j.loan_no, coalesce(r.decision || jsonb_build_object('treatment', r.treatment),
           case when j.may_go_on then (j.had - array['facts', 'arm', 'ruled', 'rule_id'])
                  || jsonb_build_object('treatment', j.has)
                else jsonb_build_object('treatment', %(waiting)s::text, 'step', %(waiting)s::text)
           end) as decision,
         case when j.decided is not null then 'decided'
              when j.ceiling < j.presses then 'frozen' else 'confirm' end as kind,
         case when j.decided is not null then j.decided
              when j.ceiling < j.presses then j.frozen else j.confirm end as ruling,
         j.had -> 'ruled' ->> 'declined' as declined
  from judged j left join casework_ruling r on r.id = j.decided
  where j.presses > 0 and (j.decided is not null or j.ceiling < j.presses
    or j.confirm is not null and not j.is_same)
)
update incoming s
set treatment = o.decision ->> 'treatment',
    priority = coalesce((o.decision ->> 'priority')::numeric::integer, s.priority),
    next_review_on = coalesce(
      s.as_of + (o.decision ->> 'review_days')::numeric::integer, s.next_review_on),
    decision = o.decision || jsonb_build_object(
      'facts', s.decision -> 'facts', 'arm', s.decision -> 'arm',
      'ruled', jsonb_build_object('ruling', o.ruling, 'kind', o.kind,
        'wanted', s.decision - array['facts', 'arm'],
        'declined', case when o.declined = s.treatment then o.declined end))
from overruled o where o.loan_no = s.loan_no
"""


def overruling(*, as_of: date) -> tuple[str, dict[str, Any]]:
    """The statement for ``run_kept`` that lays the rulings of that day over ``incoming``."""
    known = forces()
    return _OVERRULE, {
        "as_of": as_of,
        "codes": list(known),
        "forces": list(known.values()),
        "grave": GRAVE,
        "waiting": WAITING,
    }


# The open cases as the strategy wanted them, to be judged anew where they stand.
_AS_WANTED = """
insert into incoming ({columns})
select {values} from casework_case c cross join lateral (
  select case when c.decision ? 'ruled' then (c.decision -> 'ruled' -> 'wanted')
    || jsonb_build_object('facts', c.decision -> 'facts', 'arm', c.decision -> 'arm')
    else c.decision end as wanted
) d
where c.state = 'open' and c.as_of = %(as_of)s::date and c.loan_no = any(%(loan_nos)s::text[])
order by c.loan_id
"""
_OTHERWISE = {
    "treatment": "case when c.decision ? 'ruled' then coalesce(d.wanted ->> 'treatment', '')"
    " else c.treatment end",
    "decision": "d.wanted",
    "priority": "case when c.decision ? 'ruled' then"
    " coalesce((d.wanted ->> 'priority')::numeric::integer, 0) else c.priority end",
    "next_review_on": "case when c.decision ? 'ruled' then"
    " c.as_of + (d.wanted ->> 'review_days')::numeric::integer else c.next_review_on end",
    "closed_reason": "null",
}


def put_as_wanted(columns: list[str], *, loan_nos: list[str], as_of: date) -> None:
    """Fill ``incoming`` with the open cases of these loans that stand on ``as_of``."""
    values = ", ".join(_OTHERWISE.get(name, f"c.{name}") for name in columns)
    statement = _AS_WANTED.format(columns=", ".join(columns), values=values)
    run_kept([(statement, {"as_of": as_of, "loan_nos": loan_nos})])
