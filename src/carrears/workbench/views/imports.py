from __future__ import annotations

import io
import tempfile
import uuid
import zipfile
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import get_valid_filename
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import record, sequence
from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import load_mapping
from carrears.exchange.models import TapeImport
from carrears.portfolio.imports import import_tape
from carrears.workbench.forms import UploadForm
from carrears.workbench.queries.imports import import_page, imports_page, reject_files
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("exchange.view_tapeimport")
def show_imports(request: StaffRequest) -> HttpResponse:
    """Files brought in."""
    return _list(request, UploadForm())


@require_safe
@staff("exchange.view_tapeimport")
def show_import(request: StaffRequest, pk: int) -> HttpResponse:
    """One import with the rows kept aside."""
    tape = get_object_or_404(TapeImport.objects.select_related("imported_by"), pk=pk)
    context = {
        "page": import_page(request.user, tape, request.GET),
        "may_download": request.user.has_perm("exchange.view_rejectedrow"),
        "section": "imports",
    }
    return render(request, "workbench/import_detail.html", context)


@require_POST
@staff("exchange.add_tapeimport")
def upload(request: StaffRequest) -> HttpResponse:
    """Bring in a tape or a corrected file."""
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            tape, is_new = _take(by=request.user, **form.cleaned_data)
        except TapeError as error:
            form.add_error("file", error.problem)
        else:
            text = gettext("The file was brought in.") if is_new else gettext("Nothing new in it.")
            messages.success(request, text)
            return redirect("workbench:import", tape.pk)
    return _list(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_POST
@staff("exchange.view_rejectedrow")
def download_rejects(request: StaffRequest, pk: int) -> HttpResponse:
    """The rows kept aside, as a file that can be corrected and sent again."""
    tape = get_object_or_404(TapeImport, pk=pk)
    files = {f"{table}-{tape.pk}.csv": text for table, text in reject_files(tape).items()}
    if not files:
        raise Http404
    record(
        "book.rejects_read",
        subject=tape.key,
        payload={"import": tape.pk, "file": tape.file_name},
        actor=request.user.get_username(),
        key=f"rejects:{uuid.uuid4()}",
        occurred_at=now(),
    )
    sequence()
    return _attachment(files, name=f"rejects-{tape.pk}.zip")


def _list(
    request: StaffRequest, form: UploadForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    may_add = request.user.has_perm("exchange.add_tapeimport")
    context = {
        "page": imports_page(request.GET),
        "upload_form": form if may_add else None,
        "section": "imports",
    }
    return render(request, "workbench/imports.html", context, status=status)


def _take(*, file: UploadedFile[bytes], mapping: str, by: User) -> tuple[TapeImport, bool]:
    """Import an upload. Its copy in the inbox goes afterwards: it holds people in clear."""
    inbox = Path(settings.CARREARS_HOME) / "inbox"
    inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=inbox) as folder:
        path = Path(folder) / get_valid_filename(file.name or "upload")
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        return import_tape(path, mapping=load_mapping(mapping), by=by)


def _attachment(files: dict[str, str], *, name: str) -> HttpResponse:
    """One file as it is, several as an archive."""
    if len(files) == 1:
        [(name, text)] = files.items()
        response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    else:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as together:
            for one, text in files.items():
                together.writestr(one, text)
        response = HttpResponse(archive.getvalue(), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
