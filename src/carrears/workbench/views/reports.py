"""Reports by mail: schedule one, stop and start it, send it again."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.reports.models import ReportKind, ReportSchedule
from carrears.reports.services import (
    ReportError,
    schedule_report,
    send_again,
    start_report,
    stop_report,
)
from carrears.workbench.jobs import mail_waiting_reports
from carrears.workbench.queries.part import words_of
from carrears.workbench.queries.reports import possible_readers, reports_page
from carrears.workbench.report_forms import ReportForm, narrowed_of
from carrears.workbench.views.gate import StaffRequest, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("you may not see this report yourself"),
    gettext_noop("a report needs one to fifty readers"),
    gettext_noop("one of the readers may not see this report"),
    gettext_noop("one of the readers has no e-mail address"),
    gettext_noop("one of the readers does not see this team"),
    gettext_noop("only the report of the book is narrowed, as the dashboard is"),
    gettext_noop("this report is stopped already"),
    gettext_noop("this report is not stopped"),
    gettext_noop("it is on its way already"),
    gettext_noop("a report goes every day, week or month"),
    gettext_noop("a report needs a day of the week (1 to 7) or of the month (1 to 31)"),
    gettext_noop("this time zone is not known"),
)
_STEPS: dict[str, tuple[Callable[..., Any], str]] = {
    "stop": (stop_report, gettext_noop("The report is stopped.")),
    "start": (start_report, gettext_noop("The report goes again.")),
    "again": (send_again, gettext_noop("It is on its way; the list says what became of it.")),
}


@require_safe
@staff("reports.view_reportschedule")
def show_reports(request: StaffRequest) -> HttpResponse:
    """The reports that go, their last runs, and the form for another."""
    return _show(request, _form(request))


@require_POST
@staff("reports.add_reportschedule")
def schedule(request: StaffRequest) -> HttpResponse:
    """Have a report mailed."""
    form = _form(request, request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            schedule_report(
                ReportKind(told["report"]),
                form.rhythm(),
                form.chosen(),
                language=told["language"],
                by=request.user,
                at=now(),
                narrowed=form.part(),
            )
        except ReportError as error:
            form.add_error(None, gettext(str(error)))
        else:
            sequence()
            messages.success(request, gettext("The report will be mailed."))
            return redirect("workbench:reports")
    return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_POST
@staff("reports.change_reportschedule")
def take_step(request: StaffRequest, pk: int, step: str) -> HttpResponse:
    """Stop it, start it, or send it again."""
    if step not in _STEPS:
        raise Http404
    do, told = _STEPS[step]
    try:
        do(pk, by=request.user, at=now())
    except ReportSchedule.DoesNotExist as error:
        raise Http404 from error
    except ReportError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        if step == "again":
            mail_waiting_reports.defer()
        messages.success(request, gettext(told))
    return redirect("workbench:reports")


def _form(request: StaffRequest, data: Any = None) -> ReportForm:
    people = {one.pk: one for one in possible_readers()}
    spoken = "zh-CN" if (get_language() or "").startswith("zh") else "en-US"
    begun = {
        "clock": "08:30",
        "time_zone": settings.TIME_ZONE,
        "language": spoken,
        "readers": [str(request.user.pk)],
        "report": request.GET.get("report", ""),
        "narrowed": urlencode(narrowed_of(request.GET.urlencode())),
    }
    return ReportForm(data, initial=begun, people=people)


def _show(
    request: StaffRequest, form: ReportForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {
        "page": reports_page(),
        "form": form,
        "narrowed": words_of(narrowed_of(form["narrowed"].value() or "")),
        "may_add": request.user.has_perm("reports.add_reportschedule"),
        "may_change": request.user.has_perm("reports.change_reportschedule"),
    }
    return render(request, "workbench/reports.html", context, status=status)
