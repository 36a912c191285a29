"""Texts that fit no case: give one to a case, or say that nothing follows from it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.models import CaseState
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import UnknownText
from carrears.outreach.unknown_texts import assign_text, dismiss_text
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.unknown_texts import unknown_texts_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("outreach.settle_unknowntext")
def show_unknown(request: StaffRequest) -> HttpResponse:
    """The texts that wait for somebody to say whose they are."""
    page = unknown_texts_page(request.GET)
    return render(request, "workbench/unknown_texts.html", {"page": page, "section": "mail"})


@require_POST
@staff("outreach.settle_unknowntext")
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Give one to the open case of a loan, or dismiss it."""
    found = get_object_or_404(UnknownText, pk=pk)
    reason = request.POST.get("reason", "")
    try:
        if request.POST.get("step") == "assign":
            _assign(request, found, reason)
        else:
            dismiss_text(found, reason=reason, by=request.user, at=now())
            messages.success(request, gettext("It is dismissed."))
    except OutreachError as error:
        messages.error(request, gettext(str(error)))
    sequence()
    return redirect("workbench:unknown-texts")


def _assign(request: StaffRequest, found: UnknownText, reason: str) -> None:
    loan_no = request.POST.get("loan_no", "").strip()
    try:
        cases = cases_of_loan(request.user, loan_no)
    except Http404:
        cases = []
    case = next((one for one in cases if one.state == CaseState.OPEN), None)
    if case is None:
        said = gettext("You see no open case of the loan %(loan)s.") % {"loan": loan_no}
        messages.error(request, said)
        return
    assign_text(found, case, reason=reason, by=request.user, at=now())
    messages.success(request, gettext("It stands on the case now."))
