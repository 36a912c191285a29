"""Raise disputes (争议): each stops collection of its loans at once and starts its time limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.casework.models import Case, CaseState, Hold, HoldReason
from carrears.casework.services import Line, tell_many
from carrears.clock import local_day, now
from carrears.conduct.complaint_models import ComplaintChannel
from carrears.conduct.dispute_kinds import load_dispute_kinds
from carrears.conduct.dispute_models import (
    Dispute,
    DisputedLoan,
    DisputeState,
)
from carrears.conduct.dispute_terms import Limit, load_dispute_terms
from carrears.conduct.matter_notices import tell_assigned
from carrears.conduct.matters import (
    Stop,
    Written,
    deadline_by,
    first_due,
    hold_for,
    on_case,
    open_under,
    seal_under,
    take_keys,
    write_steps,
)
from carrears.conduct.services import ConductError
from carrears.database.bulk import insert_rows
from carrears.database.wall import as_house
from carrears.parties.models import Party

_FIELD = "dispute"  # under which the words are sealed
LIMITS: tuple[Limit, ...] = ("acknowledge", "answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class BareLoan:
    """A loan of which there is no case: what of it a dispute needs."""

    loan_no: str
    currency: str
    jurisdiction: str
    party: Party | None  # who owes it, where he is on record
    obligor_no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanWanted:
    """A loan that is disputed: ``amount`` in minor units of its currency; None: all.

    Told as its case, or by itself where there is none.
    """

    loan: Case | BareLoan
    amount: int | None = None

    @property
    def case(self) -> Case | None:
        """The loan's case."""
        return self.loan if isinstance(self.loan, Case) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeWanted:
    """A dispute to raise; the same ``key`` is raised once.

    ``received_at`` is the true moment it came in, from which the time limits run. ``reply`` names
    the line of the timeline on which the borrower wrote it.
    """

    key: str
    kind: str
    loans: Sequence[LoanWanted]
    channel: str
    text: str
    received_at: datetime
    at: datetime
    reply: int | None = None
    assigned_to: User | None = None
    by: User | None = None


@as_house()
@transaction.atomic
def raise_dispute(wanted: DisputeWanted) -> Dispute:
    """Raise a dispute; a key that is known changes nothing.

    Every open case among its loans is held (停催) for it, unless it is held for a dispute already:
    the gate lets no contact go, what was planned is cancelled, nobody is placed with an agency.
    Of a loan without one the gate lets no contact go either, and a case that opens is held then.

    Raises:
        ConductError: an unknown word, no loan, one twice or of another borrower, no words, an
            amount that is lacking or not to be told, a receipt that is still to come, or a key that
            stands for another dispute.
    """
    _refuse(wanted)
    take_keys([wanted.key])
    known = Dispute.objects.filter(key=wanted.key).select_related("party", "case").first()
    if known is not None:
        if not _is_same(known, wanted):
            raise ConductError(f"the idempotency key {wanted.key!r} was used for another dispute")
        return known
    holds = hold_for(
        (
            Stop(case=case, by=wanted.by, **on_case(case, moment=wanted.at))
            for case in _cases(wanted)
        ),
        HoldReason.DISPUTE,
    )
    dispute = _dispute(wanted)
    dispute.save(force_insert=True)
    insert_rows([_loan(dispute, one, holds) for one in wanted.loans])
    _tell(dispute, wanted)
    if wanted.assigned_to is not None:
        tell_assigned(dispute, by=wanted.by)
    return dispute


def _cases(wanted: DisputeWanted) -> list[Case]:
    return [one.case for one in wanted.loans if one.case is not None]


def _refuse(wanted: DisputeWanted) -> None:
    day = local_day(wanted.received_at, settings.TIME_ZONE)
    kinds = load_dispute_kinds(Path(settings.CARREARS_HOME), on=day)
    kind = kinds.find(wanted.kind)
    if kind is None:
        names = ", ".join(one.code for one in kinds.kinds)
        raise ConductError(f"{wanted.kind!r} is none of {names}")
    if wanted.channel not in ComplaintChannel.values:
        raise ConductError(f"{wanted.channel!r} is none of {', '.join(ComplaintChannel.values)}")
    if not wanted.text.strip():
        raise ConductError("what is disputed is needed in words")
    if wanted.received_at > now():
        raise ConductError("a dispute cannot be received in time to come")
    _refuse_loans(wanted.loans)
    amounts = [one.amount for one in wanted.loans]
    if kind.amount == "needed" and None in amounts:
        raise ConductError("how much of each loan is disputed is needed")
    if kind.amount == "none" and any(amount is not None for amount in amounts):
        raise ConductError("such a dispute is of all that is owed")


def _refuse_loans(loans: Sequence[LoanWanted]) -> None:
    if not loans:
        raise ConductError("a dispute names a loan")
    if len({one.loan.loan_no for one in loans}) < len(loans):
        raise ConductError("a dispute names a loan once")
    # Of a loan without a number of its borrower nobody knows whose else it is.
    if len({one.loan.obligor_no or one.loan.loan_no for one in loans}) > 1:
        raise ConductError("a dispute is of the loans of one borrower")
    if any(one.amount is not None and one.amount <= 0 for one in loans):
        raise ConductError("a disputed amount is above zero")


def _is_same(known: Dispute, wanted: DisputeWanted) -> bool:
    loans = {(one.loan_no, one.amount) for one in known.loans.all()}
    told = {(one.loan.loan_no, one.amount) for one in wanted.loans}
    same = (known.kind, known.channel, loans) == (wanted.kind, wanted.channel, told)
    return same and text_of(known) in {None, wanted.text.strip()}


def _dispute(wanted: DisputeWanted) -> Dispute:
    first = wanted.loans[0].loan
    dispute = Dispute(
        key=wanted.key,
        kind=wanted.kind,
        loan_no=first.loan_no,
        case=wanted.loans[0].case,
        party=first.party,
        jurisdiction=first.jurisdiction.lower(),
        channel=wanted.channel,
        text_sealed=seal_under(_FIELD, first.party, wanted.text.strip()),
        received_at=wanted.received_at,
        registered_by=wanted.by,
        assigned_to=wanted.assigned_to,
    )
    terms = load_dispute_terms(dispute.jurisdiction)
    found = (deadline_by(terms, step, counts_from=wanted.received_at) for step in LIMITS)
    dispute.deadlines = [one.to_json() for one in found if one is not None]
    dispute.due_on = due_next(dispute)
    return dispute


def _loan(dispute: Dispute, one: LoanWanted, holds: dict[int, Hold]) -> DisputedLoan:
    return DisputedLoan(
        dispute=dispute,
        loan_no=one.loan.loan_no,
        case=one.case,
        amount=one.amount,
        currency=one.loan.currency,
        hold=holds.get(one.case.pk) if one.case is not None else None,
    )


def due_next(dispute: Dispute) -> date | None:
    """The day of the next step: the acknowledgement until it went out, then the answer."""
    if dispute.state in {DisputeState.ANSWERED, DisputeState.WITHDRAWN}:
        return None
    return first_due(dispute.deadlines, LIMITS if dispute.acknowledged_at is None else LIMITS[1:])


def _tell(dispute: Dispute, wanted: DisputeWanted) -> None:
    told: dict[str, Any] = {
        "kind": dispute.kind,
        "channel": dispute.channel,
        "party": str(dispute.party_id) if dispute.party_id else "",
        "jurisdiction": dispute.jurisdiction,
        "loans": [
            {"loan_no": one.loan.loan_no, "amount": one.amount, "currency": one.loan.currency}
            for one in wanted.loans
        ],
        "assigned_to": dispute.assigned_to.get_username() if dispute.assigned_to else "",
        "due_on": dispute.due_on.isoformat() if dispute.due_on else "",
        "reply": wanted.reply,
    }
    data = {name: value for name, value in told.items() if value not in ("", None)}
    tell_cases(dispute, _cases(wanted), "dispute", wanted.key, at=wanted.at, by=wanted.by,
               data={"kind": dispute.kind})  # fmt: skip
    write_steps(
        [
            Written(
                matter=dispute,
                kind="received",
                key=wanted.key,
                at=wanted.at,
                by=wanted.by,
                data=data,
                text=wanted.text.strip(),
                keep_text=False,
            )
        ]
    )


def tell_cases(
    dispute: Dispute,
    cases: Iterable[Case],
    kind: str,
    key: str,
    *,
    at: datetime,
    by: User | None,
    data: dict[str, Any],
) -> None:
    """Put what was done on the timeline of each open case, at the moment of its book."""
    tell_many(
        [
            Line(
                case=case,
                kind=kind,
                at=on_case(case, moment=at)["at"],
                by=by,
                key=f"dispute:{key}:{case.pk}",
                data={"dispute": dispute.pk, **data},
            )
            for case in cases
            if case.state != CaseState.CLOSED
        ]
    )


def text_of(dispute: Dispute) -> str | None:
    """What the borrower said; None of somebody who was erased."""
    return open_dispute_words(dispute, dispute.text_sealed)


def open_dispute_words(dispute: Dispute, sealed: bytes | memoryview | None) -> str | None:
    """Open words of a dispute or of a step of it; None where there are none (any more)."""
    return open_under(_FIELD, dispute.party, sealed)
