"""The steps of a day after its snapshot, in their order."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db.models import Count

from carrears.casework.assigning import assign_cases
from carrears.casework.cadence_steps import plan_steps
from carrears.casework.cadence_stops import cancel_overtaken_steps
from carrears.casework.day_plans import plan_collectors, plan_day_of_house
from carrears.casework.facts import case_facts
from carrears.casework.models import ActionState, Case, CaseState, PlannedAction
from carrears.casework.planning import cancel_overtaken, plan_actions
from carrears.casework.promise_reminders import plan_promise_reminders
from carrears.casework.promises import loans_with_promises
from carrears.casework.pulling import pull_back
from carrears.casework.pulling_plans import is_worked
from carrears.clock import business_moment, is_replay, local_day, now
from carrears.database.session import weigh_table
from carrears.dayrun import columnar
from carrears.dayrun.arms import Split
from carrears.dayrun.contacting import pace_day, send_due
from carrears.dayrun.engines import Engine
from carrears.dayrun.house_figures import count_figures
from carrears.dayrun.models import DayRun
from carrears.dayrun.moving import (
    Move,
    Moved,
    cut_lines,
    each_stripe,
    last_loan,
    move_stripe,
    read_late_ahead,
)
from carrears.dayrun.promised import payments_of_book, settle_loans
from carrears.dayrun.questions import Questions, load_questions
from carrears.dayrun.reminding import STEP as REMINDERS_ALL
from carrears.dayrun.reminding import remind_all
from carrears.dayrun.standing import CASES, moved_before, stripe_bounds, stripe_of
from carrears.dayrun.trial import follow_experiment, follow_words, make_split
from carrears.dayrun.watching import remind_watched, watch_loans, write_warned
from carrears.delinquency.buckets import load_buckets
from carrears.evidence.services import Record, record_many, sequence
from carrears.experiments.trial import Trial
from carrears.portfolio.products import Products
from carrears.strategy.compile import Compiled


@dataclass(frozen=True)
class Day:
    """All that the steps of one run need."""

    run: DayRun
    products: Products
    strategy: Compiled
    warning: Compiled
    engine: Engine
    trial: Trial | None = None

    @property
    def as_of(self) -> date:
        """The day that is run."""
        return self.run.as_of

    @cached_property
    def split(self) -> Split | None:
        """The running experiment over the day's snapshot."""
        return make_split(self.trial, self.snapshot)

    @property
    def strategies(self) -> list[Compiled]:
        """Every strategy that decides a loan of this day."""
        return [self.strategy, *(self.split.strategies.values() if self.split else ())]

    @property
    def questions(self) -> Questions:
        """What is asked about the whole book."""
        return load_questions().of_book(self.as_of)

    @cached_property
    def warned(self) -> Future[dict[str, int]]:
        """Loans by level of warning; to be written is begun when this is first asked for."""
        aside = ThreadPoolExecutor(1, thread_name_prefix="warned")
        begun = aside.submit(write_warned, self)
        aside.shutdown(wait=False)
        return begun

    @property
    def folder(self) -> Path:
        """Where the run's columnar results lie."""
        return Path(self.run.folder)

    @property
    def snapshot(self) -> Path:
        """The snapshot's folder."""
        assert self.run.snapshot is not None  # noqa: S101  set when the run begins
        return Path(self.run.snapshot.folder)


@dataclass(frozen=True, slots=True)
class Step:
    """One step; ``atomic`` ones do all their writing in one transaction.

    The others note what they have done as they go, or leave no more than a file. ``beside`` is
    begun with the step and awaited by a later one: it reads and writes nothing but files.
    """

    name: str
    work: Callable[[Day], dict[str, Any]]
    atomic: bool = True
    beside: Callable[[Day], object] = lambda _: None


def compute_delinquency(day: Day) -> dict[str, Any]:
    """Who is behind, by how much and for how long."""
    counts = day.engine.write_state(
        day.snapshot,
        day.folder / "state.parquet",
        as_of=day.as_of,
        products=day.products,
        questions=day.questions,
    )
    names = load_buckets().names
    by_bucket = {name: counts.get(number, 0) for number, name in enumerate(names)}
    total = sum(by_bucket.values())
    return {"loans": total, "behind": total - by_bucket[names[0]], "buckets": by_bucket}


def score_risk(day: Day) -> dict[str, Any]:
    """Who can pay and what speaks against it."""
    day.engine.write_scores(
        day.snapshot,
        day.folder / "state.parquet",
        day.folder / "scored.parquet",
        questions=day.questions,
    )
    return {}


def settle_promises(day: Day) -> dict[str, Any]:
    """Which promises are kept, partly kept or broken by the payments known until now."""
    loans = loans_with_promises(as_of=day.as_of)
    payments = payments_of_book(day.snapshot, list(loans.values())) if loans else None

    def settle(stripe: int) -> dict[str, Any]:
        ours = {number: loan for number, loan in loans.items() if stripe_of(loan) == stripe}
        if payments is None or not ours:
            return {}
        return dict(
            settle_loans(ours, payments, as_of=day.as_of, at=_moment(day), by_newest_book=True)
        )

    sums = each_stripe(day.run, "promises", last_loan(day.snapshot), settle)
    told = ("kept", "partly", "broken")
    return {f"promises_{name}": sums.get(f"promise_{name}", 0) for name in told}


def decide_treatments(day: Day) -> dict[str, Any]:
    """What the published strategy wants done with each loan."""
    day.run.known_lines = cut_lines()
    day.run.save(update_fields=["known_lines"])
    scored = day.folder / "scored.parquet"
    day.engine.write_decisions(
        scored,
        day.folder / "decided.parquet",
        cases=case_facts(as_of=day.as_of),
        products=day.products,
        strategy=day.strategy,
        questions=day.questions,
        placed=day.split.place(scored) if day.split else None,
    )
    return {}


def move_cases(day: Day) -> dict[str, Any]:
    """Open, update and close cases (入催/出催), and hand them out."""
    cases = Case.objects.filter(state=CaseState.OPEN)
    with_case = frozenset(cases.values_list("loan_no", flat=True))
    decided = day.folder / "decided.parquet"
    with columnar.wanted_loans(day.snapshot, decided, loan_nos=list(with_case)) as engine:
        _forget_moved(day, engine)
        names = list(load_questions().tables["facts"])
        rows = columnar.case_rows(engine, facts=names, strategies=day.strategies)
    move = Move(
        run=day.run,
        snapshot=day.snapshot,
        products=day.products,
        at=_moment(day),
        rows=rows,
        with_case=with_case,
    )
    read_late_ahead(move)
    sums = each_stripe(day.run, CASES, last_loan(day.snapshot), partial(move_stripe, move))
    weigh_table("casework_case", "state", "loan_no", "loan_id", "party_id")
    given = each_stripe(day.run, "assign", 0, partial(_assign, day, at=move.at))
    return asdict(Moved(**sums)) | given | {"cases_open": cases.count()}


def _assign(day: Day, _stripe: int, *, at: datetime) -> dict[str, int]:
    """Give out all that waits, once for the book: its most urgent debtors get what room there is.

    Then take back what the rules take; what goes to the pool by that waits for the next night. A
    night that is replayed gives and takes what it did then; of a book that nobody was there to work
    it takes nothing, and gives to who is there now. A night of these days that is run again takes
    what is to be taken by now: people have worked since. It counts as a step of one stripe, so that
    what it gave is told the same after a kill.
    """
    is_past = is_replay(day.as_of, today=local_day(now(), settings.TIME_ZONE))
    takes = not is_past or is_worked(until=at)
    given = assign_cases(at=at, known_at=at if is_past and takes else None)
    return {"cases_assigned": given, "cases_pulled_back": pull_back(at=at) if takes else 0}


def _forget_moved(day: Day, engine: duckdb.DuckDBPyConnection) -> None:
    """Of a day that is run again, leave out what stands as this run has it.

    What was told or done since the earlier run has either changed the loan's rows, or its stripe
    finds it late (``moving``).
    """
    found = moved_before(day.run)
    if found is None:
        return
    before, stripes = found
    assert before.snapshot is not None  # noqa: S101  asked for
    snapshot = Path(before.snapshot.folder)
    decisions = Path(before.folder) / "decided.parquet"
    if snapshot.is_dir() and decisions.is_file():
        bounds = [stripe_bounds(stripe) for stripe in stripes]
        columnar.forget_moved(engine, snapshot=snapshot, decisions=decisions, bounds=bounds)


def begin_warnings(day: Day) -> None:
    """Let whom to warn of be worked out while the server has most to write."""
    if day.run.warning_id is not None:
        _ = day.warned


def plan_day(day: Day) -> dict[str, Any]:
    """Plan what each open case needs."""
    cancel_overtaken(as_of=day.as_of)
    cancel_overtaken_steps(today=day.as_of)
    products = Case.objects.filter(state=CaseState.OPEN).values_list("product", flat=True)
    zones = {name: day.products[name].time_zone for name in products.distinct().order_by("product")}

    plan_promise_reminders(as_of=day.as_of, zones=zones, moment=now())
    plan_steps(as_of=day.as_of, zones=zones, moment=now())

    def plan(stripe: int) -> dict[str, Any]:
        bounds = stripe_bounds(stripe)
        plan_actions(as_of=day.as_of, loan_ids=bounds, zones=zones, moment=now())
        return {}

    each_stripe(day.run, "actions", last_loan(day.snapshot), plan)
    weigh_table("casework_plannedaction", "state", "as_of", "case_id", "channel")
    planned = PlannedAction.objects.filter(as_of=day.as_of)
    return {
        "actions_planned": planned.count(),
        "promise_reminders": planned.filter(part__isnull=False).count(),
        "cadence_steps": planned.filter(step_day__gt=0).count(),
    }


def make_contact(day: Day) -> dict[str, Any]:
    """Send what may be sent; each message passes the gate in the transaction that books it."""
    paced = pace_day(as_of=day.as_of)
    send_due(as_of=day.as_of)
    states = dict(
        PlannedAction.objects.filter(as_of=day.as_of)
        .values_list("state")
        .annotate(number=Count("pk"))
    )
    return {
        "actions_sent": states.get(ActionState.SENT, 0),
        "actions_blocked": states.get(ActionState.BLOCKED, 0),
        "actions_failed": states.get(ActionState.FAILED, 0),
        "actions_for_people": states.get(ActionState.PLANNED, 0),
        **{f"spread_{name}": number for name, number in paced.items() if name != "wasted"},
    }


def plan_people(_: Day) -> dict[str, Any]:
    """What of each collector's queue fits into his day."""
    return {"days_planned": plan_collectors(plan_day_of_house())}


def follow_trial(day: Day) -> dict[str, Any]:
    """Enrol who fell behind, read what became of earlier debtors, and heed the guard rails."""
    given: dict[str, Any] = {
        "state": day.folder / "state.parquet",
        "as_of": day.as_of,
        "at": _moment(day),
    }
    with_words = follow_words(snapshot=day.snapshot, **given)
    if day.split is None:
        return with_words
    decided = day.folder / "decided.parquet"
    return follow_experiment(day.split, decided=decided, **given) | with_words


def keep_figures(day: Day) -> dict[str, Any]:
    """Count the figures of the house's last thirty days, so that no page has to."""
    return {"figures": count_figures(day.run)}


def seal_evidence(day: Day) -> dict[str, Any]:
    """Record the day's decisions as a whole, and sign the log."""
    record_many([_decisions_record(day)])
    checkpoint = sequence()
    return {"evidence_size": checkpoint.size if checkpoint else 0}


def _decisions_record(day: Day) -> Record:
    decided = day.folder / "decided.parquet"
    return Record(
        kind="day.decided",
        subject=day.as_of.isoformat(),
        key=f"day:{day.run.pk}:decided",
        actor="",
        occurred_at=_moment(day),
        payload={
            "as_of": day.as_of.isoformat(),
            "snapshot": day.run.snapshot.inputs_hash if day.run.snapshot else "",
            "strategy": day.run.strategy.version if day.run.strategy else "",
            "decisions_sha256": columnar.sha256(decided),
            **({"experiment": day.trial.key} if day.trial else {}),
        },
    )


def _moment(day: Day) -> datetime:
    return business_moment(day.as_of, settings.TIME_ZONE, moment=now())


STEPS = (
    Step("delinquency", compute_delinquency),
    Step("risk", score_risk),
    Step("promises", settle_promises, atomic=False),
    Step("strategy", decide_treatments, atomic=False),
    Step("cases", move_cases, atomic=False, beside=begin_warnings),
    Step("warning", watch_loans),
    Step("actions", plan_day, atomic=False),
    Step("reminders", remind_watched),
    Step(REMINDERS_ALL, remind_all, atomic=False),
    Step("contact", make_contact, atomic=False),
    Step("plans", plan_people),
    Step("experiment", follow_trial),
    Step("figures", keep_figures),
    Step("evidence", seal_evidence),
)
