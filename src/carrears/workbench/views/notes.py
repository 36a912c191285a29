from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.conduct.notes import review_note
from carrears.conduct.services import ConductError
from carrears.evidence.services import sequence
from carrears.workbench.queries.notes import flagged_notes, notes_page
from carrears.workbench.views.gate import StaffRequest, staff

_LONGEST = 2000


@require_safe
@staff("conduct.view_flaggednote")
def show_notes(request: StaffRequest) -> HttpResponse:
    """Notes with words that no message may say."""
    return render(request, "workbench/notes.html", {"page": notes_page(request.user, request.GET)})


@require_POST
@staff("conduct.review_flaggednote")
def review(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep what the reviewer makes of a note."""
    flagged = flagged_notes(request.user).filter(pk=pk).first()
    if flagged is None:
        raise Http404
    try:
        review_note(
            flagged,
            outcome=request.POST.get("outcome", ""),
            comment=request.POST.get("comment", "").replace("\0", "")[:_LONGEST],
            by=request.user,
            at=now(),
        )
    except ConductError:
        text = gettext(
            "Choose an outcome, and say what is to be done; your own note is another's to review."
        )
        messages.error(request, text)
    else:
        sequence()
        messages.success(request, gettext("The review is kept."))
    return redirect("workbench:notes")
