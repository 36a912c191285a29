"""Raise a dispute, deal with it step by step, and all disputes there are."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.models import Case, CaseEvent
from carrears.casework.seeing import visible_cases
from carrears.casework.words import text_of
from carrears.clock import now
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.dispute_queries import visible_disputes
from carrears.conduct.dispute_steps import (
    KINDS,
    DisputeStepWanted,
    Kind,
    possible_dispute_steps,
    take_dispute_step,
)
from carrears.conduct.disputes import DisputeWanted, raise_dispute
from carrears.conduct.services import ConductError
from carrears.evidence.services import sequence
from carrears.signin.step_up import stepped_up
from carrears.vault.models import StoredObject
from carrears.vault.reading import read_name
from carrears.workbench.dispute_forms import AsideForm, DisputeForm, DisputeStepForm
from carrears.workbench.labels import label_of
from carrears.workbench.queries.disputes import dispute_page, disputes_list, disputes_page
from carrears.workbench.queries.disputes_aside import aside_for
from carrears.workbench.templatetags.workbench import day
from carrears.workbench.views.files_out import list_answer
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.saved_views import default_of, view_bar

_SEE, _ADD, _DEAL = "conduct.view_dispute", "conduct.add_dispute", "conduct.change_dispute"
_FILES = "vault.view_storedobject"
# What the services may answer, in their words, so that it can be said in the reader's.
_REFUSALS = frozenset(
    {
        gettext_noop("how much of each loan is disputed is needed"),
        gettext_noop("such a dispute is of all that is owed"),
        gettext_noop("a dispute names a loan"),
        gettext_noop("a dispute cannot be received in time to come"),
        gettext_noop("what is disputed is needed in words"),
        gettext_noop("this file is attached already"),
    }
)


@require_safe
@staff(_SEE)
def show_disputes(request: StaffRequest) -> HttpResponse:
    """The disputes of the cases that one sees."""
    if (begun := default_of(request, "disputes")) is not None:
        return begun
    page = disputes_page(request.GET, request.user)
    context: dict[str, Any] = {"page": page, "views": view_bar(request, "disputes")}
    context |= {"aside": aside_for(request.user), "aside_form": AsideForm()}
    return render(request, "workbench/disputes.html", context)


@require_safe
@staff(_SEE)
@stepped_up
def download_disputes(request: StaffRequest) -> HttpResponseBase:
    """The disputes of the list, as CSV or a workbook."""
    listing = disputes_list(request.GET, request.user)
    return list_answer(request, listing, back="workbench:disputes")


@require_safe
@staff(_SEE)
def show_dispute(request: StaffRequest, pk: int) -> HttpResponse:
    """One dispute, its course, and what may be done next."""
    return _show(request, pk)


@require_POST
@staff(_DEAL)
def take_step(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a step."""
    dispute = get_object_or_404(visible_disputes(request.user), pk=pk)
    kind = next((one for one in KINDS if one == request.POST.get("kind")), None)
    if kind is None:
        raise Http404
    form = _form(request, dispute, kind, request.POST)
    if form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        token = told.pop("file", "")
        stored = StoredObject.objects.filter(pk=token).first() if token else None
        key = f"desk:{dispute.pk}:{form.cleaned_data['key']}"
        wanted = DisputeStepWanted(**told, stored=stored, key=key, by=request.user, at=now())
        try:
            take_dispute_step(dispute, wanted)
        except ConductError as error:
            form.add_error(None, _say(error))
    if form.errors:
        return _show(request, pk, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The step is recorded."))
    return redirect("workbench:dispute", pk)


@staff(_ADD)
def new_dispute(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Raise a dispute of a loan and others of its borrower: from its case, or from a reply."""
    cases = _cases(request, loan_no)
    context: dict[str, Any] = {"loan_no": loan_no}
    if request.method != "POST":
        form = DisputeForm(cases=cases, initial=_given(request, cases[0]))
        return render(request, "workbench/dispute_new.html", context | {"form": form})
    form = DisputeForm(request.POST, cases=cases)
    dispute = _raise(request, form, cases[0]) if form.is_valid() else None
    if dispute is None:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(
            request, "workbench/dispute_new.html", context | {"form": form}, status=status
        )
    sequence()
    messages.success(request, gettext("The dispute is raised; collection of its loans stops."))
    if request.user.has_perm(_SEE):
        return redirect("workbench:dispute", dispute.pk)
    return redirect("workbench:case", loan_no)


def _cases(request: StaffRequest, loan_no: str) -> list[Case]:
    """The newest case of the loan, then those of its borrower's other loans that are open."""
    mine = visible_cases(request.user).select_related("party")
    case = mine.filter(loan_no=loan_no).order_by("-opened_on", "-pk").first()
    if case is None:
        raise Http404
    others = mine.filter(obligor_no=case.obligor_no, closed_on=None).exclude(loan_no=loan_no)
    return [case, *(others.order_by("loan_no") if case.obligor_no else ())]


def _given(request: StaffRequest, case: Case) -> dict[str, Any]:
    """What the way here tells: the kind, or a reply with its words and moment."""
    reply = _reply(case, request.GET.get("reply", ""))
    if reply is None:
        return {"kind": request.GET.get("kind", "")}
    return {
        "reply": reply.pk,
        "text": text_of(reply),
        "received_at": min(reply.happened_at, now()),
        "channel": "message",
    }


def _reply(case: Case, number: object) -> CaseEvent | None:
    """The reply of that number on the case's timeline."""
    text = str(number)
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        return None
    replies = CaseEvent.objects.filter(case=case, kind="note", data__has_key="means")
    return replies.filter(pk=int(text)).first()


def _raise(request: StaffRequest, form: DisputeForm, case: Case) -> Dispute | None:
    told = form.cleaned_data
    reply = _reply(case, told["reply"]) if told["reply"] else None
    try:
        return raise_dispute(
            DisputeWanted(
                key=f"desk:{told['key']}",
                kind=told["kind"],
                loans=told["loans"],
                channel=told["channel"],
                text=told["text"],
                received_at=told["received_at"],
                at=now(),
                reply=reply.pk if reply else None,
                by=request.user,
            )
        )
    except ConductError as error:
        form.add_error(None, _say(error))
        return None


def _show(
    request: StaffRequest,
    pk: int,
    refused: DisputeStepForm | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    page = dispute_page(pk, request.user)
    dispute = get_object_or_404(visible_disputes(request.user), pk=pk)
    kinds = possible_dispute_steps(dispute) if request.user.has_perm(_DEAL) else ()
    forms = [
        refused
        if refused and refused.step == kind
        else _form(request, dispute, kind, asks=page.asks)
        for kind in kinds
    ]
    shown = [form for form in forms if form.step != "attach" or form.has_files]
    lost = refused.non_field_errors() if refused and refused.step not in kinds else []
    context = {"page": page, "forms": shown, "refused": refused, "lost": lost}
    return render(request, "workbench/dispute.html", context, status=status)


def _form(
    request: StaffRequest, dispute: Dispute, kind: Kind, data: Any = None, *, asks: str = ""
) -> DisputeStepForm:
    files: list[tuple[StoredObject, str]] = []
    if kind == "attach" and request.user.has_perm(_FILES):
        loans = dispute.loans.values("loan_no")
        found = StoredObject.objects.filter(loan_no__in=loans, destroyed_at=None).exclude(
            pk__in=dispute.documents.values("stored")
        )
        files = [(one, _file_name(one)) for one in found.order_by("-created_at", "pk")[:200]]
    return DisputeStepForm(data, step=kind, asks=asks, files=files)


def _file_name(stored: StoredObject) -> str:
    parts = (label_of(stored.kind, "file_kind").text, read_name(stored), day(stored.created_at))
    return " · ".join(str(one) for one in parts if one)


def _say(error: ConductError) -> str:
    if str(error) in _REFUSALS:
        return gettext(str(error))
    return gettext("The dispute has moved on meanwhile; look at it again.")
