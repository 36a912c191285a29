from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.workbench.queries.mail import mail_message, mail_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("outreach.view_attempt")
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
