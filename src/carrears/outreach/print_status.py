"""What a print house and the post tell of letters, by file: kept row by row, bad rows aside.

A CSV with the columns ``letter``, ``status`` (printed, posted, delivered, returned), ``on``
(YYYY-MM-DD) and ``reason``, which a return needs. A returned letter takes the address out of use
until somebody confirms it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_noop

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.evidence.services import record
from carrears.outreach.delivery_models import Fate
from carrears.outreach.models import DeliveryState
from carrears.outreach.print_models import PrintedLetter
from carrears.outreach.receipts import Told, take_receipts
from carrears.outreach.said import said_of
from carrears.parties.numbers import RETURNED, mark_number

_FATE_OF = {
    "printed": Fate.UNDER_WAY,
    "posted": Fate.UNDER_WAY,
    "delivered": Fate.DELIVERED,
    "returned": Fate.UNDELIVERED,
}
_COLUMNS = ("letter", "status", "on", "reason")
_LONGEST = 60


class StatusFileError(ValueError):
    """The file is no status file; names what it lacks."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken: its line in the file (the header is 1), the field, and why."""

    line: int
    field: str
    problem: str
    row: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatusRead:
    """What came of a file."""

    taken: int
    known: int
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    letter: PrintedLetter
    status: str
    on: date
    reason: str


def read_status(name: str, raw: bytes, *, by: User | None = None) -> StatusRead:
    """Take in what a file tells; a row twice, or a file twice, is taken once.

    Raises:
        StatusFileError: not UTF-8, or without the columns.
    """
    rows, bad = _parse(name, raw)
    taken = sum(_take(row, by=by) for row in rows)
    return StatusRead(taken, len(rows) - taken, tuple(bad))


def bad_rows_csv(bad: tuple[BadRow, ...]) -> str:
    """The rows that were not taken, as they were, with line, field and problem before them."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("line", "field", "problem", *_COLUMNS))
    table.writerows((one.line, one.field, one.problem, *one.row) for one in bad)
    return out.getvalue()


def _parse(name: str, raw: bytes) -> tuple[list[_Row], list[BadRow]]:
    try:
        lines = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise StatusFileError(f"{name}: {error}") from error
    if missing := [one for one in _COLUMNS if lines and one not in lines[0]]:
        raise StatusFileError(f"{name}: no column {', '.join(missing)}")
    told = [{key: (row.get(key) or "").strip() for key in _COLUMNS} for row in lines]
    known = PrintedLetter.objects.select_related(
        "delivery__attempt__contact_point", "delivery__attempt__case"
    ).in_bulk([row["letter"] for row in told], field_name="number")
    rows, bad = [], []
    for line, row in enumerate(told, 2):
        problem = next(_problems(row, known), None)
        if problem is None:
            letter = known[row["letter"]]
            day = date.fromisoformat(row["on"])
            rows.append(_Row(line, letter, row["status"], day, row["reason"]))
        else:
            bad.append(BadRow(line, *problem, tuple(row.values())))
    return rows, bad


def _problems(row: dict[str, str], known: dict[str, PrintedLetter]) -> Iterator[tuple[str, str]]:
    letter = known.get(row["letter"])
    if letter is None:
        yield "letter", gettext_noop("no letter has this number")
    elif letter.file_id is None or letter.delivery.state == DeliveryState.HANDED:
        yield "letter", gettext_noop("this letter was not given to print")
    if row["status"] not in _FATE_OF:
        yield "status", gettext_noop("none of printed, posted, delivered, returned")
    try:
        if date.fromisoformat(row["on"]) > now().date():
            yield "on", gettext_noop("a day to come")
    except ValueError:
        yield "on", gettext_noop("no day as YYYY-MM-DD")
    if row["status"] == "returned" and not row["reason"]:
        yield "reason", gettext_noop("a return needs its reason")
    if len(row["reason"]) > _LONGEST:
        yield "reason", gettext_noop("longer than 60 characters")


@transaction.atomic
def _take(row: _Row, *, by: User | None) -> bool:
    """One row, its evidence and what follows from it; False where it was known."""
    number, delivery = row.letter.number, row.letter.delivery
    PrintedLetter.objects.select_for_update().get(pk=row.letter.pk)
    key = f"letter:{number}:{row.status}:{row.on}"
    if Entry.objects.filter(key=key).exists():
        return False
    reason = said_of(delivery.attempt, row.reason)
    words = f"{row.status} {row.on} {reason}".strip()
    take_receipts(delivery.gateway, [Told(number, _FATE_OF[row.status], words)])
    point = delivery.attempt.contact_point_id
    if row.status == "returned" and point is not None:
        mark_number(point, why=RETURNED, by=by, at=now())
    return record(
        f"letter.{row.status}",
        subject=delivery.attempt.case.loan_no,
        key=key,
        actor=by.get_username() if by else "",
        occurred_at=now(),
        payload={"letter": number, "on": row.on.isoformat(), "reason": reason},
    )
