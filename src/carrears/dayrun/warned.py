"""Decide which loans to watch: the whole book in DuckDB, or the loans of an event in PostgreSQL.

Both are told the facts of one expression and leave ``warned`` in the database's session, which
``warning.intake`` takes in.
"""

# ruff: noqa: S608  names are constants of this module, paths are quoted, values are parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from carrears.calendars import load_calendars
from carrears.database.session import copy_table, copy_tuples, run_kept
from carrears.dayrun.asking import Strategy
from carrears.dayrun.columnar import book_engine, keep
from carrears.dayrun.questions import Questions
from carrears.delinquency.engine import open_duckdb
from carrears.portfolio.compact import quoted
from carrears.portfolio.products import Products
from carrears.strategy.batch import decided
from carrears.strategy.compile import Compiled
from carrears.strategy.single import decide_one, to_json
from carrears.warning.answering import cancel_answered
from carrears.warning.intake import WARNED_COLUMNS, WarnedIntake, take_in_warned
from carrears.warning.models import Level

STRATEGY = "early_warning"
WRITTEN = ("level", "reason", "reminders", "channel", "template", "rule_id")
# How a column of ``warned`` follows from the features, in both engines alike.
_PLAIN = ("loan_no", "loan_id", "obligor_no", "product", "currency", "score", "band", "arrears")
_WORKED = {
    "next_due_on": "w.next_due_on",
    "next_due_amount": "greatest(w.next_due_amount - w.paid_ahead, 0)",
    "open_due_on": "w.oldest_due_on",
    "is_paid_ahead": "w.is_ahead = 1",
}


def write_warnings(
    snapshot: Path, state: Path, out: Path, *, strategy: Compiled, questions: Questions
) -> dict[str, int]:
    """Decide every loan that is not behind and keep those warned of; returns loans by level."""
    with book_engine(snapshot) as engine:
        engine.execute(f"create view state as from read_parquet({quoted(state)})")
        engine.execute(
            "create table behind_given as select l.obligor_no, count(*)::integer as loans_behind"
            " from state s join loans l using (loan_id) where s.dpd > 0 group by 1"
        )
        engine.execute(f"create view warnings as {questions.warnings}")
        with decided(engine, "warnings", strategy) as query:
            keep(engine, f"from ({query}) where level <> 'none' order by loan_id", out)
        counts = engine.execute(
            f"select level, count(*) from read_parquet({quoted(out)}) group by 1"
        ).fetchall()
    return {str(level): int(number) for level, number in counts}


def take_in_night(
    out: Path,
    *,
    strategy: Compiled,
    as_of: date,
    at: datetime,
    strategy_id: int,
    skip: Sequence[str] = (),
) -> WarnedIntake:
    """Take in what ``write_warnings`` kept. The session's tables stand and are empty.

    ``skip`` are loans of which more was told since: their events have decided them.
    """
    with open_duckdb() as engine:
        engine.execute(f"create view w as from read_parquet({quoted(out)})")
        told = _pairs(strategy.declared)
        written = _pairs(WRITTEN)
        columns = ", ".join(_PLAIN + tuple(f"{how} as {name}" for name, how in _WORKED.items()))
        rows = engine.sql(
            f"select {columns}, level, reason, to_json(reasons)::varchar as reasons,"
            f" json_object({written})::varchar as decision,"
            f" json_object({told})::varchar as facts from w"
        ).to_arrow_table()
    copy_table("warned", rows.select(list(WARNED_COLUMNS)))
    return take_in_warned(as_of=as_of, at=at, strategy_id=strategy_id, skip=skip)


def _pairs(names: Iterable[str]) -> str:
    """Names and values for ``json_object``."""
    return ", ".join(f"'{name}', w.\"{name}\"" for name in names)


def decide_warnings(
    loan_nos: Sequence[str],
    *,
    as_of: date,
    at: datetime,
    products: Products,
    strategy: Strategy,
    strategy_id: int,
    questions: Questions,
) -> dict[str, str]:
    """Decide again the loans that ``asking.decide_loans`` left in the session; returns levels.

    Whether other loans of the debtor are behind is read off the open cases, which the night left
    as the book has them. Reminders that were planned of what is paid now are cancelled.
    """
    names = ", ".join(f'"{name}"' for name in strategy.facts)
    asked = f"insert into warnings {questions.on('%(day)s::date').warnings}"
    *_, calm = run_kept(
        [
            (_OTHERS_BEHIND, {}),
            (asked, {"day": as_of}),
            (f"select loan_id, {names} from warnings", {}),
        ]
    )
    levels = {}
    if calm.rows:
        _choose(calm.rows, strategy)
        *_, told = run_kept([(_WARNED, {}), ("select loan_no, level from warned", {})])
        levels = dict(told.rows)
    take_in_warned(as_of=as_of, at=at, strategy_id=strategy_id, only=loan_nos)
    calendars = load_calendars(Path(settings.CARREARS_HOME))
    cancel_answered(loan_nos, products=products, calendars=calendars)
    return {loan_no: levels.get(loan_no, Level.NONE.value) for loan_no in loan_nos}


# Whether other loans of the debtor are behind.
_OTHERS_BEHIND = """
insert into behind_given (obligor_no, loans_behind)
select obligor_no, count(*) from casework_case
where state = 'open' and dpd > 0
  and obligor_no = any (array(select obligor_no from loans)) group by 1
"""
_FROM_DECISION = {
    "level": "coalesce(c.decision -> 'written' ->> 'level', 'none')",
    "reason": "c.decision -> 'written' ->> 'reason'",
    "decision": "c.decision -> 'written'",
    "facts": "c.decision -> 'facts'",
    "reasons": "to_jsonb(w.reasons)",
}
_OF_SESSION = {name: f"w.{name}" for name in WARNED_COLUMNS} | _WORKED | _FROM_DECISION
_WARNED = (
    f"insert into warned ({', '.join(WARNED_COLUMNS)})"
    f" select {', '.join(_OF_SESSION[name] for name in WARNED_COLUMNS)}"
    " from warnings w join chosen_warning c using (loan_id)"
)


def _choose(loans: Iterable[Sequence[Any]], strategy: Strategy) -> None:
    """Let the engine of the table's format decide these: an id, and what it declares."""
    chosen = []
    for loan_id, *values in loans:
        facts = dict(zip(strategy.facts, values, strict=True))
        decision = decide_one(strategy.document, facts)
        written = {name: decision.outputs.get(name) for name in WRITTEN}
        written["rule_id"] = decision.rule_id or None
        chosen.append((loan_id, to_json({"written": written, "facts": facts})))
    copy_tuples("chosen_warning", ("loan_id", "decision"), chosen)
