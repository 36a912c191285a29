"""The steps of a day that look at loans not behind yet: who is watched, and who is reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from carrears.calendars import load_calendars
from carrears.casework.models import Case, CaseState
from carrears.casework.watching import open_watch_files
from carrears.clock import business_moment, now
from carrears.database.session import copy_table, weigh_table
from carrears.dayrun import columnar
from carrears.dayrun.case_states import make_incoming, prepare_session
from carrears.dayrun.questions import load_questions
from carrears.dayrun.warned import take_in_night, write_warnings
from carrears.evidence.services import Record, record_many
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment
from carrears.warning.models import Level
from carrears.warning.planning import due_reminders, plan_reminders

if TYPE_CHECKING:
    from carrears.dayrun.steps import Day


def watch_loans(day: Day) -> dict[str, Any]:
    """Who is not behind yet but may soon be, at which level and why (逾期预警)."""
    if day.run.warning_id is None:
        return {}  # a run that began before there was a table
    counts, at, out = day.warned.result(), _moment(day), _warned_file(day)
    prepare_session(load_questions())
    intake = take_in_night(
        out,
        strategy=day.warning,
        as_of=day.as_of,
        at=at,
        strategy_id=day.run.warning_id,
        skip=told_since(day),
    )
    record_many([_warnings_record(day, out, at)])
    return {
        "warned": {level: counts.get(level, 0) for level in Level.values if level != Level.NONE},
        "warned_begun": intake.begun,
        "warned_moved": intake.moved,
        "warned_ended": intake.ended,
    }


def write_warned(day: Day) -> dict[str, int]:
    """Write whom the table warns of; returns loans by level. Reads and writes nothing but files."""
    return write_warnings(
        day.snapshot,
        day.folder / "state.parquet",
        _warned_file(day),
        strategy=day.warning,
        questions=day.questions,
    )


def _warned_file(day: Day) -> Path:
    return day.folder / "warned.parquet"


def remind_watched(day: Day) -> dict[str, Any]:
    """Plan the reminders before the due date that are due; each passes the gate when sent."""
    calendars = load_calendars(Path(settings.CARREARS_HOME))
    wanted = due_reminders(as_of=day.as_of, products=day.products, calendars=calendars)
    ensure_files(day, [one.reminder.loan_no for one in wanted])
    planned = plan_reminders(wanted, as_of=day.as_of, products=day.products, moment=now())
    # Watch files are few among the cases: the planner would compare each with each.
    weigh_table("casework_case", "state", "loan_no")
    return {"reminders_planned": planned}


def ensure_files(
    day: Day, loan_nos: Sequence[str], *, within: tuple[int, int] | None = None
) -> None:
    """Make a watch file for each of these loans that has none; ``within`` bounds their ids."""
    with_file = Case.objects.filter(state=CaseState.WATCH, loan_no__in=list(loan_nos))
    lacking = sorted(set(loan_nos) - set(with_file.values_list("loan_no", flat=True)))
    if not lacking:
        return
    questions = load_questions()
    decided = day.folder / "decided.parquet"
    prepare_session(questions)
    wanted = columnar.wanted_loans(
        day.snapshot, decided, loan_nos=lacking, behind=False, within=within
    )
    with wanted as engine:
        names = list(questions.tables["facts"])
        rows = columnar.case_rows(engine, facts=names, strategies=day.strategies)
    for name, table in rows.items():
        copy_table(name, table)
    make_incoming(as_of=day.as_of)
    open_watch_files(lacking)


def told_since(day: Day) -> list[str]:
    """Loans of which something was told after the snapshot: an event knows more than the night."""
    manifest = day.run.snapshot.manifest if day.run.snapshot else {}
    payments = ReceivedPayment.objects.filter(pk__gt=manifest.get("received_up_to", 0))
    events = ReceivedEvent.objects.filter(pk__gt=manifest.get("events_up_to", 0))
    return sorted(
        {n for rows in (payments, events) for n in rows.values_list("loan_no", flat=True)}
    )


def _warnings_record(day: Day, out: Path, at: datetime) -> Record:
    return Record(
        kind="day.warned",
        subject=day.as_of.isoformat(),
        key=f"day:{day.run.pk}:warned",
        actor="",
        occurred_at=at,
        payload={
            "as_of": day.as_of.isoformat(),
            "snapshot": day.run.snapshot.inputs_hash if day.run.snapshot else "",
            "strategy": day.run.warning.version if day.run.warning else "",
            "warnings_sha256": columnar.sha256(out),
        },
    )


def _moment(day: Day) -> datetime:
    return business_moment(day.as_of, settings.TIME_ZONE, moment=now())
