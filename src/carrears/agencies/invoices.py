"""Take an agency's invoice in, and hold it line by line against what we owe."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Sum

from carrears.access.models import Kind, Organisation, User
from carrears.agencies.invoice_files import InvoiceFile, read_invoice
from carrears.agencies.models import Invoice, InvoiceLine, InvoiceReject
from carrears.agencies.reconciling import Claim, Finding, Verdict, reconcile
from carrears.agencies.statements import statement
from carrears.casework.services import CaseworkError
from carrears.evidence.services import record
from carrears.money import MoneyError, exponent
from carrears.parties.services import seal_for_house


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictSum:
    """The lines of a verdict: how many, what they claim and what we owe for them; minor units."""

    verdict: str
    lines: int
    claimed: int
    ours: int


def verdict_sums(invoice: Invoice) -> list[VerdictSum]:
    """What came of an invoice, by verdict. What was claimed twice is not owed again."""
    rows = invoice.lines.order_by().values_list("verdict")
    told = rows.annotate(many=Count("pk"), claimed=Sum("commission"), ours=Sum("our_commission"))
    by_verdict = {
        verdict: VerdictSum(
            verdict=verdict,
            lines=many,
            claimed=int(claimed or 0),
            ours=0 if verdict == Verdict.TWICE else int(ours or 0),
        )
        for verdict, many, claimed, ours in told
    }
    return [by_verdict[one] for one in Verdict if one in by_verdict]


@transaction.atomic
def take_invoice(
    content: bytes,
    *,
    agency: Organisation,
    number: str,
    first: date,
    last: date,
    currency: str,
    file_name: str,
    by: User | None,
    at: datetime,
) -> Invoice:
    """Read and reconcile an invoice; the rows that cannot be read are kept aside.

    Raises:
        CaseworkError: no agency, no number or one that came before, a currency that is none, or a
            period that ends before it begins.
        RowFileError: a file that is no invoice.
    """
    number = number.strip()[:64]
    if agency.kind != Kind.AGENCY:
        raise CaseworkError("an invoice is an agency's")
    if not number:
        raise CaseworkError("an invoice has a number")
    try:
        exponent(currency)
    except MoneyError as error:
        raise CaseworkError("no such currency") from error
    if last < first:
        raise CaseworkError("a period cannot end before it begins")
    Organisation.objects.select_for_update().get(pk=agency.pk)  # one at a time of an agency
    if Invoice.objects.filter(agency=agency, number=number).exists():
        raise CaseworkError("this invoice came before")
    told = read_invoice(content, name=file_name, currency=currency)
    invoice = Invoice.objects.create(
        agency=agency,
        number=number,
        first_on=first,
        last_on=last,
        currency=currency,
        file_name=file_name[:255],
        brought_by=by,
        brought_at=at,
    )
    write_lines(invoice, told.claims)
    _keep_rejects(invoice, told)
    _record(invoice, content, told, by=by, at=at)
    return invoice


def write_lines(invoice: Invoice, claims: Iterable[Claim]) -> None:
    """Hold claims against what we owe now, and write down what came of each.

    Part of the caller's transaction.
    """
    lines = statement(invoice.agency, first=invoice.first_on, last=invoice.last_on)
    claimed = InvoiceLine.objects.filter(
        invoice__agency=invoice.agency, verdict__in=(Verdict.AGREED, Verdict.DIFFERS)
    )
    found = reconcile(
        [one for one in lines if one.currency == invoice.currency],
        claims,
        claimed_before=set(claimed.values_list("loan_no", "payment_no")),
    )
    InvoiceLine.objects.bulk_create((_line(invoice, one) for one in found), batch_size=1000)


def _keep_rejects(invoice: Invoice, told: InvoiceFile) -> None:
    InvoiceReject.objects.bulk_create(
        InvoiceReject(
            invoice=invoice,
            row_no=one.row_no,
            errors=[fault.as_list() for fault in one.faults],
            raw_sealed=seal_for_house(InvoiceReject.SEALED_AS, one.raw),
        )
        for one in told.rejects
    )


def _line(invoice: Invoice, found: Finding) -> InvoiceLine:
    claim, ours = found.claim, found.ours
    about = claim or ours
    assert about is not None  # noqa: S101  one of the two is there
    return InvoiceLine(
        invoice=invoice,
        row_no=claim.row_no if claim else None,
        loan_no=about.loan_no,
        payment_no=ours.payment_no if ours else claim.payment_no if claim else "",
        paid_on=about.paid_on,
        amount=claim.amount if claim else None,
        commission=claim.commission if claim else None,
        our_amount=ours.amount if ours else None,
        our_commission=ours.commission if ours else None,
        verdict=found.verdict,
        told_payment_no=claim.payment_no if claim else None,
        told_paid_on=claim.paid_on if claim else None,
    )


def _record(
    invoice: Invoice, content: bytes, told: InvoiceFile, *, by: User | None, at: datetime
) -> None:
    verdicts: dict[str, int] = {}
    for verdict in invoice.lines.values_list("verdict", flat=True):
        verdicts[verdict] = verdicts.get(verdict, 0) + 1
    record(
        "agencies.invoice.reconciled",
        subject=f"invoice:{invoice.pk}",
        payload={
            "agency": invoice.agency.key,
            "number": invoice.number,
            "first_on": invoice.first_on.isoformat(),
            "last_on": invoice.last_on.isoformat(),
            "currency": invoice.currency,
            "sha256": hashlib.sha256(content).hexdigest(),
            "verdicts": verdicts,
            "rejected": len(told.rejects),
        },
        actor=by.get_username() if by else "",
        key=f"agencies.invoice.reconciled:{invoice.pk}",
        occurred_at=at,
    )
