"""Ask a day's questions about a few loans, in PostgreSQL.

The very expressions that DuckDB answers for a whole book, compiled for PostgreSQL and prepared
once a session: a loan takes a millisecond there, where DuckDB needs a tenth of a second to
plan alone. docs/decisions/0005-few-loans-are-asked-in-postgresql.md has the figures.
"""

# ruff: noqa: S608  names are constants or declared facts, values are parameters

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
from django.db import connection

from carrears.casework.facts import PUT_CASE_FACTS
from carrears.database.session import copy_tuples, put_tables, run_kept
from carrears.dayrun.case_states import make_incoming, prepare_session
from carrears.dayrun.facts import DEBTOR_TOTALS, product_table
from carrears.dayrun.questions import Compiled
from carrears.dayrun.told import TOLD, with_told
from carrears.experiments.services import running_trial
from carrears.experiments.trial import Trial
from carrears.portfolio.products import Products
from carrears.risk.scorecard import load_scorecard
from carrears.strategy.facts import Fact
from carrears.strategy.jdm import Document
from carrears.strategy.single import decide_one, to_json, written_paths

_QUESTIONS = {"state": "state", "scored": "score", "facts": "facts"}
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
    loans = rows["loans"]
    names = sorted({str(product) for product in loans.column("product").to_pylist()})
    known = {**rows, **_told(loans, rows, as_of)}
    put_tables(
        {
            name: known[name].select(list(questions.tables[name]))
            for name in questions.tables.keys() & known.keys()
        }
        | {"product_given": product_table(products, names)}
        | {"reckoned": _reckoned(known, products, as_of)}
    )
    _choose(_facts(questions, as_of, strategy, division), strategy, division)
    make_incoming(as_of=as_of)


def _told(loans: pa.Table, rows: Mapping[str, pa.Table], as_of: date) -> dict[str, pa.Table]:
    """The loans' payments and events with what was told that their snapshot does not have.

    Puts what is known of their cases into the session.
    """
    loan_nos = loans.column("loan_no").to_pylist()
    loan_ids = dict(zip(loan_nos, loans.column("loan_id").to_pylist(), strict=True))
    given = {"loan_nos": loan_nos}
    _, *told = run_kept(
        [(PUT_CASE_FACTS, given | {"as_of": as_of}), *((asked, given) for asked in TOLD.values())]
    )
    return {
        name: with_told(name, rows[name], loan_ids=loan_ids, told=answer.rows)
        for name, answer in zip(TOLD, told, strict=True)
    }


def _facts(
    questions: Compiled, as_of: date, strategy: Strategy, division: Division | None
) -> list[tuple[int, dict[str, Any]]]:
    """What the strategies declare of each loan of the session, by name."""
    asked = _questions_of(questions)
    strategies = [strategy, *(division.strategies.values() if division else ())]
    names = list(dict.fromkeys(name for each in strategies for name in each.facts))
    listed = ", ".join(f'f."{name}"' for name in names)
    day = {"day": as_of}
    *_, facts = run_kept(
        [
            (asked["state"], day),
            (asked["scored"], day),
            ("insert into debtor_given" + DEBTOR_TOTALS.format(source=_SEEN), {}),
            (asked["facts"], day),
            (f"select f.loan_id, {listed} from facts f", {}),
        ]
    )
    return [(loan_id, dict(zip(names, row, strict=True))) for loan_id, *row in facts.rows]


def _questions_of(questions: Compiled) -> dict[str, str]:
    asked = questions.postgres.on("%(day)s::date")
    return {
        table: f"insert into {table} {getattr(asked, question)}"
        for table, question in _QUESTIONS.items()
    }


def _reckoned(rows: Mapping[str, pa.Table], products: Products, as_of: date) -> pa.Table:
    """What the ledger says of the loans."""
    from carrears.delinquency.reckoning.reckon import reckon  # noqa: PLC0415  Numba is slow

    lateness = load_scorecard().pattern.lateness
    return reckon(rows, products=products, as_of=as_of, lateness=lateness)


def _choose(
    loans: Iterable[tuple[int, dict[str, Any]]], strategy: Strategy, division: Division | None
) -> None:
    """Let the engine of the strategy's format decide each loan of ``facts``."""
    strategies = [strategy, *(division.strategies.values() if division else ())]
    arms = _arms(division.trial) if division else {}
    written = dict.fromkeys(name for each in strategies for name in written_paths(each.document))
    chosen = []
    for loan_id, facts in loans:
        arm, number = arms.get(loan_id, (None, None))
        used = division.strategies[number] if division and number is not None else strategy
        decision = written | _decision(used, facts) | {"arm": arm, "facts": _kept(facts, written)}
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


def _kept(facts: Mapping[str, Any], written: Collection[str]) -> dict[str, Any]:
    """What is kept of the facts; decimals as texts, which keep every digit."""
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in facts.items()
        if name not in written
    }
