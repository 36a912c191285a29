from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.access.models import User
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import record, sequence
from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import load_mapping
from carrears.exchange.models import TapeImport
from carrears.portfolio.imports import import_tape
from carrears.portfolio.rejects import has_open_rejects, open_rejects, write_corrections
from carrears.signin.step_up import stepped_up
from carrears.workbench.forms import UploadForm
from carrears.workbench.queries.imports import import_page, imports_page
from carrears.workbench.views.gate import StaffRequest, staff

_LEFT_SECONDS = 24 * 3600  # no import takes as long

# What exchange.sniffing finds, in its words, so that it can be said in the reader's.
_FOREIGN = (
    gettext_noop("is an Excel workbook or a ZIP archive by its content; save it as CSV (UTF-8)"),
    gettext_noop("is an old Excel or Word file by its content; save it as CSV (UTF-8)"),
    gettext_noop("is packed by gzip; its name has to end in .gz"),
    gettext_noop("is an archive by its content; unpack it"),
    gettext_noop("is a program by its content"),
    gettext_noop("is a web page by its content, maybe that of an error"),
    gettext_noop("is a picture, a sound or a PDF by its content"),
    gettext_noop("is not packed by gzip, though its name ends in .gz"),
    gettext_noop("unpacks to far more than rows do; it is not read"),
    gettext_noop("is no Parquet file by its content"),
    gettext_noop("is no XML by its content"),
    gettext_noop("is no text by its content"),
    gettext_noop("is UTF-8 by its content, but the mapping reads another encoding"),
)


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
        "may_download": request.user.has_perm("exchange.view_rejectedrow")
        and has_open_rejects(tape),
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
            with as_house():  # of whomever it tells
                tape, is_new = _take(by=request.user, **form.cleaned_data)
        except TapeError as error:
            form.add_error("file", gettext(error.problem))
        else:
            text = gettext("The file was brought in.") if is_new else gettext("Nothing new in it.")
            messages.success(request, text)
            return redirect("workbench:import", tape.pk)
    return _list(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_POST
@staff("exchange.view_rejectedrow")
@stepped_up
def download_rejects(request: StaffRequest, pk: int) -> HttpResponse:
    """The rows kept aside, as a file that can be corrected and sent again."""
    tape = get_object_or_404(TapeImport, pk=pk)
    rows = open_rejects(import_id=tape.pk)
    if not rows:
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
    with tempfile.TemporaryDirectory(dir=_inbox()) as folder:
        path = Path(folder) / "corrections"
        write_corrections(rows, path)
        response = HttpResponse(path.read_bytes(), content_type="application/jsonl; charset=utf-8")
    # A mapping tells files by how their names begin.
    name = f"{tape.file_name.partition('.')[0]}-corrections-{tape.pk}.jsonl"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    return response


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
    with tempfile.TemporaryDirectory(dir=_inbox()) as folder:
        path = Path(folder) / get_valid_filename(file.name or "upload")
        with path.open("wb") as copy:
            copy.writelines(file.chunks())
        return import_tape(path, mapping=load_mapping(mapping), by=by)


def _inbox() -> Path:
    """A folder that only this user may read, without what imports that were killed left in it."""
    inbox = Path(settings.CARREARS_HOME) / "inbox"
    inbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in inbox.iterdir():
        with suppress(FileNotFoundError):  # another upload takes it away, too
            if left.stat().st_mtime < time.time() - _LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    return inbox
