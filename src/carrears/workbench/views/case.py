from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe
from django_htmx.http import retarget

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.case_time import business_time
from carrears.casework.models import Case, CaseState
from carrears.casework.next_case_terms import load_next_case_terms
from carrears.casework.promises import terms_for
from carrears.clock import now
from carrears.outreach.outcomes import codes_for, today_of
from carrears.parties.queries import read_once
from carrears.recordings.absent import expect_screen
from carrears.recordings.policy import masks_screen, records_screen
from carrears.workbench.call_forms import ContactForm
from carrears.workbench.forms import FollowUpForm, LedgerForm, NoteForm
from carrears.workbench.hold_forms import HoldForm
from carrears.workbench.promise_forms import PromiseForm, WithdrawForm
from carrears.workbench.queries.calls import call_desk
from carrears.workbench.queries.case import (
    case_head,
    case_page,
    cases_of_loan,
    timeline_of,
)
from carrears.workbench.queries.holds import holds_of_case
from carrears.workbench.queries.ledger import ledger_page
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.queries.outcomes import people_choices
from carrears.workbench.queries.reachable import letterbox_among, letterbox_of
from carrears.workbench.queries.timeline import Shown
from carrears.workbench.views.gate import StaffRequest, staff

# What is kept by these forms changes what stands around them: a second promise has no place, and
# what was begun can be ended.
_PARTS = {"promise": "case_promise", "hold": "case_holds"}


@require_safe
@staff("casework.view_case")
def show_case(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The case file."""
    cases = cases_of_loan(request.user, loan_no)
    with read_once():
        context = case_context(request, cases)
        _expect_recording(request, cases[0], context["record_screen"])
        return render(request, "workbench/case.html", context)


def _expect_recording(request: StaffRequest, case: Case, page: str) -> None:
    """Note that a page is shown to somebody who is recorded on it."""
    if page and request.method == "GET":
        expect_screen(case, page=page, by=request.user, at=now())


@require_safe
@staff("casework.view_case")
def show_older(request: StaffRequest, loan_no: str) -> HttpResponse:
    """A case's timeline, from an offset, of one kind of things or of some days, for htmx."""
    offset = request.GET.get("from", "")
    known = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 7 else 0  # noqa: PLR2004  a million lines
    cases = cases_of_loan(request.user, loan_no)
    asked = request.GET
    shown = Shown(
        asked.get("kind", ""), day_of(asked.get("since", "")), day_of(asked.get("until", ""))
    )
    lines = timeline_of(request.user, cases, offset=known, shown=shown)
    return render(request, "workbench/_timeline.html", {"timeline": lines})


@require_safe
@staff("casework.view_case")
def show_ledger(request: StaffRequest, loan_no: str) -> HttpResponse:
    """What the loan owed on a day, by what was known on another; and what settles it."""
    case = cases_of_loan(request.user, loan_no)[0]
    today = business_time(case)[0]
    form = LedgerForm({"on": today} | request.GET.dict())
    if form.is_valid():
        on, known = form.cleaned_data["on"], form.cleaned_data["known"]
    else:
        on, known = today, None
    page = ledger_page(case, on=on, known=known, is_whole="all" in request.GET)
    record_screen = recorded_page(request, "ledger")
    _expect_recording(request, case, record_screen)
    return render(
        request,
        "workbench/ledger.html",
        {
            "page": page,
            "form": form,
            "may_print": not acts_for(request.user),  # no door of an agency's leads there
            "section": "queue",
            "record_screen": record_screen,
            "record_clear": not masks_screen(),
        },
    )


def recorded_page(request: StaffRequest, page: str) -> str:
    """The name of a page whose reader is recorded on it; nothing where he is not."""
    return page if records_screen(request.user, page) else ""


def case_context(request: StaffRequest, cases: list[Case], **given: Any) -> dict[str, Any]:
    """What the templates of a case need; ``given`` puts filled forms in place of empty ones."""
    case = cases[0]
    # Asked for only where it is shown: it asks the gate about every number.
    calls: Any = SimpleLazyObject(lambda: call_desk(request.user, case))
    context = {
        "page": case_page(request.user, cases, moment=now()),
        "loan_no": case.loan_no,
        "section": "queue",
        "promise_form": promise_form(case),
        "withdraw_form": WithdrawForm(currency=case.currency),
        "note_form": NoteForm(),
        "follow_up_form": follow_up_form(case),
        "head_template": "workbench/_case_head.html",
        "hold_form": hold_form(case),
        "contact_form": SimpleLazyObject(lambda: contact_form(request.user, case)),
        "record_screen": recorded_page(request, "case"),
        "record_clear": not masks_screen(),
        "renew_seconds": _renewal(request, case),
        "page_token": uuid.uuid4(),
        "calls": calls,
        "mail": SimpleLazyObject(lambda: letterbox_among(calls.people) if calls else None),
    }
    return context | given


def worked_context(request: StaffRequest, cases: list[Case]) -> dict[str, Any]:
    """What the answer to a promise or a hold needs: an outcome's, and what may be sent now."""
    user, case = request.user, cases[0]
    return told_context(request, cases) | {
        "mail": SimpleLazyObject(lambda: letterbox_of(user, case)),
        "holds": SimpleLazyObject(lambda: holds_of_case(user, case)),
    }


def told_context(request: StaffRequest, cases: list[Case]) -> dict[str, Any]:
    """What the answer to an outcome needs: all of the head, and a new form.

    Not what the gate would say to a message next: *Contact* asks it when it is pressed, and to
    ask it here would be a quarter of the answer.
    """
    case = cases[0]
    return noted_context(request, cases) | {
        "head_template": "workbench/_case_head.html",
        "renew_seconds": _renewal(request, case),
        "promise_form": SimpleLazyObject(lambda: promise_form(case)),
        "withdraw_form": WithdrawForm(currency=case.currency),
        "hold_form": SimpleLazyObject(lambda: hold_form(case)),
        "contact_form": SimpleLazyObject(lambda: contact_form(request.user, case)),
    }


def noted_context(request: StaffRequest, cases: list[Case]) -> dict[str, Any]:
    """What the answer to a note or to another day needs: neither changes what the gate says."""
    case = cases[0]
    return {
        "page": case_head(request.user, cases, moment=now()),
        "loan_no": case.loan_no,
        "note_form": NoteForm(),
        "follow_up_form": follow_up_form(case),
        "head_template": "workbench/_case_told.html",
    }


def follow_up_form(case: Case) -> FollowUpForm:
    """The form for another day to come back on."""
    return FollowUpForm(initial={"on": case.follow_up_on, "at": case.follow_up_at})


def _renewal(request: StaffRequest, case: Case) -> int:
    """How often the page says that the case is still open before its reader; 0: it is not his."""
    if case.state != CaseState.OPEN or not request.user.has_perm("casework.work_case"):
        return 0
    return load_next_case_terms(Path(settings.CARREARS_HOME)).renew_seconds


def promise_form(case: Case, data: Any = None) -> PromiseForm:
    """The form for a promise on this case."""
    today, _ = business_time(case)
    terms = terms_for(case, today=today)
    guided = {"arrears": case.arrears, "instalment": int(case.loan.get("instalment") or 0)}
    return PromiseForm(
        data,
        currency=case.currency,
        today=today,
        latest=today + timedelta(days=terms.longest_days),
        guided={code: amount for code, amount in guided.items() if amount},
        most_parts=terms.most_parts,
    )


def contact_form(user: User, case: Case, data: Any = None, *, way: str = "") -> ContactForm:
    """The form for a contact of this case that was not booked."""
    return ContactForm(
        data,
        people=people_choices(user, case),
        codes=codes_for(case),
        today=today_of(case),
        way=way,
        initial={"key": str(uuid.uuid4())},
    )


def hold_form(case: Case, data: Any = None) -> HoldForm:
    """The form that stops collection of this case."""
    return HoldForm(data, today=business_time(case)[0])


def show_saved(
    request: StaffRequest,
    loan_no: str,
    *,
    form: str,
    told: Callable[[StaffRequest, list[Case]], dict[str, Any]] = worked_context,
) -> HttpResponse:
    """Answer htmx once something was kept: an empty ``form``, and the parts that it changed."""
    part = _PARTS.get(form, "")
    with read_once():  # what is asked for where it is shown, too
        context = told(request, cases_of_loan(request.user, loan_no))
        context["form_template"] = f"workbench/_{part or f'{form}_form'}.html"
        answer = render(request, "workbench/_case_saved.html", context)
    return retarget(answer, f"#{part.replace('_', '-')}") if part else answer
