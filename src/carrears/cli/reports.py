"""Reports by mail: schedule them, stop and start them, mail what is due."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any

import typer

from carrears.cli import app, console, fail, start_django

reports = typer.Typer(help="Reports that are mailed to staff.")
app.add_typer(reports, name="reports")
_Number = Annotated[int, typer.Argument(help="Its number in `carrears reports list`.")]
_By = Annotated[str, typer.Option(help="Who asks: a user name.")]


@reports.command("list")
def list_reports() -> None:
    """Say which reports go when to whom, and what became of the last run."""
    start_django()
    from carrears.reports.models import ReportSchedule  # noqa: PLC0415  Django has to be up

    for one in ReportSchedule.objects.prefetch_related("recipients"):
        readers = ", ".join(user.get_username() for user in one.recipients.all())
        last = one.runs.first()
        states = sorted(last.mails.values_list("state", flat=True)) if last else []
        due = one.next_at.isoformat(timespec="minutes") if one.next_at else "stopped"
        typer.echo(f"{one.pk}  {one.report}  to {readers}  next {due}  last {' '.join(states)}")


@reports.command()
def schedule(
    report: Annotated[str, typer.Argument(help="team, promises, agencies or book.")],
    readers: Annotated[list[str], typer.Argument(help="User names of those who get it.")],
    by: _By,
    at: Annotated[str, typer.Option(help="Time of the day, HH:MM.")] = "08:30",
    every: Annotated[str, typer.Option(help="day, week or month.")] = "day",
    on: Annotated[int, typer.Option(help="Day of the week (1 Monday) or of the month.")] = 0,
    zone: Annotated[
        str | None, typer.Option(help="IANA time zone; the lender's where none.")
    ] = None,
    language: Annotated[str, typer.Option(help="zh-CN or en-US.")] = "zh-CN",
    narrow: Annotated[
        list[str] | None,
        typer.Option(
            help="Of the book: as product=NAME, organisation=KEY, bucket=2; more than once."
        ),
    ] = None,
) -> None:
    """Have a report mailed to colleagues."""
    start_django()
    from django.conf import settings  # noqa: PLC0415  Django has to be up

    from carrears.access.models import User  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.reports.models import ReportKind  # noqa: PLC0415  see above
    from carrears.reports.rhythm import Rhythm, RhythmError  # noqa: PLC0415  see above
    from carrears.reports.services import ReportError, schedule_report  # noqa: PLC0415  see above

    if every not in ("day", "week", "month"):
        raise fail("--every is day, week or month")
    if language not in ("zh-CN", "en-US"):
        raise fail("--language is zh-CN or en-US")
    people = list(User.objects.filter(username__in=readers))
    if unknown := set(readers) - {one.get_username() for one in people}:
        raise fail(f"there is no user {', '.join(sorted(unknown))}")
    try:
        rhythm = Rhythm(every, time.fromisoformat(at), zone or settings.TIME_ZONE, on)  # type: ignore[arg-type]
        made = schedule_report(
            ReportKind(report),
            rhythm,
            people,
            language=language,  # type: ignore[arg-type]
            by=_user(by),
            at=now(),
            narrowed=_part(narrow or []),
        )
    except (RhythmError, ReportError, ValueError) as error:
        raise fail(str(error)) from error
    sequence()
    console.print(f"Report {made.pk} goes next at {made.next_at:%Y-%m-%d %H:%M %Z}.")


@reports.command()
def stop(number: _Number, by: _By) -> None:
    """Send a report no more."""
    _step("stop_report", number, by)


@reports.command()
def start(number: _Number, by: _By) -> None:
    """Send a stopped report again from the next time on."""
    _step("start_report", number, by)


@reports.command()
def again(number: _Number, by: _By) -> None:
    """Let a report go at once: to those whom the last run did not reach, or to all."""
    _step("send_again", number, by)
    send()


@reports.command()
def send() -> None:
    """Mail what is due, as the worker does each minute."""
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.reports.sending import send_due  # noqa: PLC0415  see above
    from carrears.workbench.queries.report_mails import write_report  # noqa: PLC0415  see above

    sent = send_due(write_report, at=now())
    sequence()
    console.print(f"{sent} mails were sent", highlight=False)


def _step(name: str, number: int, by: str) -> None:
    start_django()
    from carrears.clock import now  # noqa: PLC0415  Django has to be up
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.reports import services  # noqa: PLC0415  see above
    from carrears.reports.models import ReportSchedule  # noqa: PLC0415  see above

    try:
        getattr(services, name)(number, by=_user(by), at=now())
    except ReportSchedule.DoesNotExist as error:
        raise fail(f"there is no report {number}") from error
    except services.ReportError as error:
        raise fail(str(error)) from error
    sequence()


def _part(conditions: list[str]) -> dict[str, str]:
    told = {}
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not equals or not value:
            raise fail(f"--narrow: {condition!r} is not of the form NAME=VALUE")
        told[name] = value
    return told


def _user(name: str) -> Any:
    from carrears.access.models import User  # noqa: PLC0415  Django has to be up

    found = User.objects.filter(username=name).first()
    if found is None:
        raise fail(f"there is no user {name}")
    return found
