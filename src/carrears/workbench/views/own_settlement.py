"""What an agency's own people see of its placements, statement and invoices."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.access.organisations import access_day
from carrears.agencies.own import PERMISSION, own_agency, own_batches, single_placements
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.workbench.queries.settlements import (
    invoice_list,
    invoice_page,
    invoice_rows,
    statement_list,
    statement_page,
)
from carrears.workbench.settlement_forms import DaysForm
from carrears.workbench.views.files_out import list_answer
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff(PERMISSION)
def show_settlement(request: StaffRequest) -> HttpResponse:
    """Placements, the statement of a period (this month, where none is asked for), invoices."""
    agency = own_agency(request.user)
    asked = DaysForm(request.GET if "first" in request.GET else _this_month())
    with as_house():  # batches and invoices are the lender's; each of these is the agency's own
        page = None
        if asked.is_valid():
            told = asked.cleaned_data
            page = statement_page(agency, told["first"], told["last"], request.GET)
        context: dict[str, Any] = {
            "asked": asked,
            "page": page,
            "batches": own_batches(agency, at=now()),
            "single": single_placements(agency, at=now()),
            "rows": invoice_rows(of=agency),
            "own": True,
        }
    return render(request, "workbench/own_settlement.html", context)


@require_safe
@staff(PERMISSION)
def download_statement(request: StaffRequest) -> HttpResponseBase:
    """The statement as CSV or a workbook."""
    agency = own_agency(request.user)
    asked = DaysForm(request.GET)
    if not asked.is_valid():
        raise Http404
    with as_house():
        told = asked.cleaned_data
        listing = statement_list(agency, told["first"], told["last"]).held()
    return list_answer(request, listing, back="workbench:own-settlement")


@require_safe
@staff(PERMISSION)
def show_invoice(request: StaffRequest, pk: int) -> HttpResponse:
    """One invoice of the agency, line by line."""
    agency = own_agency(request.user)
    with as_house():
        page = invoice_page(pk, request.GET, of=agency)
    return render(request, "workbench/invoice.html", {"page": page, "own": True})


@require_safe
@staff(PERMISSION)
def download_invoice(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The same as CSV or a workbook."""
    agency = own_agency(request.user)
    with as_house():
        listing = invoice_list(pk, of=agency).held()
    return list_answer(request, listing, back="workbench:own-settlement")


def _this_month() -> dict[str, date]:
    today = access_day(now())
    return {"first": today.replace(day=1), "last": today}
