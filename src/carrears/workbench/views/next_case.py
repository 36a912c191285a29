"""The next best case, and who has a case before him."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_POST

from carrears.casework.attending import away_now
from carrears.casework.models import CaseState
from carrears.casework.next_case import NothingLeft, next_case, why_nothing
from carrears.casework.services import CaseworkError
from carrears.casework.showing import leave, show, take_over
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.held import holder_context

# What the service may answer, so that it can be said in the reader's words.
REFUSALS = (
    gettext_noop("only a team lead takes a case over"),
    gettext_noop("somebody else took the case in this very moment"),
)


# Marks of the message that tells why the button led nowhere: it stays on the page, by the button.
TOLD, AGAIN = "next-case", "next-case-again"


@require_POST
@staff("casework.work_case")
def open_next(request: StaffRequest) -> HttpResponse:
    """Open the best case that nobody has before him; or say why there is none."""
    case = next_case(request.user, moment=now(), again="again" in request.POST)
    if case is not None:
        return redirect("workbench:case", case.loan_no)
    if (away := away_now(request.user.pk)) is not None:
        told = gettext(
            "By your desk you are away now (today until %s); take a case from the list, or "
            "have the absence ended."
        )
        messages.info(request, told % away.isoformat("minutes"), extra_tags=TOLD)
        return redirect("workbench:queue")
    left = why_nothing(request.user, moment=now())
    tags = f"{TOLD} {AGAIN}" if left.worked else TOLD
    messages.info(request, " ".join(_told(left)), extra_tags=tags)
    return redirect("workbench:queue")


def _told(left: NothingLeft) -> Iterator[str]:
    """Why nothing is left to do, in the reader's words."""
    if left.worked:
        yield gettext("Today's cases are done: whatever can be worked you have worked today.")
    elif left.taken:
        yield gettext("No case is waiting that nobody has open.")
    elif left.stopped or left.worthless:
        yield gettext("No case can be worked now.")
    else:
        yield gettext("You have no open case.")
    if left.taken and left.worked:
        told = ngettext("%d more is open on a page.", "%d more are open on pages.", left.taken)
        yield told % left.taken
    if left.stopped:
        told = ngettext("%d case is on hold.", "%d cases are on hold.", left.stopped)
        yield told % left.stopped
    if left.worthless:
        told = ngettext("%d is worth nothing now.", "%d are worth nothing now.", left.worthless)
        yield told % left.worthless


@require_POST
@staff("casework.work_case")
def keep(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Have the case while its page is open, for htmx; or who else has it."""
    case = cases_of_loan(request.user, loan_no)[0]
    is_open, page = case.state == CaseState.OPEN, _page(request)
    holder = show(case, request.user, page=page) if is_open else None
    context = holder_context(request.user, holder, loan_no)
    return render(request, "workbench/_showing.html", context)


@require_POST
@staff("casework.work_case")
def give_back(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The page of a case is left, as the page itself tells: another may have the case soon."""
    case, page = cases_of_loan(request.user, loan_no)[0], _page(request)
    if page is not None:
        leave(case, request.user, page=page, goes_on="goes_on" in request.POST)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _page(request: StaffRequest) -> UUID | None:
    """Which of the pages that are open tells; None: one that an older release served."""
    try:
        return UUID(request.POST.get("page", ""))
    except ValueError:
        return None


@require_POST
@staff("casework.lead_desk")
def take(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Take the case from whoever has it before him."""
    try:
        take_over(cases_of_loan(request.user, loan_no)[0], by=request.user, at=now())
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
        return redirect("workbench:case", loan_no)
    sequence()
    messages.success(request, gettext("You have the case now."))
    if is_part(request):  # what he typed meanwhile stays on his page
        context = holder_context(request.user, None, loan_no) | {"oob": True}
        return render(request, "workbench/_taken.html", context)
    return redirect("workbench:case", loan_no)
