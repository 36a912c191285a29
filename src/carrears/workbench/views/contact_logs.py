"""Logs of contacts: an agency brings its own in and mends what was kept aside; the house looks."""

from __future__ import annotations

import io
import uuid
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from carrears.access.seeing import acts_for
from carrears.agencies.contact_logs import logs_of, take_file, write_corrections
from carrears.agencies.explaining import explain
from carrears.agencies.row_files import RowFileError
from carrears.clock import now
from carrears.evidence.services import record, sequence
from carrears.outreach.messages import OutreachError
from carrears.workbench.queries.contact_logs import log_page, logs_page
from carrears.workbench.views.gate import StaffRequest, staff

_LARGEST = 4 * 1024 * 1024
_VIEW, _ADD = "agencies.view_contactlog", "agencies.add_contactlog"


class LogForm(forms.Form):
    """A log of contacts."""

    file = forms.FileField(
        label=_("File"),
        max_length=200,
        help_text=_(
            "CSV in UTF-8 or GB 18030: reference, loan_no, at, zone, channel, direction, number,"
            " with, result, acted_by, staff, note; up to 2,000 rows."
        ),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """No larger than is read at once."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > _LARGEST:
            text = gettext("At most %(size)s at once.") % {"size": filesizeformat(_LARGEST)}
            raise forms.ValidationError(text)
        return file


@require_safe
@staff(_VIEW)
def show_logs(request: StaffRequest) -> HttpResponse:
    """The logs: of one's own agency, or for the house of all."""
    return _show(request, LogForm())


@require_POST
@staff(_ADD)
def bring(request: StaffRequest) -> HttpResponse:
    """Take a log in, and show what came of it."""
    form = LogForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            log = take_file(file.read(), name=file.name or "", by=request.user, at=now())
        except RowFileError as error:
            form.add_error("file", f"{error.name}: {explain(error.why, error.told)}")
        except OutreachError as error:
            form.add_error("file", gettext(str(error)))
        else:
            sequence()
            if log.taken:
                messages.success(request, gettext("The log was brought in."))
            else:
                messages.info(request, gettext("Nothing new in it."))
            return redirect("workbench:contact-log", log.pk)
    return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_safe
@staff(_VIEW)
def show_log(request: StaffRequest, pk: int) -> HttpResponse:
    """One log, row by row."""
    page = log_page(request.user, pk, request.GET)
    context = {"page": page, "form": LogForm()}
    return render(request, "workbench/contact_log.html", context)


@require_POST
@staff(_ADD)
def download_rejects(request: StaffRequest, pk: int) -> HttpResponse:
    """The rows still aside, as a file that is mended and brought in again; for the agency alone."""
    log = get_object_or_404(logs_of(request.user), pk=pk)
    out = io.StringIO()
    if not acts_for(request.user) or not write_corrections(log, out):
        raise Http404
    record(
        "agencies.contact_log.rejects_read",
        subject=f"contact-log:{log.pk}",
        payload={"log": log.pk, "agency": log.agency.key},
        actor=request.user.get_username(),
        key=f"contact-log-rejects:{uuid.uuid4()}",
        occurred_at=now(),
    )
    sequence()
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"contact-log-{log.pk}-corrections.csv"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _show(
    request: StaffRequest, form: LogForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"page": logs_page(request.user, request.GET), "form": form}
    return render(request, "workbench/contact_logs.html", context, status=status)
