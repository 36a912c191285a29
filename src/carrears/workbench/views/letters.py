"""Letters for the print house: batches, one of them as a PDF, and what became of letters."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from procrastinate.exceptions import AlreadyEnqueued

from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.jobs import make_letters_now
from carrears.outreach.merging import merge_batch
from carrears.outreach.models import LetterBatch, LetterStatusFile
from carrears.outreach.print_status import StatusFileError
from carrears.outreach.status_files import bring_status, rejects_csv
from carrears.vault.errors import VaultError
from carrears.workbench.file_forms import StatusFileForm
from carrears.workbench.queries.letters import letters_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("outreach.print_letters")
def show_letters(request: StaffRequest) -> HttpResponse:
    """The batches, the newest first."""
    context = {"page": letters_page(request.GET), "section": "mail"}
    return render(request, "workbench/letters.html", context)


@require_POST
@staff("outreach.print_letters")
def make_now(request: StaffRequest) -> HttpResponse:
    """Have what waits made into batches in the background, and written as files."""
    try:
        make_letters_now.defer(until=now().isoformat(), by=request.user.pk)
        messages.success(request, gettext("The batch is being made."))
    except AlreadyEnqueued:
        messages.success(request, gettext("The batch is being made."))
    return redirect("workbench:letters")


@require_POST
@staff("outreach.print_letters")
def bring_status_file(request: StaffRequest) -> HttpResponse:
    """Take in what the print house and the post tell of letters; rows put aside are kept."""
    form = StatusFileForm(request.POST, request.FILES)
    if not form.is_valid():
        for error in form.errors["file"]:
            messages.error(request, str(error))
        return redirect("workbench:letters")
    file = form.cleaned_data["file"]
    try:
        told, _ = bring_status(file.name, file.read(), by=request.user)
    except StatusFileError as error:
        said = gettext("This is no status file: %(why)s") % {"why": error}
        messages.error(request, said)
        return redirect("workbench:letters")
    sequence()
    counts = {"taken": told.taken, "known": told.known, "bad": len(told.bad)}
    said = gettext("%(taken)s rows taken, %(known)s known, %(bad)s put aside.") % counts
    (messages.warning if told.bad else messages.success)(request, said)
    return redirect("workbench:letters")


@require_safe
@staff("outreach.print_letters")
def download_rejects(request: StaffRequest, pk: int) -> HttpResponse:
    """The rows of a status file that were not taken, to be mended and brought again."""
    del request
    kept = get_object_or_404(LetterStatusFile, pk=pk)
    answer = HttpResponse("\ufeff" + rejects_csv(kept), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="letters-status-{kept.pk}.csv"'
    return answer


@require_POST
@staff("outreach.print_letters")
def download_batch(request: StaffRequest, pk: int) -> HttpResponse:
    """All letters of a batch as one PDF; that it was handed out is evidence."""
    batch = get_object_or_404(LetterBatch.objects.exclude(made_at=None), pk=pk)
    try:
        pdf = merge_batch(batch, by=request.user)
    except VaultError:
        messages.error(request, gettext("A letter of this batch is not in the vault any more."))
        return redirect("workbench:letters")
    sequence()
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="letters-{batch.pk:06d}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
