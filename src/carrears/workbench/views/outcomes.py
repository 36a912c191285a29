"""Contacts that were not booked here: calls and letters to the house, and visits."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from carrears.casework.models import Case, CaseState
from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError
from carrears.outreach.outcomes import Told, Unbooked, record_contact
from carrears.parties.models import LoanParty
from carrears.workbench.call_forms import ContactForm
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.views.case import case_context, contact_form, show_saved, told_context
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.held import holding

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("the contact must lie within the last 31 days, and not ahead"),
    gettext_noop("the follow-up day is past, or too far ahead"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.work_case")
@holding()
def tell_contact(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The form for a contact, by the way that was chosen; posted, keep the contact."""
    cases = cases_of_loan(request.user, loan_no)
    if cases[0].state == CaseState.CLOSED:
        raise Http404
    if request.method != "POST":
        form = contact_form(request.user, cases[0], way=request.GET.get("way", ""))
        return _answer(request, cases, form)
    form = contact_form(request.user, cases[0], request.POST, way=request.POST.get("way", ""))
    if form.is_valid():
        try:
            _keep(request, cases[0], form)
        except OutreachError as error:
            known = str(error) in REFUSALS
            form.add_error(None, gettext(str(error)) if known else gettext("That does not fit."))
    if form.errors:
        return _answer(request, cases, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The contact is kept."))
    if not is_part(request):
        return redirect("workbench:case", loan_no)
    return show_saved(request, loan_no, form="contact_told", told=told_context)


def _keep(request: StaffRequest, case: Case, form: ContactForm) -> None:
    told = form.cleaned_data
    links = LoanParty.objects.filter(loan_no=case.loan_no, party=told["party"])
    link = get_object_or_404(links.select_related("party"))
    direction, _, channel = told["way"].partition("-")
    record_contact(
        case,
        Unbooked(
            channel=channel,
            direction="out" if direction == "out" else "in",
            party=link.party,
            at=told["at"],
            staff=told.get("staff"),
        ),
        told=Told(code=told["code"], note=told["note"], follow_up_on=told["follow_up_on"]),
        key=str(told["key"]),
        by=request.user,
    )


def _answer(
    request: StaffRequest,
    cases: list[Case],
    form: ContactForm,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = case_context(request, cases, contact_form=form)
    template = "_contact_told_form.html" if is_part(request) else "case.html"
    return render(request, f"workbench/{template}", context, status=status)
