"""What people ask for by right: registered, worked, refused with a reason, or fulfilled."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import get_args

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.access.models import User
from carrears.clock import now
from carrears.conduct.erasure import KeptError
from carrears.evidence.services import sequence
from carrears.parties.models import Party
from carrears.rights.document import write_document
from carrears.rights.errors import RightsError
from carrears.rights.explaining import write_explanation
from carrears.rights.models import CONTESTING, RequestKind, RightsRequest
from carrears.rights.request_steps import (
    ACTIONS,
    FORMATS,
    ActionWanted,
    Format,
    hand_out,
    hand_out_explanation,
    possible_actions,
    take_action,
)
from carrears.rights.requests import RequestWanted, register_request
from carrears.signin.step_up import ask_again, is_fresh, stepped_up
from carrears.workbench.queries.contested import treatments_to_choose
from carrears.workbench.queries.rights import (
    people_of_loan,
    request_of,
    request_page,
    requests_page,
)
from carrears.workbench.rights_forms import RequestForm, RequestStepForm
from carrears.workbench.views.gate import StaffRequest, staff

_SEE, _ADD, _DEAL = (
    "rights.view_rightsrequest",
    "rights.add_rightsrequest",
    "rights.change_rightsrequest",
)
_TYPES: dict[Format, str] = {
    "json": "application/json",
    "pdf-zh": "application/pdf",
    "pdf-en": "application/pdf",
}
# What changes what is held for good is done freshly confirmed only.
_GRAVE = frozenset({"confirm", "fulfil", "uphold", "change", "exclude", "lift"})
# What the services may answer, in their words, so that it can be said in the reader's.
_REFUSALS = frozenset(
    {
        gettext_noop("the report is made before it is handed over"),
        gettext_noop("another than who proposed it has to confirm an erasure"),
        gettext_noop("the name that is held is another"),
        gettext_noop("the id_no that is held is another"),
        gettext_noop("the name is held as that already"),
        gettext_noop("the id_no is held as that already"),
        gettext_noop("the right name is missing"),
        gettext_noop("the right id_no is missing"),
        gettext_noop("the right phone says nothing"),
        gettext_noop("the right email says nothing"),
        gettext_noop("the right address says nothing"),
        gettext_noop("this phone is not held, or is right already"),
        gettext_noop("this email is not held, or is right already"),
        gettext_noop("this address is not held, or is right already"),
        gettext_noop("a bar cannot end before it begins"),
        gettext_noop("no case of this loan is open: no program decides anything about it"),
        gettext_noop("no program has decided this case yet"),
        gettext_noop("an appeal needs its grounds, in the person's words"),
        gettext_noop("an appeal about this case is open already"),
        gettext_noop("a person has the say over this treatment already"),
        gettext_noop("this treatment cannot be chosen: none harder than the contested one can"),
        gettext_noop("a ruling cannot end before the day that the book has reached"),
    }
)


@require_safe
@staff(_SEE)
def show_requests(request: StaffRequest) -> HttpResponse:
    """The register of requests."""
    page = requests_page(request.GET, request.user)
    return render(request, "workbench/rights.html", {"page": page})


@require_safe
@staff(_SEE)
def show_request(request: StaffRequest, pk: int) -> HttpResponse:
    """One request, its course, and what may be done next."""
    return _show(request, pk)


@staff(_ADD)
def new_request(request: StaffRequest) -> HttpResponse:
    """Register a request: the loan is named first, then which of its people asks."""
    told = request.POST if request.method == "POST" else request.GET
    loan_no = told.get("loan_no", "").strip().replace("\0", "")
    case, people = people_of_loan(request.user, loan_no) if loan_no else (None, [])
    status = HTTPStatus.OK
    form = None
    if people:
        data = request.POST if request.method == "POST" else None
        form = RequestForm(data, loan_no=loan_no, people=people, has_law=case is not None)
    if request.method == "POST":
        kept = _register(request, form, loan_no) if form and form.is_valid() else None
        if kept is not None:
            sequence()
            messages.success(request, gettext("The request is registered; its time limit runs."))
            if request.user.has_perm(_SEE):
                return redirect("workbench:right", kept.pk)
            return redirect("workbench:case", kept.loan_no)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"form": form, "loan_no": loan_no}
    return render(request, "workbench/right_new.html", context, status=status)


@require_POST
@staff(_DEAL)
def take_request_step(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a step; what changes what is held asks who one is once more."""
    asked = request_of(pk, request.user)
    action = next((one for one in ACTIONS if one == request.POST.get("action")), None)
    if action is None:
        raise Http404
    if action in _GRAVE and not is_fresh(request, request.user):
        return ask_again(request)
    form = RequestStepForm(
        request.POST,
        step=action,
        kind=RequestKind(asked.kind),
        treatments=treatments_to_choose(asked) if action == "change" else (),
    )
    if form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        told["channels"] = tuple(told.get("channels", ()))
        key = f"desk:{asked.pk}:{form.cleaned_data['key']}"
        try:
            take_action(asked, ActionWanted(**told, key=key, by=request.user, at=now()))
        except KeptError:
            form.add_error(None, gettext("Something has to be kept; see what and why."))
        except RightsError as error:
            form.add_error(None, _say(error))
    if form.errors:
        return _show(request, pk, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The step is recorded."))
    return redirect("workbench:right", pk)


@require_POST
@staff(_DEAL)
@stepped_up
def download_report(request: StaffRequest, pk: int) -> HttpResponse:
    """All that is held about the person, to hand over; that it was made is evidence."""
    asked = request_of(pk, request.user)
    wanted = next((one for one in FORMATS if one == request.POST.get("format")), None)
    if wanted is None:
        raise Http404
    try:
        content, name = _make(asked, wanted, by=request.user)
    except RightsError as error:
        messages.error(request, _say(error))
        return redirect("workbench:right", pk)
    sequence()
    response = HttpResponse(content, content_type=_TYPES[wanted])
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _make(asked: RightsRequest, wanted: Format, *, by: User) -> tuple[bytes, str]:
    """The document that was asked for and its name; that it was made leaves a trace."""
    key, language = f"report:{asked.pk}:{uuid.uuid4()}", wanted.removeprefix("pdf-")
    if asked.kind in CONTESTING:
        told = hand_out_explanation(asked, as_format=wanted, by=by, key=key, at=now())
        if wanted == "json":
            return told.as_json().encode(), "explanation.json"
        return write_explanation(told, language=language), f"explanation-{language}.pdf"
    report = hand_out(asked, as_format=wanted, by=by, key=key, at=now())
    if wanted == "json":
        return report.as_json().encode(), "report.json"
    return write_document(report, language=language), f"report-{language}.pdf"


def _register(request: StaffRequest, form: RequestForm, loan_no: str) -> RightsRequest | None:
    told = form.cleaned_data
    case, _ = people_of_loan(request.user, loan_no)
    try:
        return register_request(
            RequestWanted(
                key=f"desk:{told['key']}",
                party=Party.objects.get(pk=told["person"]),
                loan_no=loan_no,
                case=case,
                kind=told["kind"],
                channel=told["channel"],
                asker=told["asker"],
                proof=told["proof"],
                jurisdiction=told.get("jurisdiction", ""),
                received_at=told["received_at"],
                text=told["text"],
                by=request.user,
            )
        )
    except RightsError as error:
        form.add_error(None, _say(error))
        return None


def _show(
    request: StaffRequest,
    pk: int,
    refused: RequestStepForm | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    page, asked = request_page(pk, request.user), request_of(pk, request.user)
    may_deal = request.user.has_perm(_DEAL)
    actions = possible_actions(asked, request.user) if may_deal else ()
    if page.keeps:  # what has to be kept is never erased, so nobody need propose it
        actions = tuple(one for one in actions if one not in {"propose", "confirm"})
    kind = RequestKind(asked.kind)
    treatments = treatments_to_choose(asked) if "change" in actions else ()
    forms = [
        refused
        if refused and refused.step == one
        else RequestStepForm(step=one, kind=kind, treatments=treatments)
        for one in actions
    ]
    context = {
        "page": page,
        "forms": forms,
        "refused": refused,
        "formats": get_args(Format) if page.reports and may_deal else (),
    }
    return render(request, "workbench/right.html", context, status=status)


def _say(error: RightsError) -> str:
    if str(error) in _REFUSALS:
        return gettext(str(error))
    return gettext("The request has moved on meanwhile; look at it again.")
