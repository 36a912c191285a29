"""Letters for the print house: which batches there are, and one of them as a PDF."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.evidence.services import sequence
from carrears.outreach.merging import merge_batch
from carrears.outreach.models import LetterBatch
from carrears.vault.errors import VaultError
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
