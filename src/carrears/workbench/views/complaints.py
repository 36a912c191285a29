from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.models import Case
from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.conduct.complaint_models import Complainant, Complaint
from carrears.conduct.complaint_queries import visible_complaints
from carrears.conduct.complaint_steps import KINDS, Kind, StepWanted, possible_steps, take_step
from carrears.conduct.complaints import ComplaintWanted, register_complaint
from carrears.conduct.matters import on_case
from carrears.conduct.services import ConductError
from carrears.evidence.services import sequence
from carrears.outreach.models import Attempt
from carrears.signin.step_up import stepped_up
from carrears.workbench.complaint_forms import ComplaintForm, StepForm
from carrears.workbench.queries.complaints import complaint_page, complaints_list, complaints_page
from carrears.workbench.views.files_out import list_answer
from carrears.workbench.views.gate import StaffRequest, staff

_SEE, _ADD, _DEAL = "conduct.view_complaint", "conduct.add_complaint", "conduct.change_complaint"
# What the services may answer, in their words, so that it can be said in the reader's.
_REFUSALS = frozenset(
    {
        gettext_noop("a complaint is answered before it is closed, unless it is withdrawn"),
        gettext_noop("the time limit cannot be extended, or was extended already"),
        gettext_noop("a complaint cannot be received in time to come"),
    }
)


@require_safe
@staff(_SEE)
def show_complaints(request: StaffRequest) -> HttpResponse:
    """The register of complaints."""
    page = complaints_page(request.GET, request.user)
    return render(request, "workbench/complaints.html", {"page": page})


@require_safe
@staff(_SEE)
@stepped_up
def download_complaints(request: StaffRequest) -> HttpResponseBase:
    """The complaints of the list, as CSV or a workbook."""
    listing = complaints_list(request.GET, request.user)
    return list_answer(request, listing, back="workbench:complaints")


@require_safe
@staff(_SEE)
def show_complaint(request: StaffRequest, pk: int) -> HttpResponse:
    """One complaint, its course, and what may be done next."""
    return _show(request, pk)


@require_POST
@staff(_DEAL)
def take_complaint_step(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a step."""
    complaint = get_object_or_404(visible_complaints(request.user), pk=pk)
    kind = next((one for one in KINDS if one == request.POST.get("kind")), None)
    if kind is None:
        raise Http404
    form = StepForm(request.POST, step=kind)
    if form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        key = f"desk:{complaint.pk}:{form.cleaned_data['key']}"
        try:
            take_step(complaint, StepWanted(**told, key=key, by=request.user, at=now()))
        except ConductError as error:
            form.add_error(None, _say(error))
    if form.errors:
        return _show(request, pk, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The step is recorded."))
    return redirect("workbench:complaint", pk)


@staff(_ADD)
def new_complaint(request: StaffRequest) -> HttpResponse:
    """Register a complaint, from a case, from a contact, or about neither."""
    if request.method != "POST":
        form = ComplaintForm(initial=_given(request))
        return render(request, "workbench/complaint_new.html", {"form": form})
    form = ComplaintForm(request.POST)
    complaint = _register(request, form) if form.is_valid() else None
    if complaint is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "workbench/complaint_new.html", {"form": form}, status=status)
    sequence()
    messages.success(request, gettext("The complaint is registered; collection of its loan stops."))
    if request.user.has_perm(_SEE):
        return redirect("workbench:complaint", complaint.pk)
    return redirect("workbench:case", complaint.loan_no)


def _given(request: StaffRequest) -> dict[str, Any]:
    """What the way here tells: a loan, or a contact with its loan and agency."""
    number = request.GET.get("attempt", "")
    attempt = _attempt(request, int(number)) if number.isascii() and number.isdigit() else None
    if attempt is None:
        return {"loan_no": request.GET.get("loan_no", "")}
    return {
        "attempt": attempt.pk,
        "loan_no": attempt.case.loan_no,
        "agency": attempt.agency,
        "collector": attempt.made_by,
    }


def _attempt(request: StaffRequest, pk: int) -> Attempt | None:
    mine = visible_cases(request.user).select_related(None).values("pk")
    found = Attempt.objects.filter(pk=pk, case__in=mine) if pk < 2**63 else Attempt.objects.none()
    return found.select_related("case", "verdict", "made_by").first()


def _register(request: StaffRequest, form: ComplaintForm) -> Complaint | None:
    told, moment = form.cleaned_data, now()
    case = _case(request, told["loan_no"])
    if case is None and (told["loan_no"] or not request.user.has_perm(_SEE)):
        form.add_error("loan_no", gettext("No case of this loan is on record."))
        return None
    attempt = _attempt(request, told["attempt"]) if told["attempt"] else None
    when: Any = on_case(case, moment=moment) if case else {"at": moment}
    borrower = case.party if case and told["complainant"] == Complainant.BORROWER else None
    try:
        return register_complaint(
            ComplaintWanted(
                key=f"desk:{told['key']}",
                category=told["category"],
                channel=told["channel"],
                text=told["text"],
                received_at=told["received_at"],
                complainant=told["complainant"],
                case=case,
                party=attempt.party if attempt and borrower is None else borrower,
                jurisdiction=case.jurisdiction if case else told["jurisdiction"],
                agency=told["agency"],
                collector=told["collector"],
                contact=attempt.verdict if attempt and attempt.case == case else None,
                reference=told["reference"],
                assigned_to=None,
                by=request.user,
                **when,
            )
        )
    except ConductError as error:
        form.add_error(None, _say(error))
        return None


def _case(request: StaffRequest, loan_no: str) -> Case | None:
    mine = visible_cases(request.user).filter(loan_no=loan_no) if loan_no else Case.objects.none()
    return mine.select_related("party").order_by("-opened_on", "-pk").first()


def _show(
    request: StaffRequest,
    pk: int,
    refused: StepForm | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    page = complaint_page(pk, request.user)
    may_deal = request.user.has_perm(_DEAL)
    complaint = get_object_or_404(visible_complaints(request.user), pk=pk)
    kinds: tuple[Kind, ...] = possible_steps(complaint) if may_deal else ()
    forms = [refused if refused and refused.step == one else StepForm(step=one) for one in kinds]
    context = {"page": page, "forms": forms, "refused": refused}
    return render(request, "workbench/complaint.html", context, status=status)


def _say(error: ConductError) -> str:
    if str(error) in _REFUSALS:
        return gettext(str(error))
    return gettext("The complaint has moved on meanwhile; look at it again.")
