"""Read an agency's invoice from CSV: pure. Rows that cannot be read are told, not lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from carrears.agencies.reconciling import Claim
from carrears.agencies.row_files import NO_LOAN, TOO_LONG, Fault, Reject, read_rows
from carrears.money import MoneyError, to_minor

# The column names that are understood; the first is the documented one.
COLUMNS: dict[str, tuple[str, ...]] = {
    "loan_no": ("loan_no", "贷款编号", "合同号"),
    "paid_on": ("paid_on", "还款日", "还款日期"),
    "amount": ("amount", "还款金额"),
    "commission": ("commission", "佣金", "服务费"),
    "payment_no": ("payment_no", "流水号"),
}
_REQUIRED = ("loan_no", "paid_on", "amount", "commission")
_MOST_ROWS = 100_000
NO_DAY = "“%(told)s” is no day (2026-11-30)"
NO_AMOUNT = "“%(told)s” is no amount in major units of this currency"
TOO_LARGE = "“%(told)s” is too large"


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """What a file claims, and the rows that were kept aside. Row 1 is the header."""

    claims: tuple[Claim, ...]
    rejects: tuple[Reject, ...]


def read_invoice(content: bytes, *, name: str, currency: str) -> InvoiceFile:
    """The lines of an invoice in UTF-8 or GB 18030; amounts are major units of ``currency``.

    Raises:
        RowFileError: not a text, a column that is lacking, or too many rows.
    """
    claims: list[Claim] = []
    rejects: list[Reject] = []
    rows = read_rows(content, name=name, columns=COLUMNS, required=_REQUIRED, most=_MOST_ROWS)
    for row in rows:
        claim, faults = _claim(row.told, row.row_no, currency)
        if claim is None:
            rejects.append(Reject(row.row_no, tuple(faults), row.raw))
        else:
            claims.append(claim)
    return InvoiceFile(tuple(claims), tuple(rejects))


def _claim(told: Mapping[str, str], number: int, currency: str) -> tuple[Claim | None, list[Fault]]:
    faults: list[Fault] = []
    if not told["loan_no"] or len(told["loan_no"]) > 64:  # noqa: PLR2004  as the database has it
        faults.append(Fault("loan_no", NO_LOAN))
    paid_on = None
    try:
        paid_on = date.fromisoformat(told["paid_on"].replace("/", "-"))
    except ValueError:
        faults.append(Fault("paid_on", NO_DAY, told["paid_on"][:40]))
    amounts: dict[str, int] = {}
    for field in ("amount", "commission"):
        amount = _minor(told[field], currency)
        if isinstance(amount, str):
            faults.append(Fault(field, amount, told[field][:40]))
        else:
            amounts[field] = amount
    if len(told.get("payment_no", "")) > 128:  # noqa: PLR2004  as the database has it
        faults.append(Fault("payment_no", TOO_LONG))
    if faults or paid_on is None:
        return None, faults
    return Claim(
        row_no=number,
        loan_no=told["loan_no"],
        paid_on=paid_on,
        payment_no=told.get("payment_no", ""),
        **amounts,
    ), faults


def _minor(text: str, currency: str) -> int | str:
    """The amount, or why it is none."""
    try:
        minor = to_minor(text.replace(",", "")[:40], currency)
    except MoneyError:
        return NO_AMOUNT
    return TOO_LARGE if abs(minor) > 10**15 else minor
