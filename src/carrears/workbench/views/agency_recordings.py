"""Recordings that agencies have of their contacts: brought as an archive, mended, looked at."""

from __future__ import annotations

import io
import uuid
from http import HTTPStatus
from typing import IO, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from carrears.access.seeing import acts_for
from carrears.agencies.agency_recordings import recordings_of, take_archive, write_manifest
from carrears.agencies.explaining import explain, explain_all
from carrears.agencies.row_files import RowFileError
from carrears.agencies.rows_aside import faults_of
from carrears.clock import now
from carrears.evidence.services import record, sequence
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.views.gate import StaffRequest, staff

_VIEW, _ADD = "agencies.view_contactlog", "agencies.add_contactlog"
_MOST_ASIDE = 50


class ArchiveForm(forms.Form):
    """An archive with its manifest."""

    file = forms.FileField(
        label=_("Archive"),
        max_length=200,
        help_text=_(
            "Zip or tar with manifest.csv (reference, file, sha256, at): up to 500 recordings."
        ),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """No larger than is read at once."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        most = settings.VAULT_UPLOAD_MB << 20
        if (file.size or 0) > most:
            text = gettext("At most %(size)s at once.") % {"size": filesizeformat(most)}
            raise forms.ValidationError(text)
        return file


@require_safe
@staff(_VIEW)
def show_files(request: StaffRequest) -> HttpResponse:
    """The files: of one's own agency, or for the house of all."""
    return _show(request, ArchiveForm())


@require_POST
@staff(_ADD)
def bring(request: StaffRequest) -> HttpResponse:
    """Take an archive in, and show what came of it."""
    form = ArchiveForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        content = cast("IO[bytes]", file.file)
        try:
            made = take_archive(content, name=file.name or "", by=request.user, at=now())
        except RowFileError as error:
            form.add_error("file", f"{error.name}: {explain(error.why, error.told)}")
        else:
            sequence()
            told = gettext("Taken: %(taken)d, known before: %(known)d, kept aside: %(aside)d.")
            messages.success(
                request,
                told % {"taken": made.taken, "known": made.known, "aside": made.rejected},
            )
            return redirect("workbench:agency-recordings")
    return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_POST
@staff(_ADD)
def download_rejects(request: StaffRequest, pk: int) -> HttpResponse:
    """The rows still aside, as a manifest that is mended and sent again; for the agency alone."""
    made = get_object_or_404(recordings_of(request.user), pk=pk)
    out = io.StringIO()
    if not acts_for(request.user) or not write_manifest(made, out):
        raise Http404
    record(
        "agencies.recordings.rejects_read",
        subject=f"agency-recordings:{made.pk}",
        payload={"file": made.pk, "agency": made.agency.key},
        actor=request.user.get_username(),
        key=f"agency-recordings-rejects:{uuid.uuid4()}",
        occurred_at=now(),
    )
    sequence()
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, "manifest.csv") or ""
    return response


def _show(
    request: StaffRequest, form: ArchiveForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    open_rows = Count("rejects", filter=Q(rejects__corrected_at=None))
    found = recordings_of(request.user).annotate(aside=open_rows)
    pager = make_pager(request.GET, total=found.count())
    rows = list(found.prefetch_related("rejects")[rows_of(pager)])
    rejects = [
        reject for one in rows for reject in one.rejects.all() if reject.corrected_at is None
    ][:_MOST_ASIDE]
    faults = faults_of(rejects)
    aside = [
        (one.file_id, one.row_no, one.reference, explain_all(faults[one.pk])) for one in rejects
    ]
    context = {
        "rows": rows,
        "aside": aside,
        "pager": pager,
        "form": form,
        "is_house": not acts_for(request.user),
    }
    return render(request, "workbench/agency_recordings.html", context, status=status)
