"""What an event leaves on record before the loan is decided again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from carrears.casework.holds import HoldWanted, place_holds
from carrears.casework.models import Case, CaseState, Hold, HoldReason
from carrears.casework.services import Line, tell_many
from carrears.clock import now
from carrears.conduct.complaints import ComplaintWanted, register_complaints
from carrears.conduct.disputes import BareLoan, DisputeWanted, LoanWanted, raise_dispute
from carrears.conduct.services import ConductError
from carrears.inbox import kinds
from carrears.inbox.models import Event
from carrears.parties.models import LoanParty, Party
from carrears.parties.services import change_phone
from carrears.portfolio.received import (
    EventTold,
    PaymentTold,
    receive_events,
    receive_payments,
)

_HOLDS: dict[type[kinds.Happening], HoldReason] = {kinds.Hardship: HoldReason.HARDSHIP}
_NOTHING_TO_HOLD = "nothing is collected on this loan"


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that was understood: what it says, when it counts, for which case.

    ``jurisdiction`` is by whose law the loan is collected, ``currency`` that of the loan.
    """

    event: Event
    said: kinds.Happening
    day: date
    at: datetime
    case: Case | None
    jurisdiction: str
    currency: str


def keep_effects(happened: Sequence[Happened]) -> dict[int, str]:
    """Keep what these events say; returns why some were refused, by the event's number.

    A refused event leaves nothing behind.
    """
    refused = _keep_payments(happened) | _refuse_holds(happened)
    refused |= _raise_disputes(one for one in happened if one.event.pk not in refused)
    kept = [one for one in happened if one.event.pk not in refused]
    receive_events([told for one in kept for told in _told(one)])
    for one in kept:
        if isinstance(one.said, kinds.PhoneChanged):
            change_phone(one.event.loan_no, one.said.phone, source="debtor")
    _hold_cases(kept)
    register_complaints([wanted for one in kept if (wanted := _complaint(one)) is not None])
    tell_many(line for one in kept for line in _lines(one))
    return refused


def _keep_payments(happened: Iterable[Happened]) -> dict[int, str]:
    told = {one.event.pk: money for one in happened if (money := _money(one)) is not None}
    kept = receive_payments(list(told.values()))
    return {
        pk: f"the idempotency key {money.key!r} was used for another payment"
        for pk, money in told.items()
        if kept[money.key] is None
    }


def _money(one: Happened) -> PaymentTold | None:
    if not isinstance(one.said, kinds.Payment | kinds.PaymentReversed):
        return None
    sign = 1 if isinstance(one.said, kinds.Payment) else -1
    return PaymentTold(
        loan_no=one.event.loan_no,
        amount=sign * one.said.amount,
        currency=one.said.currency,
        paid_on=one.day,
        key=one.event.key,
        source=one.event.source,
    )


def _told(one: Happened) -> Iterable[EventTold]:
    """What the book's own table of events learns of it."""
    kind, amount = "", None
    if isinstance(one.said, kinds.BureauChange):
        kind, amount = "bureau_change", one.said.bureau_score
    elif isinstance(one.said, kinds.DeviceAlarm):
        kind = f"device_{one.said.alarm}"
    elif isinstance(one.said, kinds.PhoneChanged):
        kind = "phone_changed"
    elif isinstance(one.said, kinds.PaymentReversed) and one.said.returned_debit:
        kind = "returned_debit"
    if kind:
        yield EventTold(
            loan_no=one.event.loan_no,
            kind=kind,
            happened_on=one.day,
            amount=amount,
            key=one.event.key,
            source=one.event.source,
        )


def holds_bare(one: Happened) -> bool:
    """Whether it stops collection of a loan that has no case."""
    return type(one.said) in _HOLDS and one.case is None


def hold_loans(happened: Iterable[Happened]) -> dict[int, str]:
    """Hold those who told of hardship while their loans had no case, on the files they have now.

    Returns, by the event, of which loans there is none: nothing is collected on them.
    """
    bare = [one for one in happened if holds_bare(one)]
    live = Case.objects.filter(loan_no__in=[one.event.loan_no for one in bare])
    live = live.exclude(state=CaseState.CLOSED).order_by("-state")  # open overwrites watch
    files = {case.loan_no: case for case in live} if bare else {}
    found = [replace(one, case=files.get(one.event.loan_no)) for one in bare]
    held = [one for one in found if one.case is not None]
    _hold_cases(held)
    tell_many(line for one in held for line in _lines(one))
    return {one.event.pk: _NOTHING_TO_HOLD for one in found if one.case is None}


def _refuse_holds(happened: Iterable[Happened]) -> dict[int, str]:
    """What would end before it begins."""
    return {
        one.event.pk: "a hold cannot end before it begins"
        for one in happened
        if type(one.said) in _HOLDS and (getattr(one.said, "until_on", None) or one.day) < one.day
    }


def _hold_cases(happened: Iterable[Happened]) -> None:
    """Stop collection where that was told, unless it is stopped for the same reason already."""
    wanted = [
        HoldWanted(
            case=one.case,
            reason=_HOLDS[type(one.said)],
            from_on=one.day,
            until_on=getattr(one.said, "until_on", None),
            by=None,
            at=one.at,
        )
        for one in happened
        if type(one.said) in _HOLDS and one.case is not None
    ]
    if wanted:
        held = Hold.objects.filter(case__in=[one.case for one in wanted], lifted_on=None)
        known = set(held.values_list("case_id", "reason"))
        place_holds([one for one in wanted if (one.case.pk, one.reason) not in known])


def _raise_disputes(happened: Iterable[Happened]) -> dict[int, str]:
    """Raise what is disputed, as a person would; returns what is no dispute, by the event."""
    refused: dict[int, str] = {}
    for one in happened:
        if isinstance(one.said, kinds.Dispute):
            try:
                raise_dispute(_dispute(one, one.said))
            except ConductError as error:
                refused[one.event.pk] = str(error)
    return refused


def _dispute(one: Happened, said: kinds.Dispute) -> DisputeWanted:
    moment = min(one.event.happened_at, now())
    return DisputeWanted(
        key=f"event:{one.event.key}",
        kind=said.dispute,
        loans=[LoanWanted(loan=one.case or _without_case(one), amount=said.amount)],
        channel=said.channel,
        text=said.text or f"{one.event.source} {one.event.key}",  # where its words are
        received_at=moment,
        at=moment,
    )


def _without_case(one: Happened) -> Case | BareLoan:
    """The loan as its last case has it, or as the book does: it is not behind (any more)."""
    loan_no = one.event.loan_no
    last = Case.objects.filter(loan_no=loan_no).select_related("party").order_by("pk").last()
    return last or BareLoan(
        loan_no=loan_no,
        currency=one.currency,
        jurisdiction=one.jurisdiction,
        party=_borrower(loan_no),
    )


def _complaint(one: Happened) -> ComplaintWanted | None:
    """A complaint for the register; without a case it is about the loan alone."""
    if not isinstance(one.said, kinds.Complaint):
        return None
    return ComplaintWanted(
        key=f"event:{one.event.key}",
        category=one.said.category,
        channel=one.said.channel,
        text=one.said.text or "",
        reference=one.said.reference or one.event.key[:64],
        received_at=one.event.happened_at,
        case=one.case,
        hold_from=one.day,
        loan_no=one.event.loan_no,
        party=one.case.party if one.case else _borrower(one.event.loan_no),
        jurisdiction=one.jurisdiction,
        agency=one.said.agency,
        at=one.at,
    )


def _borrower(loan_no: str) -> Party | None:
    links = LoanParty.objects.filter(loan_no=loan_no, role="obligor").select_related("party")
    link = links.order_by("pk").first()
    return link.party if link else None


def _lines(one: Happened) -> Iterable[Line]:
    """The lines of the case's timeline; a hold and a dispute have written their own."""
    if one.case is None or one.case.state == CaseState.CLOSED:
        return
    if (line := _line(one.said, one.day)) is not None:
        kind, data = line
        yield Line(case=one.case, kind=kind, at=one.at, data=data, key=f"event:{one.event.key}")


def _line(said: kinds.Happening, day: date) -> tuple[str, dict[str, Any]] | None:
    line: tuple[str, dict[str, Any]] | None = None
    match said:
        case kinds.Payment():
            line = "payment", _paid(said.amount, said.currency, day)
        case kinds.PaymentReversed():
            line = "reversal", _paid(-said.amount, said.currency, day)
        case kinds.BureauChange():
            line = "bureau_change", {"bureau_score": said.bureau_score}
        case kinds.DeviceAlarm():
            line = "device_alarm", {"alarm": said.alarm, "device_no": said.device_no}
        case kinds.PhoneChanged():
            line = "phone_changed", {}
        case kinds.Hardship() if said.text:
            line = "note", _words(said.text)
    return line


def _paid(amount: int, currency: str, day: date) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "paid_on": day.isoformat()}


def _words(text: str | None) -> dict[str, Any]:
    return {"text": text} if text else {}
