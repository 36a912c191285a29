"""A promise that was recorded by mistake is withdrawn, or another recorded in its place.

It is kept with who withdrew it and why, and counts neither as kept nor as broken, nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, get_args

from django.db import transaction

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import (
    ActionState,
    Case,
    CaseState,
    PlannedAction,
    Promise,
    PromiseState,
)
from carrears.casework.promise_reminders import cancel_answered_reminders
from carrears.casework.promises import PartWanted, Said, record_promise
from carrears.casework.services import CaseworkError, tell

Mistake = Literal["amount", "day", "misheard", "wrong_case", "not_his"]
MISTAKES: tuple[Mistake, ...] = get_args(Mistake)


def may_withdraw(user: User, promise: Promise, *, today: date) -> bool:
    """Whether ``user`` may say that a promise was recorded by mistake.

    One that still stands and whose last day is not over: whoever works the case; people of an
    agency what their own agency recorded. One that was not kept, or whose day is over: a team
    lead only, as nobody is to mend his own figures. A promise that was kept stands.
    """
    if not user.has_perm("casework.work_case") or promise.case.state != CaseState.OPEN:
        return False
    agency = acts_for(user)
    if agency and acts_for(promise.made_by) != agency:
        return False
    if promise.state in {PromiseState.KEPT, PromiseState.CANCELLED}:
        return False
    stands = promise.state == PromiseState.OPEN and promise.due_on >= today
    return stands or user.has_perm("casework.lead_desk")


@transaction.atomic
def withdraw_promise(
    promise: Promise, *, mistake: Mistake, why: str, today: date, by: User, at: datetime
) -> Promise:
    """Withdraw a promise that was recorded by mistake; returns it as it stands then.

    Its reminders are cancelled; what the strategy had planned and the promise stopped is planned
    again where its time is still to come; the case is to be come back to today, where the promise
    had put it off.

    Raises:
        CaseworkError: no reason; it is none to be withdrawn, or not by ``by``.
    """
    return _end(promise, "withdrawn", mistake=mistake, why=why, today=today, by=by, at=at)


@transaction.atomic
def replace_promise(
    promise: Promise,
    *,
    parts: Sequence[PartWanted],
    mistake: Mistake,
    why: str,
    today: date,
    by: User,
    at: datetime,
) -> Promise:
    """Record what was promised in truth in place of a promise; returns the new one.

    Raises:
        CaseworkError: as ``withdraw_promise`` and ``record_promise``; then both are as they were.
    """
    old = _end(promise, "replaced", mistake=mistake, why=why, today=today, by=by, at=at)
    said = Said(party=old.party_id, channel=old.channel, attempt=old.attempt)
    return record_promise(old.case, parts=parts, today=today, by=by, at=at, said=said, beside=True)


def _end(
    promise: Promise,
    how: Literal["withdrawn", "replaced"],
    *,
    mistake: Mistake,
    why: str,
    today: date,
    by: User,
    at: datetime,
) -> Promise:
    if mistake not in MISTAKES or not why.strip():
        raise CaseworkError("a reason is needed")
    case = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=promise.case_id)
    held = Promise.objects.select_for_update(of=("self",)).get(pk=promise.pk)
    held.case = case
    if not may_withdraw(by, held, today=today):
        raise CaseworkError("this promise cannot be withdrawn any more, or not by you")
    held.state, held.settled_on, held.cancelled_for = PromiseState.CANCELLED, today, how
    held.save(update_fields=["state", "settled_on", "cancelled_for"])
    held.parts.update(state=PromiseState.CANCELLED, settled_on=today)
    cancel_answered_reminders([held.pk])
    told = _told(held) | {"mistake": mistake, "text": why.strip(), "how": how}
    if how == "withdrawn":
        told |= _go_on(case, today=today, at=at)
    key = f"promise:{held.pk}:withdrawn"
    tell(case, "promise_withdrawn", at=at, by=by, key=key, data=told)
    return held


def _told(promise: Promise) -> dict[str, Any]:
    return {
        "amount": promise.amount,
        "currency": promise.currency,
        "due_on": promise.due_on.isoformat(),
    }


def _go_on(case: Case, *, today: date, at: datetime) -> dict[str, int]:
    """Ask again, and come back, as if nothing had been promised; how many messages that are."""
    if case.promises.filter(state=PromiseState.OPEN).exists():
        return {}
    why = case.follow_up_why
    if case.follow_up_on is not None and "by" not in why and why.get("after") == "promise":
        case.follow_up_on, case.follow_up_at, case.follow_up_why = today, None, {}
        case.save(update_fields=["follow_up_on", "follow_up_at", "follow_up_why"])
    stopped = PlannedAction.objects.filter(
        case=case, state=ActionState.CANCELLED, reason="promise", part=None, planned_for__gt=at
    )
    again = stopped.update(state=ActionState.PLANNED, reason="")
    return {"again": again} if again else {}
