"""Schedule reports, stop and start them, and ask for one again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import transaction

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.reports.kinds import is_part, why_not
from carrears.reports.models import (
    MailState,
    ReportKind,
    ReportMail,
    ReportRun,
    ReportSchedule,
)
from carrears.reports.rhythm import Rhythm

Language = Literal["zh-CN", "en-US"]
_MOST_READERS = 50


class ReportError(ValueError):
    """What cannot be done with a report; the message says why."""


@transaction.atomic
def schedule_report(
    kind: ReportKind,
    rhythm: Rhythm,
    readers: Sequence[User],
    *,
    language: Language,
    by: User,
    at: datetime,
    narrowed: Mapping[str, str] | None = None,
) -> ReportSchedule:
    """Let a report go to ``readers`` from the next time on; that of the book, ``narrowed``.

    Raises:
        ReportError: ``by`` or a reader may not see it, a reader has no address, or there is none;
            another report, or something by which none is narrowed.
    """
    part = dict(narrowed or {})
    if part and (kind != ReportKind.BOOK or not is_part(part)):
        raise ReportError("only the report of the book is narrowed, as the dashboard is")
    if why_not(by, kind, part) in ("inactive", "no_right", "no_part"):
        raise ReportError("you may not see this report yourself")
    people = list(dict.fromkeys(readers))
    if not 1 <= len(people) <= _MOST_READERS:
        raise ReportError("a report needs one to fifty readers")
    for one in people:
        match why_not(one, kind, part):
            case "no_right" | "inactive":
                raise ReportError("one of the readers may not see this report")
            case "no_part":
                raise ReportError("one of the readers does not see this team")
            case "no_address":
                raise ReportError("one of the readers has no e-mail address")
    made = ReportSchedule.objects.create(
        report=kind,
        every=rhythm.every,
        on=rhythm.on,
        clock=rhythm.clock,
        time_zone=rhythm.zone_name,
        language=language,
        made_by=by,
        made_at=at,
        next_at=rhythm.next_after(at),
        narrowed=part,
    )
    made.recipients.set(people)
    told = {
        "report": kind.value,
        "every": rhythm.every,
        "on": rhythm.on,
        "clock": rhythm.clock.isoformat(timespec="minutes"),
        "time_zone": rhythm.zone_name,
        "language": language,
        "readers": sorted(one.get_username() for one in people),
    } | ({"narrowed": part} if part else {})
    _record("scheduled", made, told, by=by, at=at)
    return made


@transaction.atomic
def stop_report(pk: int, *, by: User, at: datetime) -> ReportSchedule:
    """Send it no more, nor what waits of it.

    Raises:
        ReportSchedule.DoesNotExist: there is none.
        ReportError: it is stopped already.
    """
    held = ReportSchedule.objects.select_for_update().get(pk=pk)
    if held.next_at is None:
        raise ReportError("this report is stopped already")
    held.next_at = None
    held.save(update_fields=["next_at"])
    waiting = ReportMail.objects.filter(run__schedule=held, state=MailState.WAITING)
    waiting.update(state=MailState.BARRED, error="stopped", written=None)
    _record("stopped", held, {"report": held.report}, by=by, at=at)
    return held


@transaction.atomic
def start_report(pk: int, *, by: User, at: datetime) -> ReportSchedule:
    """Send it again from the next time on; what was due meanwhile is not made up for.

    Raises:
        ReportSchedule.DoesNotExist: there is none.
        ReportError: it is not stopped.
    """
    held = ReportSchedule.objects.select_for_update().get(pk=pk)
    if held.next_at is not None:
        raise ReportError("this report is not stopped")
    held.next_at = held.rhythm.next_after(at)
    held.save(update_fields=["next_at"])
    _record("started", held, {"report": held.report}, by=by, at=at)
    return held


@transaction.atomic
def send_again(pk: int, *, by: User, at: datetime) -> ReportRun:
    """A run at once, with the figures of now: to those whom the last one did not reach, or to all.

    Raises:
        ReportSchedule.DoesNotExist: there is none.
        ReportError: one is under way, or all readers were taken away.
    """
    held = ReportSchedule.objects.select_for_update().get(pk=pk)
    if ReportMail.objects.filter(run__schedule=held, state=MailState.WAITING).exists():
        raise ReportError("it is on its way already")
    last = held.runs.first()
    missed = last.mails.exclude(state=MailState.SENT).values("user") if last else None
    people = held.recipients.all()
    if missed is not None and missed.exists():
        people = people.filter(pk__in=missed) or people
    run = _make_run(held, list(people), due_at=at, at=at, by=by)
    if run is None:
        raise ReportError("it is on its way already")
    told = {"report": held.report, "readers": sorted(one.get_username() for one in people)}
    _record("asked_again", held, told, by=by, at=at)
    return run


def plan_due(*, at: datetime) -> int:
    """Make the runs that are due; how many. Of several times that were missed the last is made."""
    due = ReportSchedule.objects.filter(next_at__lte=at).values_list("pk", flat=True)
    return sum(_plan(pk, at=at) for pk in list(due))


@transaction.atomic
def _plan(pk: int, *, at: datetime) -> int:
    rows = ReportSchedule.objects.select_for_update(skip_locked=True)
    held = rows.filter(pk=pk, next_at__lte=at).first()
    if held is None:
        return 0
    due_at = held.rhythm.last_until(at)
    run = _make_run(held, list(held.recipients.all()), due_at=due_at, at=at, by=None)
    held.next_at = held.rhythm.next_after(at)
    held.save(update_fields=["next_at"])
    return int(run is not None)


def _make_run(
    schedule: ReportSchedule, readers: Sequence[User], *, due_at: datetime, at: datetime,
    by: User | None,
) -> ReportRun | None:  # fmt: skip
    """The run with a mail for each reader; None where it was made before."""
    run, is_new = ReportRun.objects.get_or_create(
        schedule=schedule, due_at=due_at, defaults={"made_at": at, "asked_by": by}
    )
    if not is_new:
        return None
    ReportMail.objects.bulk_create(ReportMail(run=run, user=one, next_at=at) for one in readers)
    return run


def _record(
    step: str, one: ReportSchedule, told: dict[str, Any], *, by: User, at: datetime
) -> None:
    record(
        f"report.{step}",
        subject=f"report:{one.pk}",
        payload=told,
        actor=by.get_username(),
        key=f"report:{one.pk}:{step}:{at.isoformat()}",
        occurred_at=at,
    )
