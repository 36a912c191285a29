"""Strategies: read them, draft, try, submit, approve, roll back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.dayrun.decided import first_undecided_day
from carrears.evidence.services import sequence
from carrears.outreach.template_book import words_of_house
from carrears.strategy.cadences import PART, load_cadences, write_cadences
from carrears.strategy.drafts import (
    DraftError,
    StaleDraftError,
    approve_draft,
    discard_draft,
    draft_cadences,
    open_draft,
    return_draft,
    roll_back,
    save_draft,
    submit_draft,
)
from carrears.strategy.facts import declared_facts
from carrears.strategy.models import Draft, StrategyVersion
from carrears.strategy.reasons import in_other_words
from carrears.workbench.cadence_forms import CadencesForm, cadences_text
from carrears.workbench.forms import ApproveForm, NewDraftForm, ReasonForm, SubmitDraftForm
from carrears.workbench.queries.strategy import (
    changes_of,
    draft_page,
    strategy_page,
    version_page,
)
from carrears.workbench.queries.strategy_bench import empty_bench, try_loan, try_typed
from carrears.workbench.queries.strategy_editor import editor_data, faults_of
from carrears.workbench.views.gate import StaffRequest, staff

_NAME = "treatment"
_SEES_LOANS = "casework.view_all_cases"


@require_safe
@staff("strategy.view_strategyversion")
def show_strategy(request: StaffRequest) -> HttpResponse:
    """What is in force, what is being made, what happened."""
    return _overview(request, NewDraftForm())


@require_POST
@staff("strategy.add_draft")
def new_draft(request: StaffRequest) -> HttpResponse:
    """Begin a draft as what is in force."""
    form = NewDraftForm(request.POST)
    if not form.is_valid():
        return _overview(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    draft = open_draft(_NAME, title=form.cleaned_data["title"], by=request.user, at=now())
    sequence()
    return redirect("workbench:strategy-draft", draft.pk)


@require_safe
@staff("strategy.view_strategyversion")
def show_version(request: StaffRequest, pk: int) -> HttpResponse:
    """A kept version to read, and what changed in it."""
    version = get_object_or_404(StrategyVersion, pk=pk)
    other = request.GET.get("against", "")
    against = StrategyVersion.objects.filter(pk=other).first() if other.isdigit() else None
    context = {
        "page": version_page(version, against, request.GET),
        "form": ReasonForm() if request.user.has_perm("strategy.roll_back") else None,
        "may_draft": request.user.has_perm("strategy.add_draft"),
        "section": "strategy",
    }
    return render(request, "workbench/strategy_version.html", context)


@require_POST
@staff("strategy.add_draft")
def adopt_cadences(request: StaffRequest, pk: int) -> HttpResponse:
    """Begin a draft of a version that carries what the files say of reminders by now."""
    version = get_object_or_404(StrategyVersion, pk=pk, name=_NAME)
    title = gettext("Reminder steps of the files, for version %(version)s") % {
        "version": version.version[:12]
    }
    draft = draft_cadences(version, title=title, by=request.user, at=now())
    sequence()
    messages.success(
        request, gettext("Taken over. Submit the draft, and a second person approves.")
    )
    return redirect("workbench:strategy-draft", draft.pk)


@require_safe
@staff("strategy.view_strategyversion")
def download(request: StaffRequest, pk: int) -> HttpResponse:  # noqa: ARG001  of every view
    """The version's graph as a file for any JDM editor."""
    version = get_object_or_404(StrategyVersion, pk=pk)
    answer = HttpResponse(
        json.dumps(version.document, ensure_ascii=False, indent=1),
        content_type="application/json",
    )
    name = f"{version.name}-{version.version[:12]}.jdm.json"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_POST
@staff("strategy.roll_back")
def put_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Put an earlier version back into force from the next day that is run."""
    version = get_object_or_404(StrategyVersion, pk=pk)
    day = first_undecided_day()
    reason = request.POST.get("reason", "")

    def act() -> None:
        roll_back(
            version,
            effective_on=day,
            reason=reason,
            by=request.user,
            at=now(),
            not_before=day,
        )

    if not _told(request, act, gettext("The version decides again from the next day on.")):
        return redirect("workbench:strategy-version", pk)
    return redirect("workbench:strategy")


@require_safe
@staff("strategy.view_draft")
def show_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """A draft to work on or to judge."""
    return _draft(request, get_object_or_404(Draft, pk=pk))


@require_POST
@staff("strategy.change_draft")
def save(request: StaffRequest, pk: int) -> HttpResponse:
    """Save what the editor has; answers with the new revision and what is wrong."""
    try:
        given = json.loads(request.body)
        document, revision = dict(given["document"]), int(given["revision"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return JsonResponse({"error": gettext("This is no draft.")}, status=HTTPStatus.BAD_REQUEST)
    try:
        draft = save_draft(pk, revision=revision, document=document, by=request.user, at=now())
    except Draft.DoesNotExist as error:
        raise Http404 from error
    except StaleDraftError as error:
        return JsonResponse({"error": in_other_words(error, gettext)}, status=HTTPStatus.CONFLICT)
    except DraftError as error:
        return JsonResponse({"error": in_other_words(error, gettext)}, status=HTTPStatus.CONFLICT)
    sequence()
    return JsonResponse({"revision": draft.revision})


@require_POST
@staff("strategy.change_draft")
def save_cadences(request: StaffRequest, pk: int) -> HttpResponse:
    """Save the cadences that a draft carries, or take over what the files say."""
    draft = get_object_or_404(Draft, pk=pk)
    form = CadencesForm(request.POST, document=draft.document)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _draft(request, draft, status=status, cadences=form)
    told = form.cleaned_data["text"]
    if "take" in request.POST:
        told = write_cadences(load_cadences(Path(settings.CARREARS_HOME)))
    document = {name: part for name, part in draft.document.items() if name != PART}
    document |= {} if told is None else {PART: told}

    def act() -> None:
        revision = form.cleaned_data["revision"]
        save_draft(pk, revision=revision, document=document, by=request.user, at=now())

    _told(request, act, gettext("Saved."))
    return redirect("workbench:strategy-draft", pk)


@require_safe
@staff("strategy.view_draft")
def check(request: StaffRequest, pk: int) -> HttpResponse:  # noqa: ARG001  of every view
    """What keeps the draft, as it was last saved, from deciding a whole book."""
    draft = get_object_or_404(Draft, pk=pk)
    found = [asdict(one) for one in faults_of(draft.document, declared_facts(draft.facts))]
    return JsonResponse({"revision": draft.revision, "faults": found})


@require_safe
@staff("strategy.view_draft")
def show_changes(request: StaffRequest, pk: int) -> HttpResponse:
    """What the draft, as it was last saved, changes."""
    context = {"changes": changes_of(get_object_or_404(Draft, pk=pk)), "draft_pk": pk}
    return render(request, "workbench/_strategy_changes.html", context)


@require_POST
@staff("strategy.view_draft")
def try_out(request: StaffRequest, pk: int) -> HttpResponse:
    """Decide one loan: typed in, or out of the book."""
    draft = get_object_or_404(Draft, pk=pk)
    loan_no = request.POST.get("loan_no", "").strip()
    if "fill" in request.POST and loan_no:
        if not request.user.has_perm(_SEES_LOANS):
            raise PermissionDenied
        bench = try_loan(draft, loan_no)
    else:
        bench = try_typed(draft, request.POST)
    context = {"bench": bench, "draft_pk": pk, "sees_loans": request.user.has_perm(_SEES_LOANS)}
    return render(request, "workbench/_strategy_bench.html", context)


@require_POST
@staff("strategy.view_draft")
def move_on(request: StaffRequest, pk: int, step: str) -> HttpResponse:
    """Submit, approve, return or discard a draft."""
    draft = get_object_or_404(Draft, pk=pk)
    if step not in _STEPS:
        raise Http404
    permissions, make_form, done = _STEPS[step]
    if not any(map(request.user.has_perm, permissions)):
        raise PermissionDenied
    form = make_form(request.POST, auto_id=f"{step}-%s")
    if not form.is_valid():
        return _draft(request, draft, **{step: form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def act() -> None:
        _act(step, draft, form.cleaned_data, request)

    _told(request, act, gettext(done))
    if step in {"approve", "discard"}:
        return redirect("workbench:strategy")
    return redirect("workbench:strategy-draft", pk)


_STEPS: dict[str, tuple[tuple[str, ...], type[forms.Form], str]] = {
    "submit": (
        ("strategy.change_draft",),
        SubmitDraftForm,
        gettext_noop("Submitted. A second person approves it."),
    ),
    "approve": (("strategy.approve_draft",), ApproveForm, gettext_noop("Approved and published.")),
    "return": (
        ("strategy.approve_draft", "strategy.change_draft"),
        ReasonForm,
        gettext_noop("The draft is open again."),
    ),
    "discard": (("strategy.change_draft",), ApproveForm, gettext_noop("The draft is put away.")),
}


def _act(step: str, draft: Draft, values: dict[str, Any], request: StaffRequest) -> None:
    common = {"reason": values["reason"], "by": request.user, "at": now()}
    if step == "submit":
        submit_draft(
            draft.pk,
            effective_on=values["effective_on"],
            house=words_of_house(),
            **common,
        )
    elif step == "approve":
        approve_draft(draft.pk, not_before=first_undecided_day(), **common)
    elif step == "return":
        return_draft(draft.pk, **common)
    else:
        discard_draft(draft.pk, **common)


def _told(request: StaffRequest, act: Callable[[], None], done: str) -> bool:
    """Do it and say so, or say why not."""
    try:
        act()
    except DraftError as error:
        messages.error(request, in_other_words(error, gettext))
        return False
    sequence()
    messages.success(request, done)
    return True


def _overview(
    request: StaffRequest, form: NewDraftForm, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {
        "page": strategy_page(_NAME),
        "form": form if request.user.has_perm("strategy.add_draft") else None,
        "section": "strategy",
    }
    return render(request, "workbench/strategy.html", context, status=status)


def _draft(
    request: StaffRequest, draft: Draft, status: HTTPStatus = HTTPStatus.OK, **forms_given: Any
) -> HttpResponse:
    page = draft_page(draft, request.user, request.GET)
    begins = {"effective_on": page.earliest}
    context = {
        "page": page,
        "submit": forms_given.get("submit", SubmitDraftForm(initial=begins, auto_id="submit-%s")),
        "approve": forms_given.get("approve", ApproveForm(auto_id="approve-%s")),
        "give_back": forms_given.get("return", ReasonForm(auto_id="return-%s")),
        "editor": _editor(draft) if page.may_edit else None,
        "cadence_form": forms_given.get("cadences", _cadences(draft)),
        "bench": empty_bench(draft),
        "draft_pk": draft.pk,
        "sees_loans": request.user.has_perm(_SEES_LOANS),
        "section": "strategy",
    }
    return render(request, "workbench/strategy_draft.html", context, status=status)


def _cadences(draft: Draft) -> CadencesForm:
    own = draft.document.get(PART)
    text = cadences_text(own) if isinstance(own, dict) else ""
    return CadencesForm(initial={"revision": draft.revision, "text": text})


def _editor(draft: Draft) -> dict[str, Any]:
    return editor_data(draft.document, declared_facts(draft.facts))
