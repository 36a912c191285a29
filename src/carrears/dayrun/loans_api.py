"""What a loan owes, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja import Router, Schema

from carrears.access.models import User
from carrears.casework.seeing import sees_loan
from carrears.dayrun.loan_ledger import UnknownLoanError, position_of

router = Router(tags=["loans"])
Amounts = dict[str, int]


class InstalmentOut(Schema):
    """One instalment, amounts by part; ``seq`` is null for charges after the schedule."""

    seq: int | None
    due_on: date
    agreed_on: date
    owed: Amounts
    paid: Amounts
    waived: Amounts
    open: int
    last_paid_on: date | None


class EntryOut(Schema):
    """One entry that counted, and the money it moved by part."""

    number: str
    kind: str
    day: date
    amount: int
    moved: Amounts


class PositionOut(Schema):
    """How the loan stands at the end of ``as_of``; ``payoff`` settles it that day."""

    loan_no: str
    product: str
    currency: str
    as_of: date
    known_on: date | None
    dpd: int
    oldest_due_on: date | None
    paused_days: int
    arrears: Amounts
    outstanding: Amounts
    overpaid: int
    payoff: int
    instalments: list[InstalmentOut]
    entries: list[EntryOut]


@router.get("/{loan_no}/ledger", response=PositionOut)
def read_position(
    request: HttpRequest, loan_no: str, on: date, known: date | None = None
) -> dict[str, Any]:
    """What the loan owes on a day, by what was known on another (or now), and its payoff."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied("a user is needed")
    if not sees_loan(user, loan_no):
        raise Http404(f"no loan {loan_no!r} that this user may see")
    try:
        return position_of(loan_no, as_of=on, known_on=known).as_json()
    except UnknownLoanError as error:
        raise Http404(str(error)) from error
