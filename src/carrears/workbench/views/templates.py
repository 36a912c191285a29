"""Message templates: read them, draft, propose, approve, withdraw, try on a case."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import TemplateState, TemplateVersion
from carrears.outreach.template_book import today
from carrears.outreach.template_versions import (
    FaultyTemplateError,
    StaleTemplateError,
    TemplateRefusal,
    approve_template,
    discard_template,
    keep_file,
    open_template,
    propose_template,
    return_template,
    row_words,
    save_template,
    start_template,
    withdraw_template,
)
from carrears.outreach.templates import TemplateError, TemplateFile
from carrears.signin.step_up import ask_again, is_fresh
from carrears.workbench.forms import ApproveForm, ReasonForm
from carrears.workbench.queries.template_picks import pick_rows
from carrears.workbench.queries.template_preview import preview_template
from carrears.workbench.queries.templates import (
    bases_of,
    compare,
    find_row,
    objection_row,
    shown_template,
    template_page,
    templates_page,
)
from carrears.workbench.template_forms import NewTemplateForm, ProposeTemplateForm, TemplateForm
from carrears.workbench.views.gate import StaffRequest, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a template is named by small letters and _, at most 40"),
    gettext_noop("a version of this template is in the making already"),
    gettext_noop("there is a template of this name already"),
    gettext_noop("somebody else saved this draft; load it again"),
    gettext_noop("say why the template changes"),
    gettext_noop("the day from which it is sent is past"),
    gettext_noop("whoever worked on a template cannot approve it; a second person has to"),
    gettext_noop("the rules leave these words to a person: say why they may be sent"),
    gettext_noop("say what has to change"),
    gettext_noop("say why it is withdrawn"),
    gettext_noop("this template is in no file that is sent"),
    gettext_noop("somebody did something to this version; look at it again"),
)


@require_safe
@staff("outreach.view_templateversion")
def show_templates(request: StaffRequest) -> HttpResponse:
    """All templates."""
    return _list(request, NewTemplateForm())


@require_POST
@staff("outreach.add_templateversion")
def new_template(request: StaffRequest) -> HttpResponse:
    """Begin a template that there is not yet, in the words of a shipped one of its channel."""
    form = NewTemplateForm(request.POST)
    if form.is_valid():
        key = form.cleaned_data["key"]
        try:
            draft = start_template(key, form.cleaned_data["channel"], by=request.user, at=now())
        except TemplateRefusal as error:
            form.add_error("key", gettext(str(error)))
        else:
            sequence()
            return redirect("workbench:template-version", key, draft.number)
    return _list(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_safe
@staff("outreach.view_templateversion")
def show_template(request: StaffRequest, key: str, number: int | None = None) -> HttpResponse:
    """One version; without a number what is sent."""
    return _show(request, key, number)


@require_POST
@staff("outreach.add_templateversion")
def begin(request: StaffRequest, key: str) -> HttpResponse:
    """A draft that begins as what is sent."""
    try:
        draft = open_template(key, by=request.user, at=now())
    except (TemplateRefusal, TemplateError) as error:
        messages.error(request, gettext(str(error)))
        return redirect("workbench:template", key)
    sequence()
    return redirect("workbench:template-version", key, draft.number)


@require_POST
@staff("outreach.change_templateversion")
def save(request: StaffRequest, key: str, number: int) -> HttpResponse:
    """Save a draft; what cannot be sent is told with its place, and nothing is lost."""
    row = find_row(key, number)
    words = row_words(row)
    form = TemplateForm(request.POST, words=words, bases=bases_of(words))
    if not form.is_valid():
        return _show(request, key, number, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        save_template(
            row.pk,
            revision=form.cleaned_data["revision"] or 0,
            words=form.cleaned_data["words"],
            by=request.user,
            at=now(),
        )
    except FaultyTemplateError as error:
        for one in map(objection_row, error.faults):
            form.add_error(None, f"{one.place}: {one.says}" if one.place else one.says)
        return _show(request, key, number, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleTemplateError:
        return _show_both(request, key, number, typed=form.cleaned_data["words"])
    except TemplateRefusal as error:
        form.add_error(None, gettext(str(error)))
        return _show(request, key, number, form=form, status=HTTPStatus.CONFLICT)
    sequence()
    messages.success(request, gettext("Saved."))
    return redirect("workbench:template-version", key, number)


def _show_both(
    request: StaffRequest, key: str, number: int, *, typed: TemplateFile
) -> HttpResponse:
    """What somebody else saved meanwhile, beside what was typed, which the next *Save* puts there.

    Neither is lost: he sees what would go before he saves, and what was typed stands in the form.
    """
    row = find_row(key, number)
    saved, told = row_words(row), request.POST.copy()
    told["revision"] = str(row.revision)
    form = TemplateForm(told, words=saved, bases=bases_of(saved))
    told_both = {"theirs": compare(saved, typed), "saved_at": row.changed_at}
    return _show(request, key, number, form=form, status=HTTPStatus.CONFLICT, **told_both)


_STEPS: dict[str, tuple[tuple[str, ...], type[forms.Form], str]] = {
    "propose": (
        ("outreach.change_templateversion",),
        ProposeTemplateForm,
        gettext_noop("Submitted. A second person approves it."),
    ),
    "approve": (("outreach.approve_template",), ApproveForm, gettext_noop("Approved.")),
    "return": (
        ("outreach.approve_template", "outreach.change_templateversion"),
        ReasonForm,
        gettext_noop("The draft is open again."),
    ),
    "discard": (
        ("outreach.change_templateversion",),
        ApproveForm,
        gettext_noop("The draft is put away."),
    ),
    "withdraw": (("outreach.withdraw_template",), ReasonForm, gettext_noop("It is withdrawn.")),
}

# As what the page knows the form of a step.
_SHOWN_AS = {step: "give_back" if step == "return" else step for step in _STEPS}


@require_POST
@staff("outreach.view_templateversion")
def move_on(request: StaffRequest, key: str, number: int, step: str) -> HttpResponse:
    """Propose, approve (freshly confirmed), return, discard or withdraw a version."""
    row = find_row(key, number)
    if step not in _STEPS:
        raise Http404
    permissions, make_form, done = _STEPS[step]
    if not any(map(request.user.has_perm, permissions)):
        raise PermissionDenied
    if step == "approve" and not is_fresh(request, request.user):
        return ask_again(request)
    form = make_form(request.POST, auto_id=f"{step}-%s")
    if not form.is_valid():
        told: dict[str, Any] = {_SHOWN_AS[step]: form}
        return _show(request, key, number, status=HTTPStatus.UNPROCESSABLE_ENTITY, **told)
    _told(request, lambda: _act(step, row, form.cleaned_data, request), gettext(done))
    return redirect("workbench:template-version", key, number)


@require_POST
@staff("outreach.withdraw_template")
def withdraw(request: StaffRequest, key: str) -> HttpResponse:
    """Withdraw what the file says, where nothing was approved yet."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("A reason is needed."))
        return redirect("workbench:template", key)

    def act() -> None:
        file = keep_file(key, by=request.user, at=now())
        reason = form.cleaned_data["reason"]
        withdraw_template(file.pk, reason=reason, by=request.user, at=now())

    _told(request, act, gettext("It is withdrawn."))
    return redirect("workbench:template", key)


@require_safe
@staff("outreach.view_templateversion")
def preview(request: StaffRequest, key: str) -> HttpResponse:
    """What the strategy sends for a real case and why, and a version's words as it fills them."""
    if not request.user.has_perm("casework.view_case"):
        raise PermissionDenied
    asked = request.GET.get("number", "")
    number = int(asked) if asked.isdecimal() else None
    template, _ = shown_template(key, number)
    loan, locale = request.GET.get("loan", "").strip(), request.GET.get("language", "")
    problem, filled, picks = "", None, None
    try:
        picks = pick_rows(request.user, loan)
        filled = preview_template(
            request.user, template, loan, locale if locale in template.locales else ""
        )
    except Http404:
        problem = gettext("There is no case of this loan, or it is not yours to see.")
    except OutreachError as error:
        problem = gettext(str(error))
    else:
        if filled is None:
            problem = gettext("Nobody is on record for this case.")
    return _show(
        request, key, number, preview=filled, preview_problem=problem, picks=picks, loan=loan
    )


def _act(step: str, row: TemplateVersion, values: dict[str, Any], request: StaffRequest) -> None:
    common = {"reason": values["reason"], "by": request.user, "at": now()}
    if step == "propose":
        day = values["effective_on"]
        common["revision"] = values["revision"]
        propose_template(row.pk, effective_on=day, not_before=today(), **common)
    elif step == "approve":
        approve_template(row.pk, not_before=today(), **common)
    elif step == "return":
        return_template(row.pk, **common)
    elif step == "discard":
        discard_template(row.pk, **common)
    else:
        withdraw_template(row.pk, **common)


def _told(request: StaffRequest, act: Callable[[], None], done: str) -> None:
    """Do it and say so, or say why not."""
    try:
        act()
    except FaultyTemplateError as error:
        for one in map(objection_row, error.faults):
            messages.error(request, f"{one.place}: {one.says}")
    except TemplateRefusal as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, done)


def _list(
    request: StaffRequest, form: NewTemplateForm, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    may = request.user.has_perm("outreach.add_templateversion")
    context = {"page": templates_page(request.GET), "form": form if may else None}
    return render(request, "workbench/templates.html", context, status=status)


def _show(
    request: StaffRequest,
    key: str,
    number: int | None,
    *,
    form: TemplateForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    **told: Any,
) -> HttpResponse:
    template, row = shown_template(key, number)
    page = template_page(request.user, template, row, request.GET)
    if form is None and row is not None and row.state == TemplateState.DRAFT and page.may_edit:
        words = row_words(row)
        form = TemplateForm(words=words, bases=bases_of(words))
        form.initial["revision"] = row.revision
    context = {
        "page": page,
        "form": form if page.may_edit else None,
        "propose": ProposeTemplateForm(
            today=today(),
            auto_id="propose-%s",
            initial={"revision": row.revision if row else None},
        ),
        "approve": ApproveForm(auto_id="approve-%s"),
        "give_back": ReasonForm(auto_id="return-%s"),
        "withdraw": ReasonForm(auto_id="withdraw-%s"),
        **told,
    }
    return render(request, "workbench/template.html", context, status=status)
