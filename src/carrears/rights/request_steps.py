"""What is done with a request: fulfil, review, propose and confirm an erasure, refuse, extend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.clock import local_day
from carrears.conduct.erasure import KeptError, erase_subject
from carrears.conduct.services import ConductError, bar_contact
from carrears.database.wall import as_house
from carrears.parties.blind import Kind
from carrears.parties.consents import record_consent
from carrears.parties.correcting import CorrectionError, correct_person
from carrears.rights.appeals import change, exclude, lift, may_review, standing, unfreeze, uphold
from carrears.rights.errors import RightsError
from carrears.rights.explaining import Explanation, explain_decision
from carrears.rights.models import (
    CLOSED,
    CONTESTING,
    Outcome,
    Refusal,
    RequestKind,
    RequestState,
    RightsRequest,
    RightsStep,
)
from carrears.rights.placed import settle_placed
from carrears.rights.reporting import SubjectReport, report_on
from carrears.rights.requests import Step, deadline_of, set_deadline, write_step

Action = Literal[
    "fulfil", "propose", "confirm", "decline", "uphold", "change", "exclude", "lift",
    "refuse", "extend", "withdraw", "note",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = get_args(Action)
Format = Literal["json", "pdf-zh", "pdf-en"]
FORMATS: tuple[Format, ...] = get_args(Format)
REPORTED = frozenset({RequestKind.ACCESS, RequestKind.PORTABILITY})
CHANNELS = ("email", "sms", "call", "portal")  # what a person consents to or refuses
RESTRICTED = "restricted"  # the reason of the bar of a restriction
_SOURCE = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionWanted:
    """What to do, at which true moment; the same ``key`` is done once.

    ``what``, ``before`` and ``after`` are of a correction, ``until_on`` of a restriction,
    ``channels`` of a withdrawal of consent, ``refusal`` of a refusal, ``treatment`` and
    ``until_on`` of an appeal by which another treatment is decided.
    """

    action: str
    key: str
    by: User
    at: datetime
    text: str = ""
    refusal: str = ""
    what: str = ""
    before: str = ""
    after: str = ""
    until_on: date | None = None
    channels: tuple[str, ...] = ()
    treatment: str = ""


_REASONED = frozenset(
    {"refuse", "extend", "decline", "note", "uphold", "change", "exclude", "lift"}
)


def possible_actions(request: RightsRequest, user: User) -> tuple[Action, ...]:
    """What this user may do with it as it stands, the usual next thing first."""
    if request.state in CLOSED:
        return ("lift", "note") if _can_lift(request, user) else ("note",)
    if request.state == RequestState.PROPOSED:
        other = request.proposed_by_id != user.pk and user.has_perm("rights.confirm_erasure")
        return ("confirm", "decline", "note") if other else ("note",)
    extend: tuple[Action, ...] = ("extend",) if _can_extend(request) else ()
    if request.kind == RequestKind.APPEAL:
        judge: tuple[Action, ...] = ("uphold", "change", "exclude", "refuse")
        return (*(judge if may_review(request, user) else ()), *extend, "withdraw", "note")
    first: Action = "propose" if request.kind == RequestKind.ERASURE else "fulfil"
    return (first, "refuse", *extend, "withdraw", "note")


def _can_lift(request: RightsRequest, user: User) -> bool:
    """Who is out of automated decisions withdraws that at will; the rest is a reviewer's."""
    if request.kind != RequestKind.APPEAL or not standing(request).exists():
        return False
    return request.contested.outcome == Outcome.EXCLUDED or may_review(request, user)


def _can_extend(request: RightsRequest) -> bool:
    return not request.extended and deadline_of(request, "extended") is not None


@transaction.atomic
def hand_out(
    request: RightsRequest, *, as_format: Format, by: User, key: str, at: datetime
) -> SubjectReport:
    """Make the report for an open request of access or a portable copy; that leaves a trace.

    Raises:
        RightsError: it is not of that kind, or is closed.
    """
    request = _locked(request)
    if request.kind not in REPORTED or request.state in CLOSED:
        raise RightsError("a report is made for an open request of access or a copy only")
    reason = f"rights request {request.pk}"
    report = report_on(request.party, actor=by.get_username(), reason=reason, at=at)
    write_step(
        Step(request=request, kind="report", key=key, at=at, by=by, data={"format": as_format})
    )
    return report


@transaction.atomic
def hand_out_explanation(
    request: RightsRequest, *, as_format: Format, by: User | None, key: str, at: datetime
) -> Explanation:
    """Tell in plain words what a request contests; also once it is closed, with what came of it.

    Raises:
        RightsError: it contests no decision.
    """
    request = _locked(request)
    if request.kind not in CONTESTING:
        raise RightsError("the request contests no decision")
    told = explain_decision(request, at=at)
    write_step(
        Step(request=request, kind="report", key=key, at=at, by=by, data={"format": as_format})
    )
    return told


@as_house()
@transaction.atomic
def take_action(request: RightsRequest, wanted: ActionWanted) -> RightsRequest:
    """Do one thing under a lock of the request; returns it as it stands then.

    Raises:
        RightsError: the state or the user does not allow it, or something is missing.
        KeptError: an erasure, and something has to be kept.
    """
    request = _locked(request)
    known = RightsStep.objects.filter(key=wanted.key).first()
    if known is not None:
        if (known.request_id, known.kind) != (request.pk, wanted.action):
            raise RightsError(f"the idempotency key {wanted.key!r} was used for another step")
        return request
    _refuse(request, wanted)
    was_open = request.state not in CLOSED
    data = _DO[wanted.action](request, wanted)
    if request.kind == RequestKind.APPEAL and was_open and request.state in CLOSED:
        data |= settle_placed(request, by=wanted.by, at=wanted.at)
    request.save()
    request.party.refresh_from_db()
    write_step(
        Step(
            request=request,
            kind=wanted.action,
            key=wanted.key,
            at=wanted.at,
            by=wanted.by,
            data=data,
            text=wanted.text.strip(),
        )
    )
    return request


def _locked(request: RightsRequest) -> RightsRequest:
    rows = RightsRequest.objects.select_for_update(of=("self",)).select_related("party", "case")
    return rows.get(pk=request.pk)


def _refuse(request: RightsRequest, wanted: ActionWanted) -> None:
    if wanted.action not in ACTIONS:
        raise RightsError(f"{wanted.action!r} is none of {', '.join(ACTIONS)}")
    decides = request.state == RequestState.PROPOSED and wanted.action in {"confirm", "decline"}
    if decides and request.proposed_by_id == wanted.by.pk:
        raise RightsError("another than who proposed it has to confirm an erasure")
    if wanted.action not in possible_actions(request, wanted.by):
        raise RightsError("the request has moved on, or this is not for you to do")
    if wanted.at < request.received_at:
        raise RightsError("nothing can be done before the request was received")
    if wanted.action in _REASONED and not wanted.text.strip():
        raise RightsError(f"{wanted.action} needs words")
    if wanted.action == "refuse" and wanted.refusal not in Refusal.values:
        raise RightsError(f"{wanted.refusal!r} is none of {', '.join(Refusal.values)}")


def _close(request: RightsRequest, wanted: ActionWanted, state: RequestState) -> None:
    request.state, request.closed_at, request.due_on = state, wanted.at, None
    request.decided_by = wanted.by


def _fulfil(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    data = _FULFIL[RequestKind(request.kind)](request, wanted)
    _close(request, wanted, RequestState.DONE)
    return data


def _uphold(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    data = uphold(request, key=wanted.key, by=wanted.by, at=wanted.at)
    _close(request, wanted, RequestState.DONE)
    return data


def _change(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    if wanted.until_on is None:
        raise RightsError("until when the treatment is to hold is needed")
    data = change(
        request,
        treatment=wanted.treatment,
        until_on=wanted.until_on,
        key=wanted.key,
        by=wanted.by,
        at=wanted.at,
    )
    _close(request, wanted, RequestState.DONE)
    return data


def _exclude(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    data = exclude(request, key=wanted.key, by=wanted.by, at=wanted.at)
    _close(request, wanted, RequestState.DONE)
    return data


def _lift(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    return lift(request, key=wanted.key, by=wanted.by, at=wanted.at)


def _handed_over(request: RightsRequest, _: ActionWanted) -> dict[str, Any]:
    if not request.steps.filter(kind="report").exists():
        raise RightsError("the report is made before it is handed over")
    return {}


def _correct(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    if wanted.what not in set(Kind):
        raise RightsError("what is to be corrected is needed")
    try:
        kept = correct_person(
            request.party,
            Kind(wanted.what),
            before=wanted.before,
            after=wanted.after,
            reason=wanted.text,
            by=wanted.by,
            at=wanted.at,
        )
    except CorrectionError as error:
        raise RightsError(str(error)) from error
    return {"what": wanted.what, "correction": kept.pk}


def _restrict(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    """The gate lets nobody contact him: what is held is only stored."""
    from_on = local_day(wanted.at, settings.TIME_ZONE)
    try:
        bar = bar_contact(
            request.party,
            reason=RESTRICTED,
            from_on=from_on,
            until_on=wanted.until_on,
            by=wanted.by,
            at=wanted.at,
        )
    except ConductError as error:
        raise RightsError(str(error)) from error
    until = {"until_on": wanted.until_on.isoformat()} if wanted.until_on else {}
    return {"bar": bar.pk, **until}


def _withdraw_consent(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    if not wanted.channels or not set(wanted.channels) <= set(CHANNELS):
        raise RightsError("the channels that he takes his consent back for are needed")
    for channel in wanted.channels:
        record_consent(
            request.party,
            channel=channel,
            granted=False,
            source=_SOURCE,
            at=wanted.at,
            actor=wanted.by.get_username(),
        )
    return {"channels": list(wanted.channels)}


def _propose(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    request.state, request.proposed_by = RequestState.PROPOSED, wanted.by
    return {}


def _confirm(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    """The second of two; what has to be kept is judged at this moment again."""
    try:
        erased = erase_subject(
            request.party, reason=f"rights request {request.pk}", by=wanted.by, at=wanted.at
        )
    except KeptError:
        raise
    except ConductError as error:
        raise RightsError(str(error)) from error
    _close(request, wanted, RequestState.DONE)
    return {"erased": erased}


def _decline(request: RightsRequest, _: ActionWanted) -> dict[str, Any]:
    request.state, request.proposed_by = RequestState.OPEN, None
    return {}


def _refuse_request(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    request.refusal = wanted.refusal
    _end_appeal(request, wanted)
    _close(request, wanted, RequestState.REFUSED)
    return {"refusal": wanted.refusal}


def _extend(request: RightsRequest, _: ActionWanted) -> dict[str, Any]:
    set_deadline(request, "extended")
    request.extended = True
    return {"due_on": request.due_on.isoformat()} if request.due_on else {}


def _end_appeal(request: RightsRequest, wanted: ActionWanted) -> None:
    if request.kind == RequestKind.APPEAL:
        unfreeze(request, key=wanted.key, by=wanted.by, at=wanted.at)


def _take_back(request: RightsRequest, wanted: ActionWanted) -> dict[str, Any]:
    _end_appeal(request, wanted)
    _close(request, wanted, RequestState.WITHDRAWN)
    return {}


def _nothing(_: RightsRequest, __: ActionWanted) -> dict[str, Any]:
    return {}


_Doing = Callable[[RightsRequest, ActionWanted], dict[str, Any]]
_FULFIL: dict[RequestKind, _Doing] = {
    RequestKind.ACCESS: _handed_over,
    RequestKind.PORTABILITY: _handed_over,
    RequestKind.CORRECTION: _correct,
    RequestKind.RESTRICTION: _restrict,
    RequestKind.WITHDRAWAL: _withdraw_consent,
    RequestKind.EXPLANATION: _handed_over,
}
_DO: dict[str, _Doing] = {
    "fulfil": _fulfil,
    "propose": _propose,
    "confirm": _confirm,
    "decline": _decline,
    "uphold": _uphold,
    "change": _change,
    "exclude": _exclude,
    "lift": _lift,
    "refuse": _refuse_request,
    "extend": _extend,
    "withdraw": _take_back,
    "note": _nothing,
}
