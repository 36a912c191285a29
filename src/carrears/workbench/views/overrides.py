"""Overrides: asked for on the case page, decided by a second person, then used once."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.overrides import ask_override, contact_overridden, decide_override
from carrears.signin.step_up import stepped_up
from carrears.workbench.forms import ReasonForm
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.overrides import override_page, overrides_page, visible_overrides
from carrears.workbench.views.calls import answer_calls, dials_of, tie_contact
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.held import holding
from carrears.workbench.views.typed_words import takes_words

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a reason is needed"),
    gettext_noop("only a contact that a person has to decide can be overridden"),
    gettext_noop("this was asked before"),
    gettext_noop("this override was decided before"),
    gettext_noop("a second person has to decide"),
    gettext_noop("this override is not approved"),
    gettext_noop("this override has ended"),
    gettext_noop("the message is not the one that was asked for"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("outreach.ask_override")
@takes_words
def show_overrides(request: StaffRequest) -> HttpResponse:
    """What waits for a decision, and what was decided."""
    page = overrides_page(request.user, request.GET)
    return render(request, "workbench/overrides.html", {"page": page})


@require_safe
@staff("outreach.ask_override")
def show_override(request: StaffRequest, pk: int) -> HttpResponse:
    """One request with the whole verdict, facts and words."""
    return _show(request, pk, ReasonForm())


@require_POST
@staff("outreach.approve_override")
@stepped_up
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve or refuse, as a second person, with a reason."""
    override = get_object_or_404(visible_overrides(request.user), pk=pk)
    form, verdict = ReasonForm(request.POST), request.POST.get("decision", "")
    if verdict not in {"approve", "refuse"}:
        form.add_error(None, gettext("Say whether the contact may be made."))
    if form.is_valid():
        reason, approve = form.cleaned_data["reason"], verdict == "approve"
        try:
            decide_override(override, approve=approve, reason=reason, by=request.user)
        except OutreachError as error:
            form.add_error(None, gettext(str(error)))
    if form.errors:
        return _show(request, pk, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The decision is kept."))
    return redirect("workbench:overrides")


@require_POST
@staff("outreach.ask_override")
def ask(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """Ask that a contact of this loan which was sent to review may be made."""
    cases = cases_of_loan(request.user, loan_no)
    found = Attempt.objects.filter(case__in=cases).select_related("case", "party", "verdict")
    attempt, form = get_object_or_404(found, pk=pk), ReasonForm(request.POST)
    if not form.is_valid():
        problem = gettext("a reason is needed")
        return answer_calls(request, cases, refused=attempt, problem=problem)
    try:
        ask_override(attempt, reason=form.cleaned_data["reason"], by=request.user)
    except OutreachError as error:
        return answer_calls(request, cases, problem=gettext(str(error)))
    sequence()
    messages.success(request, gettext("It was asked for; a second person decides."))
    return answer_calls(request, cases)


@require_POST
@staff("outreach.view_attempt")
@stepped_up
@holding()
def use(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """Make the contact under an approved override: send the e-mail, or book the call."""
    cases = cases_of_loan(request.user, loan_no)
    mine = visible_overrides(request.user).filter(case__in=cases)
    override = get_object_or_404(mine, pk=pk)
    permission = "make_call" if override.channel == "call" else "send_message"
    if not request.user.has_perm(f"outreach.{permission}"):
        raise PermissionDenied
    try:
        made = contact_overridden(override, by=request.user)
    except OutreachError as error:
        return answer_calls(request, cases, problem=gettext(str(error)))
    tie_contact(request, made)
    if made.state == AttemptState.BLOCKED:
        sequence()
        return answer_calls(request, cases, refused=made)
    if made.channel == "call":
        return answer_calls(request, cases, dials=dials_of(request, made))
    sequence()
    messages.success(request, gettext("The message was handed over."))
    return answer_calls(request, cases)


def _show(
    request: StaffRequest, pk: int, form: ReasonForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"page": override_page(request.user, pk), "form": form}
    return render(request, "workbench/override.html", context, status=status)
