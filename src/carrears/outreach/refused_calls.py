"""A step of a cadence of which every way was refused, and the last is a call: its verdict is kept.

Nobody is asked to make such a call, so no one would have the gate judge it. Messages are judged
when they are to leave; here the call is, and kept as an attempt that was never dialled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from carrears.casework.cadence_steps import REFUSED
from carrears.casework.models import ActionState, PlannedAction
from carrears.clock import is_replay, local_day, now
from carrears.outreach.booking import Draft, book
from carrears.outreach.calls import NOT_DIALLED, WantedCall
from carrears.outreach.judging import judge_attempts
from carrears.outreach.models import Attempt, AttemptState
from carrears.outreach.services import rules_against
from carrears.parties.queries import PersonData

_CHUNK = 200
# Its messages may have been judged before it.
_CALLED = Attempt.objects.filter(action=OuterRef("pk"), channel="call")


def judge_refused_calls(*, as_of: date) -> int:
    """Keep the verdict on the calls that were refused beforehand, once due; returns how many.

    Where the gate stops it the step is blocked by its rules. Where it would not, the step stays as
    it is and the call counts as not dialled. Judged once: a second start finds nothing to do.
    """
    refused = PlannedAction.objects.filter(
        as_of=as_of, channel="call", step_day__isnull=False, state=ActionState.CANCELLED,
        reason=REFUSED, case__party__isnull=False,
    ).exclude(Exists(_CALLED))  # fmt: skip
    if not _is_replayed(as_of):
        refused = refused.filter(planned_for__lte=now())
    actions = list(refused.select_related("case__party").order_by("pk"))
    for start in range(0, len(actions), _CHUNK):
        _judge(actions[start : start + _CHUNK])
    return len(actions)


@transaction.atomic
def _judge(actions: Sequence[PlannedAction]) -> None:
    wanted = [_wanted(one) for one in actions]
    by_key = {one.key: action for one, action in zip(wanted, actions, strict=True)}

    def draft(some: Sequence[WantedCall], people: Mapping[UUID, PersonData]) -> list[Draft]:
        return [
            Draft(
                judged.verdict,
                judged.facts_json(),
                _kept(by_key[one.key], allowed=judged.verdict.gate_action == "allow"),
            )
            for one, judged in zip(some, judge_attempts(some, people), strict=True)
        ]

    _settle(zip(actions, book(wanted, draft), strict=True))


def _wanted(action: PlannedAction) -> WantedCall:
    party = action.case.party
    assert party is not None  # noqa: S101  the caller looked
    return WantedCall(
        key=f"action:{action.key}:refused",
        case=action.case,
        party=party,
        at=action.planned_for if _is_replayed(action.as_of) else now(),
    )


def _is_replayed(as_of: date) -> bool:
    return is_replay(as_of, today=local_day(now(), settings.TIME_ZONE))


def _kept(action: PlannedAction, *, allowed: bool) -> dict[str, object]:
    """Never a contact: blocked, or, where the law would let it be made, given back undialled."""
    if allowed:
        return {"action": action, "state": AttemptState.FAILED, "result": NOT_DIALLED}
    return {"action": action, "state": AttemptState.BLOCKED}


def _settle(judged: Iterable[tuple[PlannedAction, Attempt]]) -> None:
    stopped = []
    for action, attempt in judged:
        if attempt.state == AttemptState.BLOCKED:
            action.state, action.reason = ActionState.BLOCKED, rules_against(attempt.verdict)
            stopped.append(action)
    PlannedAction.objects.bulk_update(stopped, ["state", "reason"])
