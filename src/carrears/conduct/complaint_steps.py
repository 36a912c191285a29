"""What is done with a complaint: acknowledge, answer, extend, escalate, close, assign, note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from django.db import transaction

from carrears.access.models import User
from carrears.casework.models import Hold
from carrears.casework.services import Line, tell_many
from carrears.conduct.complaint_holds import lift_held, lock_held
from carrears.conduct.complaint_models import (
    Complaint,
    ComplaintOutcome,
    ComplaintRemedy,
    ComplaintState,
    ComplaintStep,
)
from carrears.conduct.complaint_terms import EXTENDED, Step
from carrears.conduct.complaints import (
    ComplaintWanted,
    answer_step,
    deadline_of,
    due_next,
    hold_cases,
    set_deadlines,
)
from carrears.conduct.matter_notices import keep_after_step, tell_assigned
from carrears.conduct.matters import Written, let_go, on_case, write_steps
from carrears.conduct.services import ConductError
from carrears.database.wall import as_house

Kind = Literal["acknowledge", "answer", "extend", "escalate", "close", "assign", "note"]
Authority = Literal["regulator", "ombudsman", "court"]
KINDS: tuple[Kind, ...] = get_args(Kind)
AUTHORITIES: tuple[Authority, ...] = get_args(Authority)
_OPEN = frozenset(ComplaintState) - {ComplaintState.CLOSED}
_UNANSWERED = _OPEN - {ComplaintState.ANSWERED}
_FROM: dict[Kind, frozenset[ComplaintState]] = {
    "acknowledge": frozenset({ComplaintState.RECEIVED}),
    "answer": _UNANSWERED,
    "extend": _UNANSWERED,
    "escalate": frozenset(ComplaintState),
    "close": _OPEN,
    "assign": _OPEN,
    "note": frozenset(ComplaintState),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWanted:
    """What to do, at which true moment; the same ``key`` is done once."""

    kind: str
    key: str
    by: User
    at: datetime
    text: str = ""
    escalated_to: str = ""
    outcome: str = ""
    remedy: str = ""
    assign_to: User | None = None


def possible_steps(complaint: Complaint) -> tuple[Kind, ...]:
    """What may be done with it as it stands, the usual next step first."""
    found = [kind for kind in KINDS if complaint.state in _FROM[kind]]
    if complaint.extended or not _can_extend(complaint):
        found = [kind for kind in found if kind != "extend"]
    return tuple(found)


@as_house()
@transaction.atomic
def take_step(complaint: Complaint, wanted: StepWanted) -> Complaint:
    """Do one step under a lock of the complaint; returns it as it stands then.

    Raises:
        ConductError: the state does not allow it, something is missing or unknown, it lies before
            the receipt, or the key stands for another step.
    """
    locked = Complaint.objects.select_for_update(of=("self",)).select_related(
        "party", "case", "hold", "assigned_to"
    )
    complaint = locked.get(pk=complaint.pk)
    known = ComplaintStep.objects.filter(key=wanted.key).first()
    if known is not None:
        if (known.complaint_id, known.kind) != (complaint.pk, wanted.kind):
            raise ConductError(f"the idempotency key {wanted.key!r} was used for another step")
        return complaint
    _refuse(complaint, wanted)
    data = _apply(complaint, wanted)
    data |= keep_after_step(complaint, due_on=due_next(complaint))
    if wanted.kind == "assign":
        tell_assigned(complaint, by=wanted.by)
    _tell(complaint, wanted, data)
    return complaint


def _refuse(complaint: Complaint, wanted: StepWanted) -> None:
    kind = next((one for one in KINDS if one == wanted.kind), None)
    if kind is None:
        raise ConductError(f"{wanted.kind!r} is none of {', '.join(KINDS)}")
    if complaint.state not in _FROM[kind]:
        raise ConductError(f"a complaint that is {complaint.state} cannot be so treated: {kind}")
    if wanted.at < complaint.received_at:
        raise ConductError("nothing can be done before the complaint was received")
    if kind in {"answer", "extend", "note"} and not wanted.text.strip():
        raise ConductError(f"{kind} needs words")
    if kind == "assign" and wanted.assign_to is None:
        raise ConductError("somebody to assign it to is needed")
    if kind == "escalate" and wanted.escalated_to not in AUTHORITIES:
        raise ConductError(f"{wanted.escalated_to!r} is none of {', '.join(AUTHORITIES)}")
    if kind == "extend" and (complaint.extended or not _can_extend(complaint)):
        raise ConductError("the time limit cannot be extended, or was extended already")
    if kind == "close":
        _refuse_closing(complaint, wanted)


def _refuse_closing(complaint: Complaint, wanted: StepWanted) -> None:
    if wanted.outcome not in ComplaintOutcome.values:
        raise ConductError(f"{wanted.outcome!r} is none of {', '.join(ComplaintOutcome.values)}")
    if wanted.remedy and wanted.remedy not in ComplaintRemedy.values:
        raise ConductError(f"{wanted.remedy!r} is none of {', '.join(ComplaintRemedy.values)}")
    if complaint.answered_at is None and wanted.outcome != ComplaintOutcome.WITHDRAWN:
        raise ConductError("a complaint is answered before it is closed, unless it is withdrawn")


def _can_extend(complaint: Complaint) -> bool:
    step = EXTENDED[answer_step(complaint)]
    return deadline_of(complaint, step, counts_from=_counts_from(complaint)) is not None


def _counts_from(complaint: Complaint) -> datetime:
    return complaint.escalated_at or complaint.received_at


def _apply(complaint: Complaint, wanted: StepWanted) -> dict[str, Any]:
    """Bring the complaint to where the step leads; returns what is told of it."""
    match wanted.kind:
        case "acknowledge":
            complaint.state, complaint.acknowledged_at = ComplaintState.ACKNOWLEDGED, wanted.at
        case "answer":
            complaint.state, complaint.answered_at = ComplaintState.ANSWERED, wanted.at
        case "extend":
            step: Step = EXTENDED[answer_step(complaint)]
            set_deadlines(complaint, (step,), counts_from=_counts_from(complaint))
            complaint.extended = True
        case "escalate":
            _escalate(complaint, wanted)
            return {"escalated_to": wanted.escalated_to}
        case "close":
            _close(complaint, wanted)
            return {"outcome": complaint.outcome, "remedy": complaint.remedy}
        case "assign" if wanted.assign_to is not None:
            complaint.assigned_to = wanted.assign_to
            return {"assigned_to": wanted.assign_to.get_username()}
    return {}


def _escalate(complaint: Complaint, wanted: StepWanted) -> None:
    """An authority has its own time limits; what was closed is open again and held again."""
    if complaint.state == ComplaintState.CLOSED:
        complaint.outcome = complaint.remedy = ""
        complaint.closed_at = None
        complaint.hold = _hold_again(complaint, wanted)
    complaint.state, complaint.escalated_to = ComplaintState.ESCALATED, wanted.escalated_to
    complaint.escalated_at, complaint.extended = wanted.at, False
    set_deadlines(complaint, ("authority",), counts_from=wanted.at)


def _hold_again(complaint: Complaint, wanted: StepWanted) -> Hold | None:
    if complaint.case is None:
        return None
    again = ComplaintWanted(
        key=wanted.key,
        category=complaint.category,
        channel=complaint.channel,
        text="",
        received_at=complaint.received_at,
        case=complaint.case,
        **on_case(complaint.case, moment=wanted.at),
        by=wanted.by,
    )
    return hold_cases([again]).get(complaint.case.pk)


def _close(complaint: Complaint, wanted: StepWanted) -> None:
    """Collection may go on, unless another open complaint needs the same hold."""
    complaint.state, complaint.closed_at = ComplaintState.CLOSED, wanted.at
    complaint.outcome, complaint.remedy = wanted.outcome, wanted.remedy or ComplaintRemedy.NONE
    lock_held(complaint)
    lift_held(complaint, by=wanted.by, moment=wanted.at)
    others = Complaint.objects.filter(hold=complaint.hold_id).exclude(pk=complaint.pk)
    if complaint.hold_id and not others.exclude(state=ComplaintState.CLOSED).exists():
        let_go(complaint.hold, by=wanted.by, moment=wanted.at)


def _tell(complaint: Complaint, wanted: StepWanted, data: dict[str, Any]) -> None:
    write_steps(
        [
            Written(
                matter=complaint,
                kind=wanted.kind,
                key=wanted.key,
                at=wanted.at,
                by=wanted.by,
                data=data,
                text=wanted.text.strip(),
            )
        ]
    )
    if complaint.case is not None and wanted.kind not in {"assign", "note"}:
        told = {"complaint": complaint.pk, "step": wanted.kind}
        if wanted.kind == "close":
            told["outcome"] = complaint.outcome
        key = f"complaint:{wanted.key}"
        at = on_case(complaint.case, moment=wanted.at)["at"]
        line = Line(
            case=complaint.case, kind="complaint_step", at=at, by=wanted.by, key=key, data=told
        )
        tell_many([line])
