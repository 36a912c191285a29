"""The steps of a day after its snapshot, in their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count

from carrears.casework.facts import case_facts
from carrears.casework.intake import take_in_incoming
from carrears.casework.models import ActionState, Case, CaseState, PlannedAction
from carrears.casework.planning import assign_cases, cancel_overtaken, plan_actions
from carrears.clock import business_moment, now
from carrears.database.session import copy_table
from carrears.dayrun import columnar
from carrears.dayrun.case_states import make_incoming, prepare_session
from carrears.dayrun.engines import Engine
from carrears.dayrun.models import DayRun
from carrears.dayrun.questions import Questions, load_questions
from carrears.delinquency.buckets import load_buckets
from carrears.evidence.services import Record, record_many, sequence
from carrears.outreach.services import contact_planned
from carrears.parties.queries import zones_of
from carrears.portfolio.products import Products
from carrears.strategy.compile import Compiled


@dataclass(frozen=True, slots=True)
class Day:
    """All that the steps of one run need."""

    run: DayRun
    products: Products
    strategy: Compiled
    engine: Engine

    @property
    def as_of(self) -> date:
        """The day that is run."""
        return self.run.as_of

    @property
    def questions(self) -> Questions:
        """What is asked about the whole book."""
        return load_questions().of_book(self.as_of)

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
    """One step; ``atomic`` ones do all their writing in one transaction."""

    name: str
    work: Callable[[Day], dict[str, Any]]
    atomic: bool = True


def compute_delinquency(day: Day) -> dict[str, Any]:
    """Who is behind, by how much and for how long."""
    counts = day.engine.write_state(
        day.snapshot,
        day.folder / "state.parquet",
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
        products=day.products,
        questions=day.questions,
    )
    return {}


def decide_treatments(day: Day) -> dict[str, Any]:
    """What the published strategy wants done with each loan."""
    day.engine.write_decisions(
        day.folder / "scored.parquet",
        day.folder / "decided.parquet",
        cases=case_facts(as_of=day.as_of),
        products=day.products,
        strategy=day.strategy,
        questions=day.questions,
    )
    return {}


def move_cases(day: Day) -> dict[str, Any]:
    """Open, update and close cases (入催/出催), and hand them out."""
    with_case = Case.objects.filter(state=CaseState.OPEN).values_list("loan_no", flat=True)
    questions = load_questions()
    decided = day.folder / "decided.parquet"
    prepare_session(questions)
    with columnar.wanted_loans(day.snapshot, decided, loan_nos=list(with_case)) as engine:
        names = list(questions.tables["facts"])
        for name, rows in columnar.case_rows(engine, facts=names, strategy=day.strategy).items():
            copy_table(name, rows)
    make_incoming(as_of=day.as_of)
    intake = take_in_incoming(as_of=day.as_of, at=_moment(day), strategy_id=day.run.strategy_id)
    assigned = assign_cases()
    return {
        "cases_opened": len(intake.opened),
        "cases_closed": len(intake.closed),
        "cases_open": Case.objects.filter(state=CaseState.OPEN).count(),
        "cases_assigned": assigned,
        "promises_kept": intake.promises_kept,
        "promises_broken": intake.promises_broken,
    }


def plan_day(day: Day) -> dict[str, Any]:
    """Plan what each open case needs."""
    cancel_overtaken(as_of=day.as_of)
    cases = list(Case.objects.filter(state=CaseState.OPEN, as_of=day.as_of))
    zones = _zones(cases, day.products)
    plan_actions(cases, as_of=day.as_of, zones=zones, moment=now())
    return {"actions_planned": PlannedAction.objects.filter(as_of=day.as_of).count()}


def make_contact(day: Day) -> dict[str, Any]:
    """Send what may be sent; each message passes the gate in the transaction that books it."""
    contact_planned(as_of=day.as_of)
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
    }


def seal_evidence(day: Day) -> dict[str, Any]:
    """Record the day's decisions as a whole, and sign the log."""
    record_many([_decisions_record(day)])
    checkpoint = sequence()
    return {"evidence_size": checkpoint.size if checkpoint else 0}


def _zones(cases: list[Case], products: Products) -> dict[int, str]:
    """Each debtor's own time zone, or the product's where none is on record."""
    own = zones_of(case.party_id for case in cases if case.party_id)
    return {
        case.pk: own.get(case.party_id) or products[case.product].time_zone
        if case.party_id
        else products[case.product].time_zone
        for case in cases
    }


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
        },
    )


def _moment(day: Day) -> datetime:
    return business_moment(day.as_of, settings.TIME_ZONE, moment=now())


STEPS = (
    Step("delinquency", compute_delinquency),
    Step("risk", score_risk),
    Step("strategy", decide_treatments),
    Step("cases", move_cases),
    Step("actions", plan_day),
    Step("contact", make_contact, atomic=False),
    Step("evidence", seal_evidence),
)
