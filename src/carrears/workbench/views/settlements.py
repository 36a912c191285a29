"""What agencies are owed: the statement of a period, and their invoices held against it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.agencies.explaining import explain
from carrears.agencies.invoice_steps import reconcile_again, sign_off
from carrears.agencies.invoices import take_invoice
from carrears.agencies.models import Invoice
from carrears.agencies.queries import require_house
from carrears.agencies.row_files import RowFileError
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.workbench.queries.settlements import (
    invoice_list,
    invoice_page,
    invoice_rows,
    statement_list,
    statement_page,
)
from carrears.workbench.settlement_forms import InvoiceForm, PeriodForm
from carrears.workbench.views.files_out import list_answer
from carrears.workbench.views.gate import StaffRequest, staff

_VIEW, _ADD = "agencies.view_invoice", "agencies.add_invoice"
_SIGN = "agencies.sign_invoice"
# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("an invoice has a number"),
    gettext_noop("this invoice came before"),
    gettext_noop("no such currency"),
    gettext_noop("this invoice is signed off"),
    gettext_noop("a second person signs an invoice off"),
)


@require_safe
@staff(_VIEW)
def show_settlement(request: StaffRequest) -> HttpResponse:
    """The statement of a period, where one is asked for, and the invoices of late."""
    require_house(request.user, _VIEW)
    return _show(request, InvoiceForm(initial=request.GET.dict()))


@require_safe
@staff(_VIEW)
def download_statement(request: StaffRequest) -> HttpResponseBase:
    """The statement as CSV or a workbook."""
    require_house(request.user, _VIEW)
    asked = PeriodForm(request.GET)
    if not asked.is_valid():
        raise Http404
    told = asked.cleaned_data
    listing = statement_list(told["agency"], told["first"], told["last"])
    return list_answer(request, listing, back="workbench:settlement")


@require_POST
@staff(_ADD)
def bring_invoice(request: StaffRequest) -> HttpResponse:
    """Take an invoice in, and show what came of it."""
    require_house(request.user, _ADD)
    form = InvoiceForm(request.POST, request.FILES)
    if form.is_valid():
        told: dict[str, Any] = dict(form.cleaned_data)
        file = told.pop("file")
        try:
            invoice = take_invoice(
                file.read(), **told, file_name=file.name, by=request.user, at=now()
            )
        except CaseworkError as error:
            form.add_error("file", gettext(str(error)))
        except RowFileError as error:
            form.add_error("file", f"{error.name}: {explain(error.why, error.told)}")
        else:
            sequence()
            return redirect("workbench:invoice", invoice.pk)
    return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_safe
@staff(_VIEW)
def show_invoice(request: StaffRequest, pk: int) -> HttpResponse:
    """One invoice, line by line."""
    require_house(request.user, _VIEW)
    page = invoice_page(pk, request.GET)
    return render(request, "workbench/invoice.html", {"page": page})


@require_safe
@staff(_VIEW)
def download_invoice(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The same as CSV or a workbook."""
    require_house(request.user, _VIEW)
    return list_answer(request, invoice_list(pk), back="workbench:settlement")


@require_POST
@staff(_ADD)
def reconcile_anew(request: StaffRequest, pk: int) -> HttpResponse:
    """Hold it anew against what the ledger says now."""
    require_house(request.user, _ADD)
    return _take_step(request, pk, reconcile_again, gettext("It is reconciled anew."))


@require_POST
@staff(_SIGN)
def sign(request: StaffRequest, pk: int) -> HttpResponse:
    """Sign it off as a second person."""
    require_house(request.user, _SIGN)
    return _take_step(request, pk, sign_off, gettext("It is signed off."))


def _take_step(
    request: StaffRequest, pk: int, do: Callable[..., Invoice], told: str
) -> HttpResponse:
    get_object_or_404(Invoice, pk=pk)
    try:
        do(pk, by=request.user, at=now())
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, told)
    return redirect("workbench:invoice", pk)


def _show(
    request: StaffRequest, form: InvoiceForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    asked = PeriodForm(request.GET if "agency" in request.GET else None)
    page = None
    if asked.is_bound and asked.is_valid():
        told = asked.cleaned_data
        page = statement_page(told["agency"], told["first"], told["last"], request.GET)
    context = {"asked": asked, "page": page, "form": form, "rows": invoice_rows()}
    return render(request, "workbench/settlement.html", context, status=status)
