from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from carrears.casework.models import Case, CaseState
from carrears.evidence.services import sequence
from carrears.outreach.services import OutreachError, contact
from carrears.workbench.queries.case import cases_of_loan, timeline_of
from carrears.workbench.queries.contact import Wish, contact_preview, contact_sent, wish_of
from carrears.workbench.view_models.contact import ContactPreview
from carrears.workbench.views.calls import ask_for, tie_contact
from carrears.workbench.views.errors import refused
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.held import holding

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (gettext_noop("no promise is open on this case"),)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("outreach.send_message")
@holding()
def write_to(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Show a message with the gate's verdict; posted, send it if the gate still allows it."""
    cases = cases_of_loan(request.user, loan_no)
    case = cases[0]
    if case.state != CaseState.OPEN:
        raise Http404
    try:
        wish = _wish(request, case)
        if request.method == "POST":
            shown = _send(request, case, wish)
        else:
            shown = contact_preview(request.user, case, wish)
    except OutreachError as error:
        return refused(gettext(str(error)))
    context: dict[str, Any] = {"contact": shown, "section": "queue"}
    if not is_part(request):
        return render(request, "workbench/contact.html", context)
    if shown.sent:
        context["page"] = {"timeline": timeline_of(request.user, cases)}
    return render(request, "workbench/_contact.html", context)


def _wish(request: StaffRequest, case: Case) -> Wish:
    asked = request.POST if request.method == "POST" else request.GET
    return wish_of(
        case,
        to=asked.get("to", ""),
        template=asked.get("template", ""),
        locale=asked.get("language", ""),
        key=_key(asked.get("key", "")),
    )


def _key(text: str) -> str:
    """The key that makes a second click harmless; a new one for whoever brings none."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


def _send(request: StaffRequest, case: Case, wish: Wish) -> ContactPreview:
    attempt = contact(
        case,
        party=wish.party,
        template=wish.template.key,
        locale=wish.locale,
        by=request.user,
        key=wish.key,
    )
    tie_contact(request, attempt)
    asked = ask_for(request, attempt)
    sequence()
    return contact_sent(request.user, attempt, key=wish.key, asked=asked)
