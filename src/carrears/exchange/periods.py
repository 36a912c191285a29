"""Split monthly reports into what the book keeps: reports, payments, events, and the end.

The rules, for rows of ``canonical.PERIOD``:

- A payment is one a period. It is the principal and interest collected where the tape tells
  them, else all that was paid less what was not for instalments (fees). It is dated at the
  day through which interest was paid if that lies in the period, else at the period's end.
  Below zero it takes back. What comes in after the loan has ended is a recovery, as are the
  amounts reported as recovered and as proceeds of a repossession.
- A loan ends when its balance reaches zero: at the end of the month that the tape gives, else
  of the period; and where its row falls silent, with the last balance told.
- Why it ended: as the tape says; else repossessed when it says so or tells proceeds; else
  paid off when more of the last balance was collected than written off, else charged off.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from carrears.exchange import canonical

_PREPARED = """
create or replace temp view prepared as
select *,
       coalesce(principal_paid + interest_paid, paid - coalesce(other_paid, 0)) as money,
       greatest(coalesce(charged_off, opening - coalesce(principal_paid, paid, 0)), 0) as lost,
       coalesce(repossessed, false) or coalesce(repossession_proceeds, 0) <> 0 as is_repossessed,
       strftime(period_end, '%Y-%m') as month
from (
  select * replace (coalesce(period_start, date_trunc('month', period_end)::date) as period_start),
         coalesce(opening_balance, lag(balance) over by_month) as opening,
         min(case when balance <= 0 then k end) over (partition by n) as ending,
         max(case when balance is not null then k end) over (partition by n) as last_told,
         max(k) over (partition by n) as last_k
  from told window by_month as (partition by n order by k)
)
"""

_REPORTS = """
select loan_no, period_start, period_end, opening as opening_balance, balance, scheduled,
       money as paid, next_due, reported_dpd, interest_paid_through, extended_months, modified,
       case when k = ending and opening > 0 then lost else charged_off end as charged_off,
       recovered, repossessed
from prepared where balance is not null order by n, k
"""

_PAYMENTS = """
select loan_no, month as payment_no,
       case when interest_paid_through between period_start and period_end
            then interest_paid_through else period_end end as paid_on,
       money as amount,
       case when coalesce(k > ending or opening <= 0, false) then 'recovery'
            when money < 0 then 'reversal' else 'payment' end as kind, n, k
from prepared where money <> 0
union all
select loan_no, month || '-recovered', period_end, recovered, 'recovery', n, k
from prepared where recovered <> 0
union all
select loan_no, month || '-proceeds', period_end, repossession_proceeds, 'recovery', n, k
from prepared where repossession_proceeds <> 0
"""

_EVENTS = """
select loan_no, kind || '-' || month as event_no, period_end as happened_on, kind, months,
       amount, n, k
from (
  select *, 'deferral' as kind, extended_months as months, null::bigint as amount
  from prepared where extended_months > 0
  union all
  select *, 'modification', null, null
  from prepared where modified and coalesce(extended_months, 0) <= 0
  union all
  select *, 'charge_off', null, lost from prepared where k = ending and opening > 0 and lost > 0
  union all
  select *, 'repossession', null, null
  from prepared where k = ending and opening > 0 and is_repossessed
)
"""

_ENDINGS = """
select n, least(coalesce(last_day(ended_on), period_end), period_end) as closed_on,
       case when k <> ending or ending is null then 'other'
            when ended = 'charged_off' and is_repossessed then 'repossessed'
            when ended is not null then ended
            when is_repossessed then 'repossessed'
            when opening - lost >= lost then 'paid_off' else 'charged_off' end as closed_reason
from prepared
where k = coalesce(ending, case when last_told < last_k then last_told end)
"""


@dataclass(frozen=True, slots=True)
class Split:
    """What the periods hold; ``endings`` by ``n``, the place of the record in its chunk."""

    tables: dict[str, pa.Table]
    endings: pa.Table


def split_periods(engine: duckdb.DuckDBPyConnection, told: pa.Table) -> Split:
    """Split ``told``: the columns of PERIOD with ``n`` (record), ``k`` (month) and ``loan_no``."""
    engine.register("told", told)
    engine.execute(_PREPARED)
    tables = {}
    for name, query in (("reports", _REPORTS), ("payments", _PAYMENTS), ("events", _EVENTS)):
        empty = f"empty_{name}"  # what a report cannot tell stays null
        engine.register(empty, canonical.TABLES[name].empty_table())
        listed = ", ".join(canonical.TABLES[name].names)
        order = "" if name == "reports" else f" order by n, k, {canonical.KEYS[name][1]}"
        whole = f"(from {empty} union all by name ({query}))"
        found = engine.sql(f"select {listed} from {whole}{order}").to_arrow_table()  # noqa: S608
        tables[name] = found.cast(canonical.TABLES[name])
    endings = engine.sql(_ENDINGS + " order by n").to_arrow_table()
    engine.unregister("told")
    return Split(tables, endings)
