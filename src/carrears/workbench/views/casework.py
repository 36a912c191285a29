"""What staff write down on a case: promises and notes."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST

from carrears.access.models import User
from carrears.casework.case_time import business_time
from carrears.casework.following import change_follow_up
from carrears.casework.mention_offers import offered_for
from carrears.casework.mentions import LONGEST_NAME, MentionError
from carrears.casework.models import Case
from carrears.casework.promise_withdrawal import replace_promise, withdraw_promise
from carrears.casework.promises import record_promise
from carrears.casework.services import CaseworkError
from carrears.casework.words import text_of
from carrears.conduct.notes import keep_note
from carrears.evidence.services import sequence
from carrears.workbench.forms import FollowUpForm, NoteForm
from carrears.workbench.promise_forms import PromiseForm, WithdrawForm
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.promises import promise_preview, said_in
from carrears.workbench.views.case import (
    case_context,
    noted_context,
    promise_form,
    show_saved,
    worked_context,
)
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.held import holding

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a note needs words"),
    gettext_noop("the case is closed"),
    gettext_noop("a reason is needed"),
    gettext_noop("the follow-up day is past, or too far ahead"),
    gettext_noop("the amount must be above zero and at most what is owed"),
    gettext_noop("the day must lie between today and the latest that the terms allow"),
    gettext_noop("a promise has one part or some, not more than the terms allow"),
    gettext_noop("two parts of a promise cannot share a day"),
    gettext_noop("a promise is open already; it must be kept or broken first"),
    gettext_noop("this promise cannot be withdrawn any more, or not by you"),
)
# What a note that mentions somebody may be answered; whom it is about is said with it.
MENTION_REFUSALS = (
    gettext_noop("who is mentioned may not see this case"),
    gettext_noop("several people have this name; use the sign-in name"),
)
# What is kept without a change to what may be done or said now.
_ONLY_NOTED = frozenset({"note", "follow_up"})


@require_POST
@staff("casework.work_case")
@holding()
def make_promise(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Record a promise to pay."""
    cases = cases_of_loan(request.user, loan_no)
    today, at = business_time(cases[0])

    def save(case: Case, values: dict[str, Any]) -> None:
        said = said_in(case, by=request.user, today=today)
        parts = values["parts"]
        record_promise(case, parts=parts, today=today, by=request.user, at=at, said=said)

    form = promise_form(cases[0], request.POST)
    if "preview" in request.POST and form.is_valid():
        return _preview_promise(request, cases, form)
    return answer(
        request, cases, form, save, name="promise", done=gettext("The promise is recorded.")
    )


@require_POST
@staff("casework.work_case")
@holding()
def withdraw(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """Withdraw a promise that was recorded by mistake, or record another in its place."""
    cases = cases_of_loan(request.user, loan_no)
    promise = get_object_or_404(cases[0].promises.select_related("made_by"), pk=pk)
    promise.case = cases[0]
    today, at = business_time(cases[0])

    def save(_: Case, values: dict[str, Any]) -> None:
        told = {name: values[name] for name in ("mistake", "why")}
        told |= {"today": today, "by": request.user, "at": at}
        if values["parts"]:
            replace_promise(promise, parts=values["parts"], **told)
        else:
            withdraw_promise(promise, **told)

    form = WithdrawForm(request.POST, currency=cases[0].currency)
    done = gettext("The promise is withdrawn.")
    return answer(request, cases, form, save, name="withdraw", done=done)


def _preview_promise(request: StaffRequest, cases: list[Case], form: PromiseForm) -> HttpResponse:
    """What the promise would leave due; nothing is kept."""
    preview = promise_preview(cases[0], form.cleaned_data["parts"])
    context = case_context(request, cases, promise_form=form, preview=preview)
    template = "_promise_form.html" if is_part(request) else "case.html"
    return render(request, f"workbench/{template}", context)


@require_POST
@staff("casework.work_case")
@holding()
def write_note(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Keep a note."""
    cases = cases_of_loan(request.user, loan_no)
    _, at = business_time(cases[0])

    def save(case: Case, values: dict[str, Any]) -> None:
        try:
            with transaction.atomic():
                if not _is_said_already(case, values["text"], by=request.user):
                    keep_note(case, **values, by=request.user, at=at, strict=True)
        except MentionError as error:
            names = ", ".join(error.names)
            raise CaseworkError(f"{gettext(str(error))}: {names}") from error

    form = NoteForm(request.POST)
    return answer(request, cases, form, save, name="note", done=gettext("The note is kept."))


@require_POST  # what was typed stands in no address
@staff("casework.work_case")
def offer_mentions(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The colleagues whom a name that is being typed may mean."""
    case = cases_of_loan(request.user, loan_no)[0]
    begun = request.POST.get("begun", "").replace("\0", "")[:LONGEST_NAME]
    people = offered_for(begun, case, by=request.user)
    return render(request, "workbench/_mentions.html", {"people": people})


def _is_said_already(case: Case, text: str, *, by: User) -> bool:
    """Whether the newest that happened on a case is this note of his, sent twice."""
    Case.objects.select_for_update(no_key=True).select_related(None).only("pk").get(pk=case.pk)
    newest = case.events.first()
    told = (newest.kind, newest.actor_id, text_of(newest)) if newest else None
    return told == ("note", by.pk, text.strip())


@require_POST
@staff("casework.work_case")
@holding()
def come_back(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Come back on another day than the rules say."""
    cases = cases_of_loan(request.user, loan_no)
    today, at = business_time(cases[0])

    def save(case: Case, values: dict[str, Any]) -> None:
        change_follow_up(case, **values, today=today, by=request.user, moment=at)

    form = FollowUpForm(request.POST)
    return answer(request, cases, form, save, name="follow_up", done=gettext("The day is kept."))


def answer(
    request: StaffRequest,
    cases: list[Case],
    form: forms.Form,
    save: Callable[[Case, dict[str, Any]], None],
    *,
    name: str,
    done: str,
) -> HttpResponse:
    """Save what a valid form says; a refused form comes back with the reasons."""
    if form.is_valid():
        try:
            save(cases[0], form.cleaned_data)
        except CaseworkError as error:
            form.add_error(None, gettext(str(error)))
    if form.errors:
        return _refuse(request, cases, name, form)
    sequence()
    messages.success(request, done)
    if not is_part(request):
        return redirect("workbench:case", cases[0].loan_no)
    told = noted_context if name in _ONLY_NOTED else worked_context
    return show_saved(request, cases[0].loan_no, form=name, told=told)


def _refuse(request: StaffRequest, cases: list[Case], name: str, form: forms.Form) -> HttpResponse:
    context = case_context(request, cases, **{f"{name}_form": form})
    template = f"_{name}_form.html" if is_part(request) else "case.html"
    if not is_part(request):  # the page may no longer have the form that would say it
        for reason in form.non_field_errors():
            messages.error(request, str(reason))
    return render(request, f"workbench/{template}", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
