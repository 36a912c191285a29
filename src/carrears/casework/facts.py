"""What the strategy must know of a loan's open case, by one statement for one loan or for all."""

from __future__ import annotations

import io
from datetime import date

import pyarrow as pa
from django.db import connection
from psycopg import sql
from pyarrow import csv

# Promises of the open case, and of the loan in whatever case within the last 90 days; the newest
# that was not withdrawn is the one made last. Holds of the case or of who owes it, from their day
# until they are lifted or have run out.
_FACTS = """
select c.loan_no, coalesce(p.broken, 0) as broken_promises,
       coalesce(p.is_open, false) as open_promise, coalesce(h.any_at_all, false) as on_hold,
       coalesce(h.dispute, false) as disputed, coalesce(h.hardship, false) as hardship,
       coalesce(p.broken_90d, 0) as promises_broken_90d,
       coalesce(p.kept_90d, 0) as promises_kept_90d, p.last_state as last_promise_state
from casework_case c
left join lateral (
  select (count(*) filter (where q.case_id = c.id and q.state in ('broken', 'partly')))::integer
           as broken,
         bool_or(q.case_id = c.id and q.state = 'open') as is_open,
         (count(*) filter (where q.state in ('broken', 'partly')
                           and q.settled_on > {as_of} - 90))::integer as broken_90d,
         (count(*) filter (where q.state = 'kept' and q.settled_on > {as_of} - 90))::integer
           as kept_90d,
         (array_agg(q.state::text order by q.made_on desc, q.id desc)
          filter (where q.state <> 'cancelled'))[1] as last_state
  from casework_case own join casework_promise q on q.case_id = own.id
  where own.loan_no = c.loan_no
) p on true
left join lateral (
  select true as any_at_all, bool_or(reason = 'dispute') as dispute,
         bool_or(reason = 'hardship') as hardship
  from casework_hold
  where (case_id = c.id or case_id is null and party_id = c.party_id) and lifted_on is null
    and from_on <= {as_of} and (until_on is null or until_on >= {as_of})
  having count(*) > 0
) h on true
where c.state = 'open'
"""
# The facts of the open cases of the loans ``loan_nos``, into the session's table ``case_given``.
PUT_CASE_FACTS = (
    f"insert into case_given {_FACTS.format(as_of='%(as_of)s::date')}"
    " and c.loan_no = any(%(loan_nos)s::text[])"
)
CASE_FACTS = pa.schema(
    {
        "loan_no": pa.string(),
        "broken_promises": pa.int32(),
        "open_promise": pa.bool_(),
        "on_hold": pa.bool_(),
        "disputed": pa.bool_(),
        "hardship": pa.bool_(),
        "promises_broken_90d": pa.int32(),
        "promises_kept_90d": pa.int32(),
        "last_promise_state": pa.string(),
    }
)
_FORMAT = csv.ConvertOptions(
    column_types=CASE_FACTS,
    true_values=["t"],
    false_values=["f"],
    null_values=[""],  # PostgreSQL puts an empty text into quotes
    strings_can_be_null=True,
    quoted_strings_can_be_null=False,
)


def case_facts(*, as_of: date) -> pa.Table:
    """The facts of all open cases (columns of CASE_FACTS).

    Loans that are not named have no open case and take the strategy's defaults.
    """
    text = io.BytesIO()
    query = sql.SQL(_FACTS).format(as_of=sql.Literal(as_of))
    command = sql.SQL("copy ({}) to stdout (format csv)").format(query)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            text.write(block)
    if not text.tell():
        return CASE_FACTS.empty_table()
    text.seek(0)
    names = csv.ReadOptions(column_names=CASE_FACTS.names)
    return csv.read_csv(text, read_options=names, convert_options=_FORMAT)
