"""What agencies are owed, as the screens show it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from babel.numbers import format_percent
from django.db.models import Count, Q, QuerySet
from django.http import Http404, QueryDict

from carrears.access.models import Organisation
from carrears.agencies.commission import CommissionLine
from carrears.agencies.explaining import explain_all
from carrears.agencies.invoice_steps import payable_of
from carrears.agencies.invoices import verdict_sums
from carrears.agencies.models import Invoice, InvoiceLine
from carrears.agencies.statements import statement, totals
from carrears.analytics.sheets import Share
from carrears.money import Money
from carrears.workbench.queries.language import locale_tag
from carrears.workbench.queries.listing import Listing
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.settlements import (
    InvoiceLineRow,
    InvoicePage,
    InvoiceRow,
    StatementPage,
    StatementRow,
    VerdictRow,
)

_SHOWN = 20
_STATEMENT_HEAD = (
    "paid_on", "loan_no", "payment_no", "batch", "currency", "amount", "rate", "commission", "tail",
)  # fmt: skip
_INVOICE_HEAD = (
    "row_no", "verdict", "loan_no", "paid_on", "payment_no", "amount", "commission", "our_amount",
    "our_commission",
)  # fmt: skip


def statement_page(
    agency: Organisation, first: date, last: date, params: QueryDict
) -> StatementPage:
    """What an agency is owed for a period."""
    lines = statement(agency, first=first, last=last)
    pager = make_pager(params, total=len(lines))
    return StatementPage(
        totals=tuple(
            (Money(one.amount, one.currency), Money(one.commission, one.currency), one.lines)
            for one in totals(lines)
        ),
        rows=tuple(map(_statement_row, lines[rows_of(pager)])),
        pager=pager,
        query=pager.query,
    )


def _statement_row(one: CommissionLine) -> StatementRow:
    return StatementRow(
        paid_on=one.paid_on,
        loan_no=one.loan_no,
        payment_no=one.payment_no,
        batch=one.batch,
        amount=Money(one.amount, one.currency),
        rate=format_percent(one.rate, "0.####%", locale=locale_tag().replace("-", "_")),
        commission=Money(one.commission, one.currency),
        is_tail=one.is_tail,
    )


def statement_list(agency: Organisation, first: date, last: date) -> Listing:
    """The same as a file, amounts in major units."""
    rows = (
        (one.paid_on, one.loan_no, one.payment_no, one.batch, one.currency,
         Money(one.amount, one.currency), Share(one.rate), Money(one.commission, one.currency),
         int(one.is_tail))
        for one in statement(agency, first=first, last=last)
    )  # fmt: skip
    name = f"statement-{agency.key}-{first}-{last}"
    return Listing(name, _STATEMENT_HEAD, rows, in_major=True)


def invoice_list(pk: int, *, of: Organisation | None = None) -> Listing:
    """The lines of an invoice as a file, amounts in major units.

    Raises:
        Http404: there is none.
    """
    invoice = _invoice(pk, of)

    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, invoice.currency)

    rows = (
        (one.row_no, one.verdict, one.loan_no, one.paid_on, one.payment_no, money(one.amount),
         money(one.commission), money(one.our_amount), money(one.our_commission))
        for one in InvoiceLine.objects.filter(invoice=invoice).order_by("pk").iterator()
    )  # fmt: skip
    return Listing(f"invoice-{pk}", _INVOICE_HEAD, rows, in_major=True)


def invoice_rows(*, of: Organisation | None = None) -> tuple[InvoiceRow, ...]:
    """The invoices of late, the newest first; of one agency where it is named."""
    found = _invoices() if of is None else _invoices().filter(agency=of)
    return tuple(_row(one) for one in found[:_SHOWN])


def invoice_page(pk: int, params: QueryDict, *, of: Organisation | None = None) -> InvoicePage:
    """One invoice with what came of it; ``of`` an agency no other's is there.

    Raises:
        Http404: there is none.
    """
    invoice = _invoice(pk, of)
    sums, currency = verdict_sums(invoice), invoice.currency
    chosen = params.get("only", "")
    lines = InvoiceLine.objects.filter(invoice=invoice).order_by("pk")
    if chosen:
        lines = lines.filter(verdict=chosen)
    pager = make_pager(params, total=lines.count())
    return InvoicePage(
        row=_row(invoice),
        file_name=invoice.file_name,
        verdicts=tuple(
            VerdictRow(
                verdict=one.verdict,
                lines=one.lines,
                claimed=Money(one.claimed, currency),
                ours=Money(one.ours, currency),
            )
            for one in sums
        ),
        claimed=Money(sum(one.claimed for one in sums), currency),
        ours=Money(sum(one.ours for one in sums), currency),
        lines=_lines(lines[rows_of(pager)], currency),
        pager=pager,
        chosen=chosen,
        rejects=tuple((one.row_no, explain_all(one.errors)) for one in invoice.rejects.all()[:200]),
        payable=Money(payable_of(invoice), currency),
        reconciled_at=invoice.reconciled_at or invoice.brought_at,
        signed_by=str(invoice.signed_by or ""),
        signed_at=invoice.signed_at,
    )


def _lines(found: Iterable[InvoiceLine], currency: str) -> tuple[InvoiceLineRow, ...]:
    def money(minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, currency)

    return tuple(
        InvoiceLineRow(
            row_no=one.row_no,
            loan_no=one.loan_no,
            payment_no=one.payment_no,
            paid_on=one.paid_on,
            verdict=one.verdict,
            claimed=money(one.commission),
            ours=money(one.our_commission),
            differs_by=money(one.commission - one.our_commission)
            if one.commission is not None and one.our_commission is not None
            else None,
        )
        for one in found
    )


def _invoices() -> QuerySet[Invoice, Any]:
    return Invoice.objects.select_related("agency", "signed_by").annotate(
        many=Count("lines", distinct=True),
        not_agreed=Count("lines", filter=~Q(lines__verdict="agreed"), distinct=True),
        rejected=Count("rejects", distinct=True),
    )


def _invoice(pk: int, of: Organisation | None) -> Any:
    mine = _invoices() if of is None else _invoices().filter(agency=of)
    found = mine.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _row(one: Any) -> InvoiceRow:
    return InvoiceRow(
        pk=one.pk,
        agency=one.agency.name,
        number=one.number,
        first_on=one.first_on,
        last_on=one.last_on,
        brought_at=one.brought_at,
        lines=one.many,
        open_lines=one.not_agreed,
        rejects=one.rejected,
    )
