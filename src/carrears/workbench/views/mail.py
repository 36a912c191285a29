from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carrears.casework.seeing import of_visible_cases
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import PortalMessage
from carrears.outreach.portal_inbox import withdraw
from carrears.workbench.queries.mail import mail_message, mail_page
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.typed_words import takes_words

# What the service may answer, in its words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a reason is needed"),
    gettext_noop("this message was taken back before"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff("outreach.view_attempt")
@takes_words
def show_mail(request: StaffRequest) -> HttpResponse:
    """What was sent and what was stopped."""
    page = mail_page(request.user, request.GET)
    return render(request, "workbench/mail.html", {"page": page, "section": "mail"})


@require_safe
@staff("outreach.view_attempt")
def show_message(request: StaffRequest, pk: int) -> HttpResponse:
    """One message with its verdict."""
    mail = mail_message(request.user, pk)
    return render(request, "workbench/mail_message.html", {"mail": mail, "section": "mail"})


@require_POST
@staff("outreach.send_message")
def withdraw_message(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a message out of the inbox of the lender's app."""
    mine = of_visible_cases(PortalMessage.objects.all(), request.user)
    found = mine.filter(attempt=pk).first()
    if found is None:
        raise Http404
    try:
        withdraw(found, reason=request.POST.get("reason", ""), by=request.user, at=now())
        messages.success(request, gettext("It is not shown any more."))
    except OutreachError as error:
        messages.error(request, gettext(str(error)))
    sequence()
    return redirect("workbench:mail-message", pk)
