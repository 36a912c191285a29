"""What the people of a loan allowed and refused: read only, as the ledger is never changed."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.consents import consents_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("parties.view_consent")
def show_consents(request: StaffRequest, loan_no: str) -> HttpResponse:
    """The ledger of consents of the people of a loan."""
    case = cases_of_loan(request.user, loan_no)[0]
    page = consents_page(request.user, case)
    return render(request, "workbench/consents.html", {"page": page, "section": "queue"})
