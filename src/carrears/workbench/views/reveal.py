"""One masked value in clear, to somebody who works the case and says why."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.parties.blind import Kind
from carrears.parties.unmasking import (
    NOTE_AT_MOST,
    UnmaskingError,
    needs_step_up,
    note_unmasking,
    reasons,
    reasons_to_choose,
)
from carrears.signin.step_up import ask_again, is_fresh
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.reveal import clear_value
from carrears.workbench.queries.sight import sight_of
from carrears.workbench.view_models.common import Option, Sensitive
from carrears.workbench.views.gate import StaffRequest, staff

# What the service may answer, in its words, so that it can be said in the reader's.
REFUSALS = (gettext_noop("choose a reason"), gettext_noop("say the reason in words"))
_LAST_REASON = "carrears_reason_to_look"


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.work_case")
def reveal(request: StaffRequest, loan_no: str, kind: str, ref: str) -> HttpResponseBase:
    """Ask for the reason; by POST with one, show the value in clear, and record that."""
    case = cases_of_loan(request.user, loan_no)[0]
    if kind not in set(Kind):
        raise Http404
    if needs_step_up(Kind(kind)) and not is_fresh(request, request.user):
        return ask_again(request)
    if request.method != "POST":
        return render(request, "workbench/_reveal_form.html", _asked(request))
    reason, note = request.POST.get("reason", ""), request.POST.get("note", "")
    if reason not in reasons_to_choose():
        reason = ""  # what a deed is the reason of is nobody's to choose
    try:
        value = reveal_value(request.user, loan_no, kind, ref, reason=reason, note=note)
    except UnmaskingError as error:
        hidden = sight_of(request.user, case).hidden(
            Kind(kind), ref, clear_value(loan_no, Kind(kind), ref).value
        )
        context = {"value": hidden, "problem": gettext(str(error)), **_asked(request)}
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "workbench/_sensitive.html", context, status=status)
    request.session[_LAST_REASON] = reason
    sequence()
    return render(request, "workbench/_sensitive.html", {"value": Sensitive(value)})


@transaction.atomic
def reveal_value(
    user: User, loan_no: str, kind: str, ref: str, *, reason: str, note: str = ""
) -> str:
    """One value in clear; that ``user`` saw it, and why, is recorded with it.

    Raises:
        UnmaskingError: without a reason nothing is shown.
    """
    found = clear_value(loan_no, Kind(kind), ref)
    note_unmasking(
        found.party,
        Kind(kind),
        loan_no=loan_no,
        ref=ref,
        reason=reason,
        note=note,
        by=user,
        at=now(),
    )
    return found.value


def _asked(request: StaffRequest) -> dict[str, Any]:
    last = request.POST.get("reason") or request.session.get(_LAST_REASON, "")
    titles = {code: chosen(one["zh"], one["en"]) for code, one in reasons().items()}
    options = tuple(Option(code, titles[code], code == last) for code in reasons_to_choose())
    return {
        "url": request.path,
        "reasons": options,
        "note": request.POST.get("note", ""),
        "at_most": NOTE_AT_MOST,
    }
