"""What came in: of who was behind before, and of who was in collections; from the day's snapshot.

A payment counts for its own day and one that was taken back for the same, as for days past due.
Recoveries (``kind = 'recovery'``) count too: they are collected. Minor units of one currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from django.db.models import Q

from carrears.casework.models import Case, CaseState
from carrears.dayrun.models import DayRun, RunState

DAYS = 30
_AT_MOST = 35  # days back to the run that says who was behind: the longest month and some nights
_MAIN = "select currency from day group by all order by count(*) desc, currency limit 1"
# All that is owed: the principal that is not due yet too, the interest and fees that are due.
_RECOVERED = """
    with behind as (
        select loan_id, principal_outstanding + arrears - arrears_principal as debt
        from before where bucket > 0 and bucket = coalesce($bucket, bucket)
            and currency = $currency
    ), paid as (
        select loan_id, sum(amount) as amount from payments semi join behind using (loan_id)
        where paid_on > $opening and paid_on <= $last group by loan_id
    )
    select coalesce(sum(debt), 0)::bigint, coalesce(sum(amount), 0)::bigint
    from behind left join paid using (loan_id)
"""
_ENTERED = """
    with current as (
        select loan_id, principal_outstanding as balance
        from before where bucket = 0 and currency = $currency
    )
    select count(*), count(*) filter (where d.bucket > 0),
        coalesce(sum(balance), 0)::bigint,
        coalesce(sum(balance) filter (where d.bucket > 0), 0)::bigint
    from current left join day d using (loan_id)
"""
# Who was behind then and not a month before: what he owed then, and what came in since.
_LIQUIDATED = """
    with entered as (
        select loan_id, principal_outstanding + arrears - arrears_principal as debt
        from at_entry anti join (from prior where bucket > 0) using (loan_id)
        where bucket > 0 and currency = $currency
    ), paid as (
        select loan_id, sum(amount) as amount from payments semi join entered using (loan_id)
        where paid_on > $opening and paid_on <= $last group by loan_id
    )
    select coalesce(sum(debt), 0)::bigint, coalesce(sum(amount), 0)::bigint
    from entered left join paid using (loan_id)
"""
_IN_COLLECTIONS = """
    select coalesce(sum(p.amount), 0)::bigint
    from payments p semi join worked w on w.loan_id = p.loan_id
        and p.paid_on >= w.opened_on and p.paid_on <= coalesce(w.closed_on, p.paid_on)
    where p.paid_on > $opening and p.paid_on <= $last
"""
_WORKED = pa.schema(
    [("loan_id", pa.int64()), ("opened_on", pa.date32()), ("closed_on", pa.date32())]
)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the loans behind at the end of ``opening`` owed then, and paid since."""

    opening: date
    debt: int
    collected: int


@dataclass(frozen=True, slots=True)
class Entered:
    """The loans that were not behind at the end of ``opening``, and those of them behind since.

    With their principal outstanding at the end of ``opening``.
    """

    opening: date
    current: int
    entered: int
    balance: int
    entered_balance: int


def main_currency(engine: duckdb.DuckDBPyConnection, run: DayRun) -> str:
    """The currency of most loans of a day's state; empty of an empty book.

    Where ``engine`` has the view ``kept``, here and below only its loans count.
    """
    _view(engine, "day", run)
    rows = engine.execute(_MAIN).fetchall()
    return str(rows[0][0]) if rows else ""


def recovered(
    engine: duckdb.DuckDBPyConnection, run: DayRun, *, currency: str, bucket: int | None = None
) -> Recovered | None:
    """The cohort that was behind some thirty days before the run's day; None without such a run.

    With ``bucket`` who was in that one then. ``engine`` has the snapshot's ``payments``.
    """
    opening = _run_before(run)
    if opening is None:
        return None
    _view(engine, "before", opening)
    given = {"currency": currency, "opening": opening.as_of, "last": run.as_of}
    [(debt, collected)] = engine.execute(_RECOVERED, given | {"bucket": bucket}).fetchall()
    return Recovered(opening.as_of, debt=debt, collected=collected)


def entered(engine: duckdb.DuckDBPyConnection, run: DayRun, *, currency: str) -> Entered | None:
    """Who fell behind of those who were not thirty days before (入催); None without such a run.

    ``engine`` has the view ``day`` (``main_currency``). Who has left the book since did not enter.
    """
    opening = _run_before(run)
    if opening is None:
        return None
    _view(engine, "before", opening)
    [(current, new, balance, new_balance)] = engine.execute(
        _ENTERED, {"currency": currency}
    ).fetchall()
    return Entered(opening.as_of, current, new, balance, new_balance)


def liquidated(
    engine: duckdb.DuckDBPyConnection, run: DayRun, *, months: int, currency: str
) -> Recovered | None:
    """Who entered in the month that ended some ``months`` times thirty days before the run's day.

    That is, who was behind then and not thirty days earlier, and what of his debt of then came in
    since. None where a run of then is lacking.
    """
    entry: DayRun | None = run
    for _ in range(months):
        entry = _run_before(entry) if entry else None
    prior = _run_before(entry) if entry else None
    if entry is None or prior is None:
        return None
    _view(engine, "at_entry", entry)
    _view(engine, "prior", prior)
    given = {"currency": currency, "opening": entry.as_of, "last": run.as_of}
    [(debt, collected)] = engine.execute(_LIQUIDATED, given).fetchall()
    return Recovered(entry.as_of, debt=debt, collected=collected)


def collected_in_collections(
    engine: duckdb.DuckDBPyConnection, as_of: date, *, currency: str
) -> int:
    """What came in in the thirty days on loans while they had an open case, with agencies too.

    ``engine`` has the snapshot's ``payments``.
    """
    opening = as_of - timedelta(days=DAYS)
    cases = Case.objects.exclude(state=CaseState.WATCH).filter(
        Q(closed_on=None) | Q(closed_on__gt=opening),
        currency=currency,
        opened_on__lte=as_of,
    )
    rows = cases.order_by().values("loan_id", "opened_on", "closed_on")
    engine.register("worked", pa.Table.from_pylist(list(rows), schema=_WORKED))
    given = {"opening": opening, "last": as_of}
    [(collected,)] = engine.execute(_IN_COLLECTIONS, given).fetchall()
    return int(collected)


def keep_loans(loans: duckdb.DuckDBPyRelation) -> None:
    """Have only these loans count from here on; the relation has their ids."""
    loans.select("loan_id").create_view("kept")


def kept_loans(
    engine: duckdb.DuckDBPyConnection, run: DayRun, *, bucket: int | None = None
) -> tuple[int, ...] | None:
    """The loans that ``engine`` keeps; with ``bucket`` who was in it some thirty days before.

    None where a run of then is lacking.
    """
    kept = engine.view("kept")
    if bucket is not None:
        opening = _run_before(run)
        if opening is None:
            return None
        _view(engine, "before", opening)
        then = engine.view("before").filter(
            duckdb.ColumnExpression("bucket") == duckdb.ConstantExpression(bucket)
        )
        kept = kept.join(then.select("loan_id"), "loan_id", how="semi")
    return tuple(number for (number,) in kept.order("loan_id").fetchall())


def _view(engine: duckdb.DuckDBPyConnection, name: str, run: DayRun) -> None:
    """The state of a run's loans under a name."""
    rows = engine.read_parquet(str(_state(run)))
    if engine.execute("from duckdb_views() where view_name = 'kept'").fetchall():
        rows = rows.join(engine.view("kept"), "loan_id", how="semi")
    rows.create_view(name, replace=True)


def _run_before(run: DayRun) -> DayRun | None:
    """The newest finished run that lies thirty days back or little more, with its state."""
    last = run.as_of - timedelta(days=DAYS)
    first = run.as_of - timedelta(days=_AT_MOST)
    found = DayRun.objects.filter(state=RunState.DONE, as_of__gte=first, as_of__lte=last).order_by(
        "-as_of", "-pk"
    )
    return next((one for one in found if one.folder and _state(one).is_file()), None)


def _state(run: DayRun) -> Path:
    return Path(run.folder) / "state.parquet"
