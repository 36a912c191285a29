"""Ask a day's questions about a few loans, in PostgreSQL.

The very expressions that DuckDB answers for a whole book, compiled for PostgreSQL and prepared
once a session: a loan takes a millisecond there, where DuckDB needs a tenth of a second to
plan alone. docs/decisions/0005-few-loans-are-asked-in-postgresql.md has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from weakref import WeakSet

import pyarrow as pa
from django.db import connection
from psycopg import sql

from carrears import layout
from carrears.casework.facts import put_case_facts
from carrears.database.session import copy_table, copy_tuples, execute_kept
from carrears.dayrun.case_states import make_incoming, prepare_session
from carrears.dayrun.facts import DEBTOR_TOTALS, product_table
from carrears.dayrun.questions import Compiled
from carrears.experiments.services import running_trial
from carrears.experiments.trial import Trial
from carrears.portfolio.products import Products
from carrears.strategy.facts import Fact
from carrears.strategy.jdm import Document
from carrears.strategy.single import decide_one, to_json, written_paths

_QUESTIONS = {"state": "state", "scored": "score", "facts": "facts"}
_PREPARED = _QUESTIONS | {"warnings": "warnings"}


# The loans that are asked about, and what the open cases say of their debtors' others. An array,
# for a session's table has no statistics, and the planner would read every case.
_SEEN = """(
  select obligor_no, currency, arrears, dpd from scored
  union all
  select c.obligor_no, c.currency, c.arrears, c.dpd from casework_case c
  where c.state = 'open' and c.obligor_no = any (array(select obligor_no from loans))
    and c.loan_no not in (select loan_no from loans)) as seen"""


@dataclass(frozen=True, slots=True)
class Strategy:
    """The strategy that decides, and the facts that it declares."""

    document: Document
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Division:
    """A running experiment, and its strategies by their id."""

    trial: Trial
    strategies: Mapping[int, Strategy]


def running_division(
    strategy_of: Callable[[int], Strategy], *, on: date | None = None
) -> Division | None:
    """The experiment that runs now, if any, and has begun by the day ``on``."""
    trial = running_trial(on=on)
    if trial is None:
        return None
    return Division(trial, {number: strategy_of(number) for number in trial.strategies.values()})


def decide_loans(
    rows: Mapping[str, pa.Table],
    *,
    as_of: date,
    products: Products,
    strategy: Strategy,
    questions: Compiled,
    division: Division | None = None,
) -> None:
    """Leave the states of these loans on ``as_of`` in the session's table ``incoming``.

    ``rows`` are the loans' rows of the book by table; payments told to us since come from the
    database. A loan of ``rows`` that has ended or is not behind has a state too. Loans that take
    part in a running experiment are decided by their arm's strategy of ``division``.

    Raises:
        EvaluationError: the strategy cannot decide one of them.
    """
    prepare_session(questions)
    _prepare_questions(questions)
    names = sorted({str(product) for product in rows["loans"].column("product").to_pylist()})
    loan_nos = rows["loans"].column("loan_no").to_pylist()
    for name in questions.tables.keys() & rows.keys():
        copy_table(name, rows[name].select(list(questions.tables[name])))
    copy_table("terms", products.terms(names))
    copy_table("product_given", product_table(products, names))
    _add_received(loan_nos)
    put_case_facts(loan_nos, as_of=as_of)
    _reckon(rows, as_of=as_of, products=products)
    with connection.cursor() as cursor:
        for table in _QUESTIONS:
            cursor.execute(f"execute ask_{table}(%s)", [as_of])
            if table == "scored":
                execute_kept(
                    cursor, "insert into debtor_given" + DEBTOR_TOTALS.format(source=_SEEN)
                )
    _choose(strategy, division)
    make_incoming(as_of=as_of)


# The sessions whose questions are planned. Unlike a table, a plan outlives a rollback.
_planned: WeakSet[Any] = WeakSet()


def _prepare_questions(questions: Compiled) -> None:
    """Plan each question once for this session, with the day as its parameter."""
    if connection.connection in _planned:
        return
    asked = questions.postgres.on("$1")
    with connection.cursor() as cursor:
        cursor.execute("select name from pg_prepared_statements")
        known = {row[0] for row in cursor.fetchall()}
        for table, question in _PREPARED.items():
            if f"ask_{table}" not in known:
                insertion = f"insert into {table} {getattr(asked, question)}"
                cursor.execute(f"prepare ask_{table} (date) as {insertion}")
    _planned.add(connection.connection)


def _add_received(loan_nos: Sequence[str]) -> None:
    """What was told to us of these loans that the snapshot does not have."""
    with connection.cursor() as cursor:
        execute_kept(
            cursor,
            """
            insert into payments (loan_id, payment_no, paid_on, amount, kind, known_on)
            select l.loan_id, r.idempotency_key, r.paid_on, r.amount, r.kind, r.known_on
            from portfolio_receivedpayment r join loans l using (loan_no)
            where r.loan_no = any(%(loan_nos)s::text[]) and not exists (
              select from payments p
              where p.loan_id = l.loan_id and p.payment_no = r.idempotency_key)
            """,
            {"loan_nos": list(loan_nos)},
        )
        execute_kept(
            cursor,
            """
            insert into events (loan_id, event_no, happened_on, kind, amount, known_on)
            select l.loan_id, r.idempotency_key, r.happened_on, r.kind, r.amount, r.known_on
            from portfolio_receivedevent r join loans l using (loan_no)
            where r.loan_no = any(%(loan_nos)s::text[]) and not exists (
              select from events e
              where e.loan_id = l.loan_id and e.event_no = r.idempotency_key)
            """,
            {"loan_nos": list(loan_nos)},
        )


def _reckon(rows: Mapping[str, pa.Table], *, as_of: date, products: Products) -> None:
    """Fill the session's table ``reckoned`` by the ledger, with what was told since."""
    from carrears.delinquency.reckoning.reckon import reckon  # noqa: PLC0415  Numba is slow

    told = {name: _session_rows(name) for name in ("payments", "events")}
    copy_table("reckoned", reckon({**rows, **told}, products=products, as_of=as_of))


def _session_rows(name: str) -> pa.Table:
    """A table of the session as a book has it."""
    schema = layout.TABLES[name]
    columns, keys = (
        sql.SQL(", ").join(map(sql.Identifier, names))
        for names in (schema.names, layout.SORT_KEYS[name])
    )
    query = sql.SQL("select {} from {} order by {}").format(columns, sql.Identifier(name), keys)
    with connection.cursor() as cursor:
        cursor.execute(query)
        given = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(schema)
    arrays = [pa.array(one, field.type) for one, field in zip(given, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _choose(strategy: Strategy, division: Division | None) -> None:
    """Let the engine of the strategy's format decide each loan of ``facts``."""
    strategies = [strategy, *(division.strategies.values() if division else ())]
    names = list(dict.fromkeys(name for each in strategies for name in each.facts))
    listed = sql.SQL(", ").join(sql.SQL("f.{}").format(sql.Identifier(name)) for name in names)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("select f.loan_id, {} from facts f").format(listed))
        loans = cursor.fetchall()
    arms = _arms(division.trial) if division else {}
    written = dict.fromkeys(name for each in strategies for name in written_paths(each.document))
    chosen = []
    for loan_id, *values in loans:
        arm, number = arms.get(loan_id, (None, None))
        used = division.strategies[number] if division and number is not None else strategy
        facts = dict(zip(names, values, strict=True))
        decision = written | _decision(used, facts) | {"arm": arm, "facts": _told(facts, written)}
        chosen.append((loan_id, to_json(decision), number))
    copy_tuples("chosen", ("loan_id", "decision", "strategy_id"), chosen)


def _arms(trial: Trial) -> dict[int, tuple[str, int]]:
    """The arms of the session's loans that take part, with the strategies that decide them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select loan_id, l.obligor_no, l.loan_no, l.currency, f.dpd, exists (
              select from experiments_enrolment e where e.experiment_id = %s
                and e.debtor = coalesce(nullif(l.obligor_no, ''), l.loan_no))
            from facts f join loans l using (loan_id)
            """,
            [trial.id],
        )
        loans = cursor.fetchall()
    found = {}
    for loan_id, obligor_no, loan_no, currency, dpd, is_enrolled in loans:
        arm = trial.arm_of(
            obligor_no=obligor_no,
            loan_no=loan_no,
            currency=currency,
            dpd=dpd,
            is_enrolled=is_enrolled,
        )
        if arm is not None:
            found[loan_id] = arm, trial.strategies[arm]
    return found


def _decision(strategy: Strategy, facts: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in facts.items() if name in strategy.facts}
    decision = decide_one(strategy.document, given)
    return {**decision.outputs, "rule_id": decision.rule_id or None}


def _told(facts: Mapping[str, Any], written: Collection[str]) -> dict[str, Any]:
    """What is kept of the facts; decimals as texts, which keep every digit."""
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in facts.items()
        if name not in written
    }
