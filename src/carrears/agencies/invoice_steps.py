"""What becomes of an invoice after it was taken in: reconciled anew, then signed off for good.

Payments go on coming in, are reversed and corrected, so what differed may agree later. A second
person signs off what is then owed; from there on nothing of it changes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from carrears.access.models import Organisation, User
from carrears.agencies.invoices import verdict_sums, write_lines
from carrears.agencies.models import Invoice, InvoiceLine
from carrears.agencies.reconciling import Claim
from carrears.casework.services import CaseworkError
from carrears.evidence.services import record

_LINE = (
    "row_no", "loan_no", "payment_no", "paid_on", "amount", "commission", "our_amount",
    "our_commission", "verdict",
)  # fmt: skip


@transaction.atomic
def reconcile_again(pk: int, *, by: User, at: datetime) -> Invoice:
    """Hold an invoice anew against what the ledger says now; its claims stay as they came.

    Raises:
        Invoice.DoesNotExist: there is none.
        CaseworkError: it is signed off.
    """
    invoice = _held(pk)
    lines = list(invoice.lines.filter(row_no__isnull=False).order_by("row_no"))
    before = _verdicts(invoice)
    invoice.lines.all().delete()
    write_lines(invoice, [_claim(one) for one in lines])
    invoice.reconciled_at = at
    invoice.save(update_fields=["reconciled_at"])
    told = {"agency": invoice.agency.key, "number": invoice.number}
    _record(
        "reconciled_again", invoice, told | {"before": before, "verdicts": _verdicts(invoice)},
        by=by, at=at,
    )  # fmt: skip
    return invoice


@transaction.atomic
def sign_off(pk: int, *, by: User, at: datetime) -> Invoice:
    """Say as a second person that this is what came of an invoice; it is not changed any more.

    Raises:
        Invoice.DoesNotExist: there is none.
        CaseworkError: it is signed off, or ``by`` brought it.
    """
    invoice = _held(pk)
    if invoice.brought_by_id == by.pk:
        raise CaseworkError("a second person signs an invoice off")
    invoice.signed_by, invoice.signed_at = by, at
    invoice.save(update_fields=["signed_by", "signed_at"])
    sums = verdict_sums(invoice)
    told = {
        "agency": invoice.agency.key,
        "number": invoice.number,
        "currency": invoice.currency,
        "verdicts": _verdicts(invoice),
        "claimed": sum(one.claimed for one in sums),
        "payable": payable_of(invoice),
        "sha256": _digest(invoice),
    }
    _record("signed_off", invoice, told, by=by, at=at)
    return invoice


def payable_of(invoice: Invoice) -> int:
    """What is owed for the lines that it claims and our ledger knows, in minor units."""
    found = invoice.lines.filter(verdict__in=("agreed", "differs"))
    return int(found.aggregate(sum=Sum("our_commission"))["sum"] or 0)


def _held(pk: int) -> Invoice:
    invoice = Invoice.objects.select_related("agency").get(pk=pk)
    Organisation.objects.select_for_update().get(pk=invoice.agency_id)  # one at a time
    invoice.refresh_from_db(fields=["signed_at"])
    if invoice.signed_at is not None:
        raise CaseworkError("this invoice is signed off")
    return invoice


def _claim(line: InvoiceLine) -> Claim:
    assert line.row_no is not None  # noqa: S101  asked for
    # Lines of before this was kept know only the payment that was found.
    named = line.payment_no if line.told_payment_no is None else line.told_payment_no
    return Claim(
        row_no=line.row_no,
        loan_no=line.loan_no,
        paid_on=line.told_paid_on or line.paid_on,
        amount=line.amount or 0,
        commission=line.commission or 0,
        payment_no=named,
    )


def _verdicts(invoice: Invoice) -> dict[str, int]:
    return dict(Counter(invoice.lines.values_list("verdict", flat=True)))


def _digest(invoice: Invoice) -> str:
    rows = [list(row) for row in invoice.lines.order_by("pk").values_list(*_LINE)]
    return hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()


def _record(
    step: str, invoice: Invoice, told: dict[str, object], *, by: User, at: datetime
) -> None:
    record(
        f"agencies.invoice.{step}",
        subject=f"invoice:{invoice.pk}",
        payload=told,
        actor=by.get_username(),
        key=f"agencies.invoice.{step}:{invoice.pk}:{at.isoformat()}",
        occurred_at=at,
    )
