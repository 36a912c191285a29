"""Each debtor of an experiment is decided by his arm's strategy, at night and by an event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from dayrun import test_asking as asked
from delinquency.books import AS_OF, START, Book, instalment, loan, payment
from hypothesis import given

from carrears.casework.facts import case_facts
from carrears.casework.models import Case, Hold
from carrears.clock import now
from carrears.database.session import copy_table
from carrears.dayrun import columnar
from carrears.dayrun.asking import Strategy, decide_loans, running_division
from carrears.dayrun.case_states import make_incoming, prepare_session
from carrears.dayrun.questions import load_questions
from carrears.dayrun.trial import follow_experiment, make_split
from carrears.experiments.models import Enrolment, Experiment, Metric
from carrears.experiments.services import (
    Challenger,
    Plan,
    plan_experiment,
    running_trial,
    start_experiment,
    stop_arm,
)
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import compiled_strategy, published_strategy, strategy_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def snapshot() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


def challenger() -> StrategyVersion:
    """The published strategy, but whom it would write to by e-mail it writes a letter."""
    published = published_strategy()
    document = json.loads(json.dumps(published.document).replace('\\"email\\"', '\\"letter\\"'))
    return StrategyVersion.objects.create(
        name="treatment", version="f" * 64, document=document, facts=published.facts
    )


def experiment(*, share: int = 5000, guards: dict[str, float] | None = None) -> Experiment:
    plan = Plan(
        key="letters",
        title="Letters rather than e-mail",
        currency="CNY",
        metric=Metric.CURE,
        window_days=30,
        matters=0.05,
        baseline=0.3,
        champion=published_strategy(),
        challengers=(Challenger(name="letters", strategy=challenger(), share=share),),
        guards=guards if guards is not None else {"complaint": 1.25},
    )
    planned = plan_experiment(plan, by=None, at=now())
    start_experiment(planned, on=START, by=None, at=now())
    return Experiment.objects.get()


def night(snapshot: Path, loan_nos: list[str], as_of: date) -> list[dict[str, Any]]:
    questions, version = load_questions(), published_strategy()
    of_book, strategy = questions.of_book(as_of), compiled_strategy(version)
    state, scored, decided = (snapshot / f"{name}.out" for name in ("state", "scored", "decided"))
    split = make_split(running_trial(), snapshot)
    columnar.write_state(snapshot, state, as_of=as_of, products=asked.PRODUCTS, questions=of_book)
    columnar.write_scores(snapshot, state, scored, questions=of_book)
    columnar.write_decisions(
        scored,
        decided,
        cases=case_facts(as_of=as_of),
        products=asked.PRODUCTS,
        strategy=strategy,
        questions=of_book,
        placed=split.place(scored) if split else None,
    )
    prepare_session(questions)
    with columnar.wanted_loans(snapshot, decided, loan_nos=loan_nos) as engine:
        rows = columnar.case_rows(
            engine,
            facts=list(questions.tables["facts"]),
            strategies=[strategy, *(split.strategies.values() if split else ())],
        )
    for name, table in rows.items():
        copy_table(name, table)
    make_incoming(as_of=as_of)
    return incoming()


def incoming() -> list[dict[str, Any]]:
    texts = ("loan", "decision")
    return [row | {name: json.loads(row[name]) for name in texts} for row in asked.incoming()]


def event(rows: dict[str, Any], as_of: date) -> list[dict[str, Any]]:
    def strategy_of(number: int) -> Strategy:
        return Strategy(*strategy_document(StrategyVersion.objects.get(pk=number)))

    decide_loans(
        rows,
        as_of=as_of,
        products=asked.PRODUCTS,
        strategy=strategy_of(published_strategy().pk),
        questions=load_questions(),
        division=running_division(strategy_of),
    )
    return incoming()


@pytest.mark.slow
@asked.IN_A_TEST
@given(book=asked.described(), as_of=AS_OF)
def test_events_decide_by_the_arm_that_the_night_decided_by(
    snapshot: Path, book: Book, as_of: date
) -> None:
    running = Experiment.objects.first() or experiment()
    for number, row in enumerate(book.loans):
        row["obligor_no"] = ("", "P1", "P2")[number % 3]
    rows = asked.write_snapshot(book, snapshot)
    Enrolment.objects.get_or_create(
        experiment=running, arm=running.arms.first(), debtor="P1", entered_on=START
    )

    at_night = night(snapshot, [row["loan_no"] for row in book.loans], as_of)

    assert event(rows, as_of) == at_night


def behind(number: int) -> Book:
    """So many debtors, each with one instalment of 111.00 due on day 30 and not paid."""
    loans = [loan(loan_id=n, loan_no=f"L{n}", obligor_no=f"P{n}") for n in range(1, number + 1)]
    due = [instalment(1, START + timedelta(days=30), loan_id=n) for n in range(1, number + 1)]
    return Book(loans, due, [], [])


def test_all_loans_of_a_debtor_share_an_arm_and_its_strategy(snapshot: Path) -> None:
    running = experiment()
    book = behind(60)
    for row in book.loans:
        row["obligor_no"] = f"P{row['loan_id'] % 20}"
    asked.write_snapshot(book, snapshot)

    rows = night(snapshot, [row["loan_no"] for row in book.loans], START + timedelta(days=33))

    arms: dict[str, set[Any]] = {}
    by_name = {arm.name: arm.strategy_id for arm in running.arms.all()}
    for row in rows:
        arms.setdefault(row["loan"]["obligor_no"], set()).add(row["decision"]["arm"])
        assert row["strategy_id"] == by_name[row["decision"]["arm"]]
    assert sorted(arms) == sorted(f"P{number}" for number in range(20))
    assert all(len(each) == 1 for each in arms.values())
    assert {arm for each in arms.values() for arm in each} == {"champion", "letters"}


def test_the_days_before_an_experiment_are_not_its_own() -> None:
    running = experiment()

    assert running_trial(on=START - timedelta(days=1)) is None
    begun = running_trial(on=START)
    assert begun is not None
    assert begun.id == running.pk


def test_who_is_not_behind_takes_no_part(snapshot: Path) -> None:
    experiment()
    book = behind(2)
    asked.write_snapshot(book, snapshot)

    rows = night(snapshot, ["L1", "L2"], START + timedelta(days=29))

    assert [(row["decision"]["arm"], row["strategy_id"]) for row in rows] == [(None, None)] * 2


def day(snapshot: Path, as_of: date) -> dict[str, Any]:
    night(snapshot, [], as_of)
    split = make_split(running_trial(), snapshot)
    if split is None:
        return {}
    return follow_experiment(
        split,
        decided=snapshot / "decided.out",
        state=snapshot / "state.out",
        as_of=as_of,
        at=now(),
    )


def test_outcomes_are_read_when_the_window_has_ended(snapshot: Path) -> None:
    experiment()
    book = behind(4)
    entered = START + timedelta(days=33)
    paid = {1: (entered, 50_00), 2: (entered + timedelta(days=30), 111_00)}
    book.payments.extend(
        payment(f"p{n}", on, amount, loan_id=n) for n, (on, amount) in paid.items()
    )
    book.loans[2] |= {"closed_on": entered + timedelta(days=5), "closed_reason": "charged_off"}
    asked.write_snapshot(book, snapshot)

    first = day(snapshot, entered)
    early = day(snapshot, entered + timedelta(days=29))
    late = day(snapshot, entered + timedelta(days=30))
    again = day(snapshot, entered + timedelta(days=30))

    assert [each["debtors_entered"] for each in (first, early, late)] == [4, 0, 0]
    assert [each["outcomes_known"] for each in (first, early, late, again)] == [0, 0, 4, 0]
    rows = Enrolment.objects.order_by("debtor").values_list("debtor", "cured", "recovered")
    # P1 paid on the day of entry, which is not after it.
    assert list(rows) == [
        ("P1", False, 0), ("P2", True, 111_00), ("P3", False, 0), ("P4", False, 0)
    ]  # fmt: skip


def test_complaints_stop_the_arm_and_the_champion_decides_again(snapshot: Path) -> None:
    running = experiment(guards={"complaint": 1.0})
    book = behind(60)
    asked.write_snapshot(book, snapshot)
    entered = START + timedelta(days=33)
    assert day(snapshot, entered)["advice"] == {"letters": "continue"}
    arms = dict(Enrolment.objects.values_list("debtor", "arm__name"))
    for debtor, arm in arms.items():
        if arm == "letters":
            _complain(f"L{debtor[1:]}", debtor, on=entered + timedelta(days=2))

    after = day(snapshot, entered + timedelta(days=3))

    running.refresh_from_db()
    assert after["advice"] == {"letters": "stop_for_harm"}
    assert (running.state, running.stop_reason) == ("stopped", "guard rail: complaint")
    rows = night(snapshot, [], entered + timedelta(days=3))
    assert {(row["decision"]["arm"], row["strategy_id"]) for row in rows} == {(None, None)}


def _complain(loan_no: str, debtor: str, *, on: date) -> None:
    case = asked.make_case(loan_no=loan_no, name="")
    Case.objects.filter(pk=case.pk).update(loan={"obligor_no": debtor})
    Hold.objects.create(case=case, reason="complaint", from_on=on)


def test_a_stopped_arm_of_several_leaves_the_others_running() -> None:
    running = experiment()
    champion = running.arms.get(is_champion=True)
    other = running.arms.create(name="other", strategy=champion.strategy, share=100)
    running.arms.filter(is_champion=True).update(share=4900)
    letters = running.arms.get(name="letters")

    stop_arm(letters, on=START, reason="no longer wanted", by=None, at=now())

    trial = running_trial()
    assert trial is not None
    assert trial.strategies == {
        "champion": champion.strategy_id,
        "letters": champion.strategy_id,
        "other": other.strategy_id,
    }
