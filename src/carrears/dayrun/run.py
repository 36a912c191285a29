"""The day run (日终批): one day of a collections department, step by step.

Each step leaves its work and the note that it is done together, so that a run killed
anywhere is taken up at the step it had not finished, and a finished run of the same inputs
is only told again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from carrears.clock import now
from carrears.dayrun.engines import Engine, check_engine, chosen_engine
from carrears.dayrun.models import DayRun, DayStep, RunState
from carrears.dayrun.steps import STEPS, Day, Step
from carrears.dayrun.warned import STRATEGY as WARNING
from carrears.delinquency.buckets import load_buckets
from carrears.experiments.services import running_trial
from carrears.portfolio.products import load_products
from carrears.portfolio.services import ensure_snapshot
from carrears.risk.scorecard import load_scorecard
from carrears.strategy.services import compiled_strategy, published_strategy, strategy_in_force
from carrears.tracing import span
from carrears.warning.card import load_card
from carrears.warning.signals import load_signals

_RUN_LOCK = 0x6461_7972  # "dayr"
_TRIES = 5

Progress = Callable[[str, int, int], None]


class DayRunError(RuntimeError):
    """The day cannot be run; the message says why."""


def run_day(
    as_of: date, *, progress: Progress = lambda *_: None, engine: str = "", store: str = ""
) -> dict[str, Any]:
    """Run the day of ``as_of`` and return its summary (docs/day-run.md lists the members).

    ``engine`` and ``store`` are those of ``chosen_engine``; the result does not depend on them.

    Raises:
        DayRunError: another run is under way, or a later day has already been run: cases
            do not move back.
        EngineError: the engine cannot be used here.
        BookError: no tape has been imported.
    """
    check_engine(engine)
    with _only_run(), span("day", day=as_of.isoformat()):
        later = DayRun.objects.filter(as_of__gt=as_of).order_by("-as_of").first()
        if later is not None:
            raise DayRunError(
                f"the book already stands at {later.as_of}; an earlier day needs a home of its own"
                " (CARREARS_HOME)"
            )
        run, snapshot_seconds = _begin(as_of, progress)
        if run.state == RunState.DONE:
            return dict(run.summary) | {"repeated": True}
        _note(run, "snapshot", snapshot_seconds, {})
        with chosen_engine(as_of, name=engine, store=store) as chosen:
            day = _day(run, chosen)
            for place, step in enumerate(STEPS, start=2):
                progress(step.name, place, len(STEPS) + 1)
                _take(step, day)
        return _finish(run)


@contextmanager
def _only_run() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_RUN_LOCK])
        if not cursor.fetchone()[0]:
            raise DayRunError("a day run is under way; wait for it to end")
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [_RUN_LOCK])


def _begin(as_of: date, progress: Progress) -> tuple[DayRun, float]:
    started = perf_counter()
    progress("snapshot", 1, len(STEPS) + 1)
    snapshot = ensure_snapshot(as_of)
    strategy = published_strategy(as_of)
    trial, warning = running_trial(on=as_of), strategy_in_force(WARNING, on=as_of)
    decides = f"{strategy.version} {trial.fingerprint}" if trial else strategy.version
    inputs = inputs_hash(snapshot.inputs_hash, strategy=decides, warning=warning.version)
    run, _ = DayRun.objects.get_or_create(
        as_of=as_of,
        inputs_hash=inputs,
        defaults={
            "snapshot": snapshot,
            "strategy": strategy,
            "warning": warning,
            "folder": str(settings.BOOK_DIR / "days" / as_of.isoformat() / inputs[:16]),
        },
    )
    return run, perf_counter() - started


def inputs_hash(snapshot: str, *, strategy: str, warning: str) -> str:
    """All that a day's results follow from: snapshot, tables, and the rules as they are now."""
    rules = (
        warning,
        load_card().model_dump_json(),
        load_signals().model_dump_json(),
        load_products(settings.CARREARS_HOME).as_text,
        load_scorecard().model_dump_json(),
        load_buckets().model_dump_json(),
    )
    return hashlib.sha256("\n".join((snapshot, strategy, *rules)).encode()).hexdigest()


def _day(run: DayRun, engine: Engine) -> Day:
    assert run.strategy is not None  # noqa: S101  set when the run begins
    warning = run.warning or strategy_in_force(WARNING, on=run.as_of)
    return Day(
        run=run,
        products=load_products(settings.CARREARS_HOME),
        strategy=compiled_strategy(run.strategy),
        warning=compiled_strategy(warning),
        engine=engine,
        trial=running_trial(on=run.as_of),
    )


def _take(step: Step, day: Day) -> None:
    if day.run.steps.filter(name=step.name).exists():
        return
    step.beside(day)
    for tries_left in reversed(range(_TRIES)):
        started = perf_counter()
        try:
            alone = transaction.atomic() if step.atomic else nullcontext()
            with span("day.step", step=step.name), alone:
                counters = step.work(day)
                _note(day.run, step.name, perf_counter() - started, counters)
        except OperationalError as error:
            # Of two that wait for each other the server ends one. A step goes on where it was.
            if not (tries_left and isinstance(error.__cause__, DeadlockDetected)):
                raise
        else:
            return


def _note(run: DayRun, name: str, seconds: float, counters: dict[str, Any]) -> None:
    DayStep.objects.get_or_create(
        run=run, name=name, defaults={"seconds": round(seconds, 4), "counters": counters}
    )


def _finish(run: DayRun) -> dict[str, Any]:
    steps = list(run.steps.all())
    summary: dict[str, Any] = {"as_of": run.as_of.isoformat()}
    for step in steps:
        summary |= step.counters
    summary["seconds"] = {step.name: step.seconds for step in steps}
    summary["seconds_total"] = round(sum(step.seconds for step in steps), 3)
    run.summary = summary
    run.state = RunState.DONE
    run.finished_at = now()
    run.save(update_fields=["summary", "state", "finished_at"])
    return summary | {"repeated": False}
