"""The screen of reports by mail."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.notices.services import holders
from carrears.reports.kinds import NEEDS
from carrears.reports.models import MailState, ReportMail, ReportRun, ReportSchedule
from carrears.workbench.labels import label_of
from carrears.workbench.queries.part import words_of
from carrears.workbench.report_forms import weekday_name
from carrears.workbench.view_models.reports import MailLine, ReportsPage, RunLine, ScheduleRow

_RUNS = 5


def reports_page() -> ReportsPage:
    """Every schedule of the house with its last runs; what a mail said is shown to nobody."""
    found = ReportSchedule.objects.select_related("made_by").prefetch_related("recipients")
    return ReportsPage(
        rows=tuple(_row(one) for one in found.order_by("-pk")),
        sender=settings.SENDER,
        is_kept=not settings.SMTP_URL,
    )


def possible_readers() -> list[User]:
    """The active people who have an address and may see one report at least, by name."""
    found = {one.pk: one for needed in set(NEEDS.values()) for one in holders(needed) if one.email}
    return sorted(found.values(), key=lambda one: (str(one), one.pk))


def _row(one: ReportSchedule) -> ScheduleRow:
    runs = one.runs.select_related("asked_by").prefetch_related("mails__user")[:_RUNS]
    lines = tuple(map(_run, runs))
    return ScheduleRow(
        pk=one.pk,
        report=one.report,
        when=_when(one),
        language=one.language,
        readers=tuple(str(user) for user in one.recipients.all()),
        narrowed=words_of(one.narrowed),
        made_by=str(one.made_by or ""),
        next_at=one.next_at,
        runs=lines,
        is_waiting=any(mail.state == MailState.WAITING for run in lines for mail in run.mails),
    )


def _when(one: ReportSchedule) -> str:
    told = {"time": f"{one.clock:%H:%M}", "zone": one.time_zone}
    if one.every == "week":
        told["day"] = weekday_name(one.on)
        return gettext("every %(day)s at %(time)s (%(zone)s)") % told
    if one.every == "month":
        told["day"] = str(one.on)
        return gettext("every month on day %(day)s at %(time)s (%(zone)s)") % told
    return gettext("every day at %(time)s (%(zone)s)") % told


def _run(run: ReportRun) -> RunLine:
    return RunLine(
        due_at=run.due_at,
        asked_by=str(run.asked_by or ""),
        mails=tuple(map(_mail, run.mails.all())),
    )


def _mail(mail: ReportMail) -> MailLine:
    return MailLine(
        reader=str(mail.user),
        state=mail.state,
        sent_at=mail.sent_at,
        next_at=mail.next_at if mail.state == MailState.WAITING and mail.tries else None,
        tries=mail.tries,
        error=str(label_of(mail.error, "report_error").text),
    )
