"""What agencies are owed, over HTTP: the statement of a period, and invoices held against it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, File, Form, Query, Router, Schema, Status, UploadedFile

from carrears.access.models import Kind, Organisation
from carrears.agencies.batches_api import require
from carrears.agencies.invoice_steps import reconcile_again, sign_off
from carrears.agencies.invoices import take_invoice, verdict_sums
from carrears.agencies.models import Invoice, InvoiceLine
from carrears.agencies.own import PERMISSION, own_agency, own_invoices
from carrears.agencies.statements import statement, totals
from carrears.casework.api import Offset
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.outreach.api import require as require_permission

router = Router(tags=["agencies"])


class StatementLineOut(Schema):
    """A payment, or below zero one taken back; minor units, ``rate`` a decimal as text."""

    payment_no: str
    loan_no: str
    batch: int
    paid_on: date
    amount: int
    currency: str
    rate: str
    commission: int
    is_tail: bool


class TotalOut(Schema):
    """The sums in one currency, minor units."""

    currency: str
    lines: int
    amount: int
    commission: int


class StatementOut(Schema):
    """What an agency is owed for a period."""

    agency: str
    first: date
    last: date
    totals: list[TotalOut]
    lines: list[StatementLineOut]


class InvoiceIn(Schema):
    """Whose invoice, its number, period and currency."""

    agency: Annotated[str, Field(max_length=64)]
    number: Annotated[str, Field(min_length=1, max_length=64)]
    first: date
    last: date
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"


class VerdictOut(Schema):
    """How many lines have a verdict; what they claim and what we owe for them, minor units."""

    verdict: str
    lines: int
    claimed: int
    ours: int


class RejectOut(Schema):
    """A row that could not be read, and which fields are wrong."""

    row_no: int
    errors: list[list[str]]


class InvoiceShown(Schema):
    """An invoice and what came of it."""

    id: int
    agency: str
    number: str
    first_on: date
    last_on: date
    currency: str
    file_name: str
    brought_at: datetime
    reconciled_at: datetime | None
    signed_at: datetime | None
    verdicts: list[VerdictOut]
    rejects: list[RejectOut]


class InvoiceOut(InvoiceShown):
    """The same, read from its row."""

    @staticmethod
    def resolve_agency(invoice: Invoice) -> str:
        """The agency's key."""
        return invoice.agency.key

    @staticmethod
    def resolve_verdicts(invoice: Invoice) -> list[Any]:
        """The sums by verdict."""
        return verdict_sums(invoice)

    @staticmethod
    def resolve_rejects(invoice: Invoice) -> list[Any]:
        """The rows kept aside."""
        return list(invoice.rejects.all())


class InvoiceLineOut(Schema):
    """A line; ``row_no`` is empty for one of ours that the invoice does not claim."""

    row_no: int | None
    loan_no: str
    payment_no: str
    paid_on: date
    amount: int | None
    commission: int | None
    our_amount: int | None
    our_commission: int | None
    verdict: str


@router.get("/statement", response=StatementOut)
def get_statement(request: HttpRequest, agency: str, first: date, last: date) -> dict[str, Any]:
    """What we owe an agency for payments of a period, line by line, from our ledger."""
    require(request, "agencies.view_invoice")
    return _stated(_agency(agency), first, last)


@router.get("/own", response=StatementOut)
def get_own_statement(request: HttpRequest, first: date, last: date) -> dict[str, Any]:
    """The same for people of an agency: what their own is owed."""
    agency = own_agency(require_permission(request, PERMISSION))
    with as_house():  # payments of who is with it no more count until the end of the tail
        return _stated(agency, first, last)


def _stated(agency: Organisation, first: date, last: date) -> dict[str, Any]:
    lines = statement(agency, first=first, last=last)
    return {
        "agency": agency.key,
        "first": first,
        "last": last,
        "totals": totals(lines),
        "lines": [
            {name: getattr(one, name) for name in StatementLineOut.model_fields}
            | {"rate": str(one.rate)}
            for one in lines
        ],
    }


@router.get("/invoices", response=list[InvoiceOut])
def list_invoices(
    request: HttpRequest, *, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> QuerySet[Invoice]:
    """Invoices, the newest first."""
    require(request, "agencies.view_invoice")
    return Invoice.objects.select_related("agency")[:limit]


@router.get("/own/invoices", response=list[InvoiceShown])
def list_own_invoices(
    request: HttpRequest, *, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[dict[str, Any]]:
    """The invoices of one's own agency, the newest first."""
    agency = own_agency(require_permission(request, PERMISSION))
    with as_house():
        found = own_invoices(agency).select_related("agency")[:limit]
        return [InvoiceOut.from_orm(one).dict() for one in found]


@router.post("/invoices", response={201: InvoiceOut})
def bring_invoice(
    request: HttpRequest, told: Form[InvoiceIn], file: File[UploadedFile]
) -> Status[Invoice]:
    """Take an invoice in as CSV, and hold it line by line against the statement."""
    user = require(request, "agencies.add_invoice")
    invoice = take_invoice(
        file.read(),
        agency=_agency(told.agency),
        number=told.number,
        first=told.first,
        last=told.last,
        currency=told.currency,
        file_name=file.name or "",
        by=user,
        at=now(),
    )
    sequence()
    return Status(201, invoice)


@router.post("/invoices/{invoice_id}/again", response=InvoiceOut)
def reconcile_anew(request: HttpRequest, invoice_id: int) -> Invoice:
    """Hold an invoice anew against what the ledger says now; refused once it is signed off."""
    user = require(request, "agencies.add_invoice")
    get_object_or_404(Invoice, pk=invoice_id)
    invoice = reconcile_again(invoice_id, by=user, at=now())
    sequence()
    return invoice


@router.post("/invoices/{invoice_id}/sign", response=InvoiceOut)
def sign(request: HttpRequest, invoice_id: int) -> Invoice:
    """Sign what came of an invoice off, as a second person; nothing of it changes any more."""
    user = require(request, "agencies.sign_invoice")
    get_object_or_404(Invoice, pk=invoice_id)
    invoice = sign_off(invoice_id, by=user, at=now())
    sequence()
    return invoice


@router.get("/invoices/{invoice_id}/lines", response=list[InvoiceLineOut])
def list_invoice_lines(
    request: HttpRequest,
    invoice_id: int,
    *,
    verdict: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Offset = 0,
) -> QuerySet[InvoiceLine]:
    """The lines of an invoice, of one verdict where it is named."""
    require(request, "agencies.view_invoice")
    invoice = get_object_or_404(Invoice, pk=invoice_id)
    return _lines_of(invoice, verdict)[offset : offset + limit]


@router.get("/own/invoices/{invoice_id}/lines", response=list[InvoiceLineOut])
def list_own_invoice_lines(
    request: HttpRequest,
    invoice_id: int,
    *,
    verdict: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Offset = 0,
) -> list[InvoiceLine]:
    """The same of an invoice of one's own agency."""
    agency = own_agency(require_permission(request, PERMISSION))
    with as_house():
        invoice = get_object_or_404(own_invoices(agency), pk=invoice_id)
        return list(_lines_of(invoice, verdict)[offset : offset + limit])


def _lines_of(invoice: Invoice, verdict: str | None) -> QuerySet[InvoiceLine]:
    found = InvoiceLine.objects.filter(invoice=invoice).order_by("pk")
    return found if verdict is None else found.filter(verdict=verdict)


def _agency(key: str) -> Organisation:
    return get_object_or_404(Organisation, key=key, kind=Kind.AGENCY)
