"""Whoever writes on a case that another person has before him is told so; what he typed stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import CaseState
from carrears.casework.seeing import visible_cases
from carrears.casework.showing import HeldByOtherError, Holder, claim, take_over
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.workbench.views.gate import StaffRequest, is_part

_View = Callable[..., HttpResponseBase]  # of a case: request, loan_no and what else it takes
# A number, a day, a key, what was chosen: nothing that was written.
_CODE = re.compile(r"[!-~]*")
REFUSALS = (gettext_noop("another person has this case before him"),)


def holding(*, free: str = "") -> Callable[[_View], _View]:
    """Let nobody post to a page of a case that is before another; ``free``: a permission to.

    Who posts has the case from then on. With ``take_over`` a team lead has it first.
    """

    def wrap(view: _View) -> _View:
        @wraps(view)
        def guarded(
            request: StaffRequest, loan_no: str, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if request.method == "POST" and "preview" not in request.POST:
                held = kept_back(request, loan_no, free=free)
                if held is not None:
                    return held
            return view(request, loan_no, *args, **kwargs)

        return guarded

    return wrap


def kept_back(request: StaffRequest, loan_no: str, *, free: str = "") -> HttpResponse | None:
    """The answer to a write on a case that is before another; None: it may be written."""
    user = request.user
    open_ones = visible_cases(user).filter(loan_no=loan_no, state=CaseState.OPEN)
    case = open_ones.select_related(None).only("loan_no").first()
    if case is None or (free and user.has_perm(free)):
        return None
    if "take_over" in request.POST and user.has_perm("casework.lead_desk"):
        take_over(case, by=user, at=now())
        sequence()
        return None
    try:
        claim(case.pk, user)
    except HeldByOtherError as error:
        return _told(request, loan_no, error.holder)
    return None


def holder_context(user: User, holder: Holder | None, loan_no: str) -> dict[str, Any]:
    """What the note about it needs; nobody learns a name of the other side of the wall."""
    same = holder is not None and acts_for(holder.user) == acts_for(user)
    who = holder.user if holder is not None and same else ""
    return {"holder": holder, "who": who, "loan_no": loan_no}


def _told(request: StaffRequest, loan_no: str, holder: Holder) -> HttpResponse:
    context = holder_context(request.user, holder, loan_no)
    if is_part(request):  # the form stays as it is; the note of the case's head says why
        answer = render(request, "workbench/_held.html", context, status=HTTPStatus.CONFLICT)
        answer.headers["HX-Held"] = "true"
        return answer
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in {"csrfmiddlewaretoken", "take_over"}
        for value in values
    ]
    words = [value for _, value in typed if not _CODE.fullmatch(value)]
    context |= {"typed": typed, "words": words, "section": "queue"}
    context["title"] = gettext("Somebody else has this case")
    return render(request, "workbench/held.html", context, status=HTTPStatus.CONFLICT)
