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
from carrears.dayrun.statements import statement_of
from carrears.delinquency.reckoning.statement_json import statement_json

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


class PortionOut(Schema):
    """What an entry changed of one part of an instalment (``column``: owed, paid, waived)."""

    seq: int | None
    due_on: date
    timing: str
    part: str
    column: str
    amount: int


class ChangeOut(PortionOut):
    """The same, seen from the instalment."""

    entry: str
    day: date | None = None


class ExactOut(Schema):
    """Exact interest in minor units: a fraction, and six decimals of it for the eye."""

    exact: str
    decimals: str


class BorneOut(ExactOut):
    """Exact interest on ``base``."""

    base: int


class RunOut(Schema):
    """Days that bore the same: base × rate × days / days of the year."""

    start: date
    until: date
    days: int
    paused: int
    rate: str
    year_days: int
    penalty: BorneOut | None = None
    compound: BorneOut | None = None


class AskedOut(Schema):
    """What the instalment adds to the payoff; interest by ``days`` of ``of_days``.

    ``given_back`` is what was paid of its interest beyond what is ``earned``, and comes off.
    """

    rest: int
    interest: int
    earned: int
    given_back: int
    days: int
    of_days: int


class StatementInstalmentOut(InstalmentOut):
    """One instalment, and what its figures are made of."""

    days: int
    scheduled: Amounts
    changes: list[ChangeOut]
    paid_by: list[ChangeOut]
    interest_runs: list[RunOut]
    interest_in_grace: list[RunOut]
    accrued: dict[str, ExactOut]
    payoff: AskedOut


class MovedOut(Schema):
    """The due date of an instalment before and after an entry moved it."""

    seq: int | None
    was: date
    now: date


class StatementEntryOut(EntryOut):
    """One entry, what the book told of it, and each portion that it moved, in order.

    ``used`` is what of a refund or waiver there was something for, ``until`` the end of a pause.
    """

    told: int
    left: int
    used: int | None
    until: date | None
    due_moved: MovedOut | None
    portions: list[PortionOut]


class AllocationOut(Schema):
    """Which part of which instalment money pays first."""

    style: str
    order: list[str]
    advance: str


class TermsOut(Schema):
    """The terms that the figures follow."""

    contract_rate: str
    surcharge: str | None
    penalty_rate: str
    year_days: int
    compound: bool
    penalty_grace_days: int
    penalty_grace_counts: str
    pause_stops_penalty: bool
    charge_off_stops_penalty: bool
    grace_days: int
    grace_counts: str
    allocation: AllocationOut
    payoff_interest: str
    payoff_unearned: str
    rounding: str


class TakenBackOut(Schema):
    """Money that was taken back."""

    number: str
    day: date
    amount: int


class StatementOut(PositionOut):
    """The position with all that is needed to work it out again by hand."""

    terms: TermsOut
    instalments: list[StatementInstalmentOut]  # type: ignore[assignment]  # more of each
    entries: list[StatementEntryOut]  # type: ignore[assignment]  # more of each
    taken_back: list[TakenBackOut]


@router.get("/{loan_no}/ledger", response=PositionOut)
def read_position(
    request: HttpRequest, loan_no: str, on: date, known: date | None = None
) -> dict[str, Any]:
    """What the loan owes on a day, by what was known on another (or now), and its payoff."""
    _insist_on_sight(request, loan_no)
    try:
        return position_of(loan_no, as_of=on, known_on=known).as_json()
    except UnknownLoanError as error:
        raise Http404(str(error)) from error


@router.get("/{loan_no}/statement", response=StatementOut)
def read_statement(
    request: HttpRequest, loan_no: str, on: date, known: date | None = None
) -> dict[str, Any]:
    """What the loan owes on a day, with every rate, base, day count and portion behind it."""
    _insist_on_sight(request, loan_no)
    try:
        return statement_json(statement_of(loan_no, as_of=on, known_on=known))
    except UnknownLoanError as error:
        raise Http404(str(error)) from error


def _insist_on_sight(request: HttpRequest, loan_no: str) -> None:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied("a user is needed")
    if not sees_loan(user, loan_no):
        raise Http404(f"no loan {loan_no!r} that this user may see")
