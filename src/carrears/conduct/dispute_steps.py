"""What is done with a dispute: acknowledge, ask, take in, answer, withdraw, assign, note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from django.db import transaction

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.conduct.dispute_models import (
    OVER,
    Dispute,
    DisputedLoan,
    DisputeDocument,
    DisputeOutcome,
    DisputeState,
    DisputeStep,
)
from carrears.conduct.disputes import due_next, tell_cases
from carrears.conduct.matter_notices import keep_after_step, tell_assigned
from carrears.conduct.matters import Written, let_go, lock_cases, write_steps
from carrears.conduct.services import ConductError
from carrears.database.wall import as_house
from carrears.vault.models import StoredObject

Kind = Literal["acknowledge", "inform", "ask", "answer", "withdraw", "assign", "note", "attach"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_OPEN = frozenset(DisputeState) - frozenset(OVER)
_FROM: dict[Kind, frozenset[DisputeState]] = {
    "acknowledge": frozenset({DisputeState.RAISED}),
    "ask": _OPEN,
    "inform": frozenset({DisputeState.ASKED}),
    "answer": _OPEN,
    "withdraw": _OPEN,
    "assign": _OPEN,
    "note": frozenset(DisputeState),
    "attach": frozenset(DisputeState),
}
_NEED_WORDS = frozenset({"ask", "answer", "withdraw", "note"})
_QUIET = frozenset({"assign", "note", "attach"})  # not told on the timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeStepWanted:
    """What to do, at which true moment; the same ``key`` is done once.

    ``outcome`` is of an answer, ``assign_to`` of who deals with it now, ``stored`` a file of the
    vault that is attached.
    """

    kind: str
    key: str
    by: User
    at: datetime
    text: str = ""
    outcome: str = ""
    assign_to: User | None = None
    stored: StoredObject | None = None


def possible_dispute_steps(dispute: Dispute) -> tuple[Kind, ...]:
    """What may be done with it as it stands, the usual next step first."""
    return tuple(kind for kind in KINDS if dispute.state in _FROM[kind])


@as_house()
@transaction.atomic
def take_dispute_step(dispute: Dispute, wanted: DisputeStepWanted) -> Dispute:
    """Do one step under a lock of the dispute; returns it as it stands then.

    Of two who answer at one moment the second is refused, and nothing of what he did stays.

    Raises:
        ConductError: the state does not allow it, something is missing or unknown, it lies before
            the receipt, or the key stands for another step.
    """
    locked = Dispute.objects.select_for_update(of=("self",)).select_related(
        "party", "case", "assigned_to"
    )
    dispute = locked.get(pk=dispute.pk)
    known = DisputeStep.objects.filter(key=wanted.key).first()
    if known is not None:
        if (known.dispute_id, known.kind) != (dispute.pk, wanted.kind):
            raise ConductError(f"the idempotency key {wanted.key!r} was used for another step")
        return dispute
    _refuse(dispute, wanted)
    data = _apply(dispute, wanted)
    data |= keep_after_step(dispute, due_on=due_next(dispute))
    if wanted.kind == "assign":
        tell_assigned(dispute, by=wanted.by)
    _tell(dispute, wanted, data)
    return dispute


def _refuse(dispute: Dispute, wanted: DisputeStepWanted) -> None:
    kind = next((one for one in KINDS if one == wanted.kind), None)
    if kind is None:
        raise ConductError(f"{wanted.kind!r} is none of {', '.join(KINDS)}")
    if dispute.state not in _FROM[kind]:
        raise ConductError(f"a dispute that is {dispute.state} cannot be so treated: {kind}")
    if wanted.at < dispute.received_at:
        raise ConductError("nothing can be done before the dispute was received")
    if kind in _NEED_WORDS and not wanted.text.strip():
        raise ConductError(f"{kind} needs words")
    if kind == "assign" and wanted.assign_to is None:
        raise ConductError("somebody to assign it to is needed")
    if kind == "answer" and wanted.outcome not in DisputeOutcome.values:
        raise ConductError(f"{wanted.outcome!r} is none of {', '.join(DisputeOutcome.values)}")
    if kind == "attach":
        _refuse_file(dispute, wanted.stored)


def _refuse_file(dispute: Dispute, stored: StoredObject | None) -> None:
    loans = dispute.loans.values_list("loan_no", flat=True)
    if stored is None or stored.destroyed_at is not None or stored.loan_no not in set(loans):
        raise ConductError("a file of one of its loans is needed")
    if dispute.documents.filter(stored=stored).exists():
        raise ConductError("this file is attached already")


def _apply(dispute: Dispute, wanted: DisputeStepWanted) -> dict[str, Any]:
    """Bring the dispute to where the step leads; returns what is told of it."""
    match wanted.kind:
        case "acknowledge":
            dispute.state, dispute.acknowledged_at = DisputeState.ACKNOWLEDGED, wanted.at
        case "ask":  # whoever is asked knows that it came in
            dispute.state = DisputeState.ASKED
            dispute.acknowledged_at = dispute.acknowledged_at or wanted.at
        case "inform":
            dispute.state = DisputeState.ACKNOWLEDGED
        case "answer":
            dispute.state, dispute.outcome = DisputeState.ANSWERED, wanted.outcome
            _end(dispute, wanted)
            return {"outcome": wanted.outcome}
        case "withdraw":
            dispute.state = DisputeState.WITHDRAWN
            _end(dispute, wanted)
        case "assign" if wanted.assign_to is not None:
            dispute.assigned_to = wanted.assign_to
            return {"assigned_to": wanted.assign_to.get_username()}
        case "attach" if wanted.stored is not None:
            DisputeDocument.objects.create(
                dispute=dispute,
                stored=wanted.stored,
                attached_at=wanted.at,
                attached_by=wanted.by,
            )
            return {"file": str(wanted.stored.pk)}
    return {}


def _end(dispute: Dispute, wanted: DisputeStepWanted) -> None:
    """Collection may go on, unless another open dispute needs the same hold."""
    dispute.closed_at = wanted.at
    lock_cases(dispute.loans.values_list("case", flat=True))
    others = DisputedLoan.objects.exclude(dispute=dispute).filter(dispute__closed_at=None)
    for loan in dispute.loans.exclude(hold=None).select_related("hold__case"):
        if not others.filter(hold=loan.hold_id).exists():
            let_go(loan.hold, by=wanted.by, moment=wanted.at)


def _tell(dispute: Dispute, wanted: DisputeStepWanted, data: dict[str, Any]) -> None:
    write_steps(
        [
            Written(
                matter=dispute,
                kind=wanted.kind,
                key=wanted.key,
                at=wanted.at,
                by=wanted.by,
                data=data,
                text=wanted.text.strip(),
            )
        ]
    )
    if wanted.kind not in _QUIET:
        cases = Case.objects.filter(pk__in=dispute.loans.values("case")).order_by("pk")
        told = {"step": wanted.kind}
        if wanted.kind == "answer":
            told["outcome"] = wanted.outcome
        tell_cases(
            dispute, cases, "dispute_step", wanted.key, at=wanted.at, by=wanted.by, data=told
        )
