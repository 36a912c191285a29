"""Calls of staff: booked on the case page, told of there; those that nobody told of."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carrears.casework.agency_view import own_contacts
from carrears.casework.models import Case, CaseState
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.calls import book_call, purpose_for
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.outcomes import Told, codes_for, record_outcome, today_of
from carrears.outreach.overrides import ask_override
from carrears.parties.models import ContactPoint, LoanParty
from carrears.parties.numbers import confirm_number
from carrears.parties.unmasking import BY_CALL
from carrears.recordings.services import tie_open_screens
from carrears.workbench.call_forms import ResultForm
from carrears.workbench.queries.calls import call_desk, open_calls_page
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.views.case import case_context
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.held import holding, kept_back
from carrears.workbench.views.reveal import reveal_value

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("another contact with this person is under way"),
    gettext_noop("this is no number of this person in use"),
    gettext_noop("another result of this call was told before"),
    gettext_noop("this call was never allowed"),
    gettext_noop("this was asked before"),
    gettext_noop("the follow-up day is past, or too far ahead"),
)


@require_safe
@staff("outreach.view_attempt")
def show_open_calls(request: StaffRequest) -> HttpResponse:
    """The calls that wait for their result."""
    page = open_calls_page(request.user, request.GET)
    return render(request, "workbench/open_calls.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@staff("outreach.make_call")
@holding()
def call(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The verdicts anew; posted, book one call, judged again, and show its number to dial."""
    cases = cases_of_loan(request.user, loan_no)
    if request.method != "POST":
        return (
            answer_calls(request, cases)
            if is_part(request)
            else redirect("workbench:case", loan_no)
        )
    try:
        attempt = _book(request, cases[0])
        tie_contact(request, attempt)
        asked = ask_for(request, attempt)
    except OutreachError as error:
        return answer_calls(request, cases, problem=_said(error))
    if attempt.state == AttemptState.BOOKED:
        return answer_calls(request, cases, dials=dials_of(request, attempt))
    sequence()
    is_refused = attempt.state == AttemptState.BLOCKED and not asked
    return answer_calls(request, cases, refused=attempt if is_refused else None)


@require_POST
@staff("outreach.make_call")
def tell_result(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """Keep what came of a call, and the note on it."""
    cases = cases_of_loan(request.user, loan_no)
    calls = Attempt.objects.filter(channel="call", case__in=cases).select_related("case")
    attempt = get_object_or_404(own_contacts(request.user, calls), pk=pk)
    # What came of one's own call is a fact that the limits need, whoever has the case by now.
    held = kept_back(request, loan_no) if attempt.made_by_id != request.user.pk else None
    if held is not None:
        return held
    case = attempt.case
    form = ResultForm(request.POST, pk=pk, codes=codes_for(case), today=today_of(case))
    if form.is_valid():
        try:
            record_outcome(attempt, told=Told(**form.cleaned_data), by=request.user)
        except OutreachError as error:
            form.add_error(None, _said(error))
    if form.errors:
        return answer_calls(
            request, cases, forms={pk: form}, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    sequence()
    messages.success(request, gettext("The result of the call is kept."))
    return answer_calls(request, cases) if is_part(request) else redirect("workbench:case", loan_no)


@require_POST
@staff("casework.work_case")
@holding()
def confirm(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """Use a number again that a call had found wrong: somebody made sure that it is his."""
    cases = cases_of_loan(request.user, loan_no)
    people = LoanParty.objects.filter(loan_no=cases[0].loan_no).values("party")
    point = get_object_or_404(ContactPoint, pk=pk, party__in=people)
    if confirm_number(point.pk, by=request.user, at=now()):
        sequence()
        messages.success(request, gettext("The number is in use again."))
    return redirect("workbench:case", loan_no)


def tie_contact(request: StaffRequest, attempt: Attempt) -> None:
    """Tie a contact to the recording of the screen on which it was made."""
    tie_open_screens(attempt, by=request.user, at=now())


def dials_of(request: StaffRequest, attempt: Attempt) -> dict[int, str]:
    """The number of a call that was just booked, in clear; that it was seen is recorded."""
    ref = str(attempt.contact_point_id)
    number = reveal_value(request.user, attempt.case.loan_no, "phone", ref, reason=BY_CALL)
    sequence()
    return {attempt.pk: number}


def ask_for(request: StaffRequest, attempt: Attempt) -> bool:
    """Ask for leave where a reason came with a contact that was sent to review.

    Raises:
        OutreachError: it was asked before.
    """
    reason = request.POST.get("reason", "").strip()[:2000]
    is_stopped = attempt.state == AttemptState.BLOCKED and attempt.gate_action == "review"
    if not (reason and is_stopped and request.user.has_perm("outreach.ask_override")):
        return False
    ask_override(attempt, reason=reason, by=request.user)
    messages.success(request, gettext("It was asked for; a second person decides."))
    return True


def _book(request: StaffRequest, case: Case) -> Attempt:
    told = request.POST
    if case.state != CaseState.OPEN:
        raise Http404
    try:
        token, key = uuid.UUID(told.get("party", "")), str(uuid.UUID(told.get("key", "")))
        point = int(told.get("point", ""))
    except ValueError as error:
        raise Http404 from error
    links = LoanParty.objects.filter(loan_no=case.loan_no, party=token)
    link = get_object_or_404(links.select_related("party"))
    return book_call(
        case,
        party=link.party,
        key=key,
        point=point,
        purpose=purpose_for(link.role, case.jurisdiction),
        by=request.user,
    )


def _said(error: OutreachError) -> str:
    text = str(error)
    if text in REFUSALS:
        return gettext(text)
    return gettext("That does not fit.")


def answer_calls(
    request: StaffRequest,
    cases: list[Case],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    **happened: Any,
) -> HttpResponse:
    """The desk anew, alone or on its page; ``happened`` as ``call_desk`` takes it."""
    desk = call_desk(request.user, cases[0], **happened)
    context = case_context(request, cases_of_loan(request.user, cases[0].loan_no), calls=desk)
    template = "_calls_answer.html" if is_part(request) else "case.html"
    return render(request, f"workbench/{template}", context, status=status)
