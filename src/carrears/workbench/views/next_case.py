"""The next best case, and who has a case before him."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST

from carrears.casework.attending import away_now
from carrears.casework.models import CaseState
from carrears.casework.next_case import next_case
from carrears.casework.services import CaseworkError
from carrears.casework.showing import show, take_over
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


@require_POST
@staff("casework.work_case")
def open_next(request: StaffRequest) -> HttpResponse:
    """Open the best case that nobody has before him."""
    case = next_case(request.user, moment=now())
    if case is None and (away := away_now(request.user.pk)) is not None:
        messages.info(
            request,
            gettext(
                "By your desk you are away now (today until %s); take a case from the list, or "
                "have the absence ended."
            )
            % away.isoformat("minutes"),
        )
        return redirect("workbench:queue")
    if case is None:
        messages.info(request, gettext("No case is waiting that nobody has open."))
        return redirect("workbench:queue")
    return redirect("workbench:case", case.loan_no)


@require_POST
@staff("casework.work_case")
def keep(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Have the case while its page is open, for htmx; or who else has it."""
    case = cases_of_loan(request.user, loan_no)[0]
    holder = show(case, request.user) if case.state == CaseState.OPEN else None
    context = holder_context(request.user, holder, loan_no)
    return render(request, "workbench/_showing.html", context)


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
