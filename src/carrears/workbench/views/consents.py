"""What the people of a loan allowed and refused: the ledger, and a new word in it."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_safe

from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.parties.consents import ConsentError, Word, keep_word, texts
from carrears.parties.models import Party
from carrears.workbench.consent_forms import NO, YES, ConsentForm
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.consents import consents_page, new_word_page, people_to_ask
from carrears.workbench.views.gate import StaffRequest, staff

_GRANT, _WORK = "parties.add_consent", "casework.work_case"
_REFUSALS = frozenset({gettext_noop("another word of that very moment is on record")})


@require_safe
@staff("parties.view_consent")
def show_consents(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The ledger of consents of the people of a loan."""
    case = cases_of_loan(request.user, loan_no)[0]
    page = consents_page(request.user, case)
    context = {"page": page, "section": "queue", "may_record": _may_record(request)}
    return render(request, "workbench/consents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("parties.view_consent")
def new_word(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Record a word. Whoever works the case takes a refusal; a consent needs its permission."""
    case = cases_of_loan(request.user, loan_no)[0]
    if not _may_record(request):
        raise PermissionDenied
    posted = request.method == "POST"
    told = request.POST if posted else request.GET
    code = told.get("purpose") or next(iter(texts().purposes))
    page = new_word_page(case.loan_no, code)
    if page is None:
        raise Http404
    form = ConsentForm(
        request.POST if posted else None,
        purpose=(code, texts().purposes[code]),
        people=people_to_ask(request.user, case),
        texts={one.value: one.from_on for one in page.texts},
        may_grant=request.user.has_perm(_GRANT),
        initial=_initial(told),
    )
    if posted and form.is_valid() and _keep(request, form):
        return redirect("workbench:consents", loan_no)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if posted else HTTPStatus.OK
    context = {"page": page, "form": form, "section": "queue"}
    return render(request, "workbench/consent_new.html", context, status=status)


def _may_record(request: StaffRequest) -> bool:
    return request.user.has_perm(_GRANT) or request.user.has_perm(_WORK)


def _initial(told: Any) -> dict[str, str]:
    """What a line of the ledger leads here with: whose word, which way, that it is taken back."""
    given = {name: told.get(name, "").replace("\0", "") for name in ("person", "channel")}
    given["word"] = NO if told.get("word") == NO else YES
    return {name: value for name, value in given.items() if value}


def _moment(said: datetime) -> datetime:
    """This minute is this moment: what is said now holds against what was said a moment ago."""
    moment = now()
    return moment if said == moment.replace(second=0, microsecond=0) else said


def _keep(request: StaffRequest, form: ConsentForm) -> bool:
    told = form.cleaned_data
    version, _, language = told["text"].partition(":")
    word = Word(
        purpose=told["purpose"],
        channel=told.get("channel", ""),
        granted=told["word"] == YES,
        at=_moment(told["given_at"]),
        source=told["source"],
        text=version,
        language=language,
        key=f"desk:{told['key']}",
    )
    party = Party.objects.get(pk=told["person"])
    if party.consents.filter(key=word.key).exists():  # the form came twice
        return True
    try:
        kept = keep_word(party, word, by=request.user)
    except ConsentError as error:
        form.add_error(None, gettext(str(error)) if str(error) in _REFUSALS else str(error))
        return False
    sequence()
    if kept is None:
        messages.info(request, gettext("Nothing new: that was the last word already."))
    else:
        messages.success(request, gettext("The word is kept; it holds from that moment."))
    return True
