"""Read an agency's invoice from CSV: pure. Rows that cannot be read are told, not lost."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date

from carrears.agencies.reconciling import Claim
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


class InvoiceFileError(ValueError):
    """A file that is no invoice; the message names the file, and row and column where it can."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be read: which fields are wrong and why, and the row as it came."""

    row_no: int
    errors: tuple[tuple[str, str], ...]
    raw: str


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """What a file claims, and the rows that were kept aside. Row 1 is the header."""

    claims: tuple[Claim, ...]
    rejects: tuple[Reject, ...]


def read_invoice(content: bytes, *, name: str, currency: str) -> InvoiceFile:
    """The lines of an invoice in UTF-8 or GB 18030; amounts are major units of ``currency``.

    Raises:
        InvoiceFileError: not a text, a column that is lacking, or too many rows.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise InvoiceFileError(f"{name}: neither UTF-8 nor GB 18030") from error
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise InvoiceFileError(f"{name}: no CSV: {error}") from error
    if len(rows) > _MOST_ROWS:
        raise InvoiceFileError(f"{name}: more than {_MOST_ROWS} rows")
    places = _places(rows[0] if rows else [], name)
    claims: list[Claim] = []
    rejects: list[Reject] = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        told = {
            field: row[place].strip() if place < len(row) else "" for field, place in places.items()
        }
        claim, errors = _claim(told, number, currency)
        if claim is None:
            rejects.append(Reject(number, tuple(errors.items()), _line(row)))
        else:
            claims.append(claim)
    return InvoiceFile(tuple(claims), tuple(rejects))


def _places(header: list[str], name: str) -> dict[str, int]:
    titles = [cell.strip() for cell in header]
    places = {
        field: titles.index(title)
        for field, known in COLUMNS.items()
        for title in known
        if title in titles
    }
    if lacking := [field for field in _REQUIRED if field not in places]:
        raise InvoiceFileError(f"{name}: row 1: no column {lacking[0]!r}")
    return places


def _claim(told: dict[str, str], number: int, currency: str) -> tuple[Claim | None, dict[str, str]]:
    errors: dict[str, str] = {}
    if not told["loan_no"] or len(told["loan_no"]) > 64:  # noqa: PLR2004  as the database has it
        errors["loan_no"] = "no loan number"
    paid_on = None
    try:
        paid_on = date.fromisoformat(told["paid_on"].replace("/", "-"))
    except ValueError:
        errors["paid_on"] = f"{told['paid_on'][:40]!r} is no day (2026-11-30)"
    amounts: dict[str, int] = {}
    for field in ("amount", "commission"):
        try:
            amounts[field] = _minor(told[field], currency)
        except MoneyError as error:
            errors[field] = str(error)[:120]
    if len(told.get("payment_no", "")) > 128:  # noqa: PLR2004  as the database has it
        errors["payment_no"] = "too long"
    if errors or paid_on is None:
        return None, errors
    return Claim(
        row_no=number,
        loan_no=told["loan_no"],
        paid_on=paid_on,
        payment_no=told.get("payment_no", ""),
        **amounts,
    ), errors


def _minor(text: str, currency: str) -> int:
    minor = to_minor(text.replace(",", "")[:40], currency)
    if abs(minor) > 10**15:
        raise MoneyError(f"{text[:40]!r} is too large")
    return minor


def _line(row: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(row)
    return out.getvalue().rstrip("\r\n")[:4000]
