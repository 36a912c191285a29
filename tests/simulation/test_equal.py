"""What is simulated of a day that was run is what that day decided."""

# ruff: noqa: S608  names of this test

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from dayrun.test_asking import PRODUCTS
from delinquency.books import START, Book, instalment, loan, payment
from standing_book import stand

from carrears.casework.facts import CASE_FACTS
from carrears.dayrun import columnar
from carrears.dayrun.questions import load_questions
from carrears.simulation.contenders import ContenderError
from carrears.simulation.deciding import decide_both
from carrears.simulation.models import Simulation
from carrears.simulation.report import report_html
from carrears.simulation.services import ask_simulation, run_simulation
from carrears.simulation.sights import find_sights, load_facts
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import compiled_strategy, published_strategy

pytestmark = pytest.mark.django_db
LOANS = 90
AS_OF = START + timedelta(days=200)


def book_of() -> Book:
    """Loans that fell behind 1 to 178 days before AS_OF, every fifth not at all."""
    loans = [loan(loan_id=n, loan_no=f"L{n}", obligor_no=f"P{n}") for n in range(1, LOANS + 1)]
    due = [
        instalment(1, AS_OF - timedelta(days=2 * (n - 1) if n % 5 else -3), loan_id=n)
        for n in range(1, LOANS + 1)
    ]
    paid = [
        payment(f"p{n}", AS_OF + timedelta(days=10), 50_00 if n % 2 else 111_00, loan_id=n)
        for n in range(1, LOANS + 1, 3)
    ]
    return Book(loans, due, paid, [])


def run_day(root: Path, as_of: date) -> Any:
    """A finished run whose night knew of a hold on L2, hardship of L4, broken promises of L6."""
    run = stand(book_of(), root, as_of)
    assert run.snapshot is not None
    snapshot, folder = Path(run.snapshot.folder), Path(run.folder)
    questions = load_questions().of_book(as_of)
    state, scored, decided = (folder / f"{n}.parquet" for n in ("state", "scored", "decided"))
    cases = [
        {"loan_no": "L2", "broken_promises": 0, "open_promise": False, "on_hold": True,
         "disputed": True, "hardship": False},
        {"loan_no": "L4", "broken_promises": 0, "open_promise": False, "on_hold": True,
         "disputed": False, "hardship": True},
        {"loan_no": "L62", "broken_promises": 3, "open_promise": True, "on_hold": False,
         "disputed": False, "hardship": False},
        {"loan_no": "L3", "broken_promises": 0, "open_promise": False, "on_hold": False,
         "disputed": False, "hardship": False, "last_promise_state": "broken"},
    ]  # fmt: skip
    columnar.write_state(snapshot, state, as_of=as_of, products=PRODUCTS, questions=questions)
    columnar.write_scores(snapshot, state, scored, questions=questions)
    columnar.write_decisions(
        scored,
        decided,
        cases=pa.Table.from_pylist(cases, schema=CASE_FACTS),
        products=PRODUCTS,
        strategy=compiled_strategy(published_strategy()),
        questions=questions,
    )
    return run


@pytest.fixture
def root(tmp_path: Path, settings: Any) -> Path:
    settings.BOOK_DIR = tmp_path / "book"
    settings.CARREARS_HOME = tmp_path
    return tmp_path / "book"


def test_the_version_in_force_decides_every_loan_as_that_day_did(root: Path) -> None:
    run = run_day(root, AS_OF)
    compiled = compiled_strategy(published_strategy())
    [sight] = find_sights([AS_OF])
    columns = ("treatment", "stage", "channel", "template")
    with columnar.book_engine(sight.snapshot) as engine:
        load_facts(engine, sight, PRODUCTS, {})
        decide_both(engine, [compiled, compiled])
        named = ", ".join(f"{name}{n}" for n in (0, 1) for name in columns)
        simulated = engine.sql(f"select loan_id, {named} from beside order by 1").fetchall()

    wanted = ", ".join(f"coalesce({name}, '')" for name in columns)
    decided = duckdb.sql(
        f"select loan_id, {wanted}, {wanted} from '{run.folder}/decided.parquet' order by 1"
    ).fetchall()
    assert len(decided) == LOANS
    assert len({row[1] for row in decided}) > 8
    assert simulated == decided


def challenger() -> StrategyVersion:
    """The published strategy, but that calls where that one writes."""
    published = published_strategy()
    document = json.loads(json.dumps(published.document).replace("'email'", "'call'"))
    return StrategyVersion.objects.create(
        name="treatment", version="f" * 64, document=document, facts=published.facts
    )


def test_a_simulation_counts_moves_work_cost_and_what_may_come_in(root: Path) -> None:
    run_day(root, AS_OF)
    stand_later = AS_OF + timedelta(days=40)
    stand(book_of(), root, stand_later)
    version = challenger()

    done = run_simulation(ask_simulation("in-force", version.version, days=[AS_OF]))

    result = done.result
    assert result is not None
    behind = LOANS - LOANS // 5 - 1  # L1 is due on the day itself
    [day] = result["days"]
    assert day == {
        "as_of": AS_OF.isoformat(), "source": "day run", "loans": LOANS, "behind": behind
    }  # fmt: skip
    assert sum(row["loans"] for row in result["moves"]) == LOANS
    assert all(row["before"] == row["after"] for row in result["moves"])
    channels = [Counter(), Counter()]
    for row in result["load"]:
        channels[row["contender"]][row["channel"]] += row["loans"]
    assert channels[1]["email"] == 0
    assert channels[1]["call"] == channels[0]["call"] + channels[0]["email"]
    assert {row["nobody"] > 0 for row in result["blocked"]} == {True}
    ahead = result["recovery"]
    assert [row["contender"] for row in ahead] == [0, 1]
    assert all(row["low"] <= row["expected"] <= row["high"] for row in ahead)
    assert "<svg" in report_html(done)


def test_what_goes_wrong_is_kept(root: Path) -> None:
    run_day(root, AS_OF)
    with pytest.raises(ContenderError, match="there is no draft '7' of treatment"):
        ask_simulation("in-force", "draft:7", days=[AS_OF])
    assert not Simulation.objects.exists()
