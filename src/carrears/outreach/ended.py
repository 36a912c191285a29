"""What the log and the plan are told of an attempt once it has ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from carrears.access.models import User
from carrears.casework.models import ActionState, PlannedAction
from carrears.database.bulk import update_rows
from carrears.evidence.services import Record, record_many
from carrears.outreach.models import Attempt, AttemptState, Delivery
from carrears.parties.words import commit_words

_ENDED = {AttemptState.SENT: ActionState.SENT, AttemptState.FAILED: ActionState.FAILED}


def attempt_record(attempt: Attempt, *, by: User | None = None) -> Record:
    """What the log keeps of an attempt in its present state, told by ``by`` or who made it."""
    verdict = attempt.verdict
    actor = by or attempt.made_by
    by_a_person = attempt.channel in {"call", "visit"}
    return Record(
        kind=f"{attempt.channel if by_a_person else 'message'}.{attempt.state}",
        subject=attempt.case.loan_no,
        key=f"attempt:{attempt.key}:{attempt.state}",
        actor=actor.get_username() if actor else "",
        occurred_at=attempt.at,
        payload={
            "attempt": attempt.pk,
            "party": str(attempt.party_id),
            "channel": attempt.channel,
            **(_call_payload(attempt) if by_a_person else _message_payload(attempt)),
            "verdict": verdict.pk,
            "gate_action": verdict.gate_action,
            **({"override": attempt.override_id} if attempt.override_id else {}),
            "pack": f"{verdict.pack} {verdict.pack_version}",
            "rules": [finding["rule_id"] for finding in verdict.findings],
            "error": attempt.error,
            **({"reported": True} if attempt.reported else {}),
        },
    )


def delivery_record(
    delivery: Delivery, *, by: str = "", words: Mapping[str, str] = MappingProxyType({})
) -> Record:
    """What the log keeps of a message that is uncertain, reached its addressee or did not.

    ``words`` are what somebody said of it, by name; they are kept sealed beside it.
    """
    attempt = delivery.attempt
    told: dict[str, Any] = {"attempt": attempt.pk, "gateway": delivery.gateway}
    key = f"delivery:{attempt.key}:{delivery.state}"
    return Record(
        kind=f"message.{delivery.state}",
        subject=attempt.case.loan_no,
        key=key,
        actor=by,
        occurred_at=delivery.done_at or delivery.settled_at or delivery.handed_at or attempt.at,
        payload=told | {"error": delivery.error} | commit_words(key, words, party=attempt.party_id),
    )


def _message_payload(attempt: Attempt) -> dict[str, Any]:
    return {
        "template": attempt.template,
        "template_version": attempt.template_version,
        **({"arm": attempt.arm_id} if attempt.arm_id else {}),
        **({"choice": attempt.choice} if attempt.choice else {}),
        "message_id": attempt.message_id,
    }


def _call_payload(attempt: Attempt) -> dict[str, Any]:
    return {
        "contact_point": attempt.contact_point_id,
        "agency": attempt.agency,
        "result": attempt.result,
        "effective": attempt.effective,
        **({"answered_by": attempt.answered_by} if attempt.answered_by else {}),
    }


def keep_attempts(attempts: Iterable[Attempt]) -> None:
    """Keep what became of attempts that have ended, and of the actions they were planned by.

    Part of the caller's transaction.
    """
    ended = [one for one in attempts if one.state != AttemptState.BOOKED]
    if not ended:
        return
    update_rows(ended, ["state", "sent_at", "result", "error"])
    for state, action_state in _ENDED.items():
        actions = [one.action_id for one in ended if one.state == state and one.action_id]
        if actions:
            PlannedAction.objects.filter(pk__in=actions).update(state=action_state)
    record_many(attempt_record(attempt) for attempt in ended)
