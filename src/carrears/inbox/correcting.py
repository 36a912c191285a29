"""Disputes (争议) that an event told and that could not be raised: corrected and tried again."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import Record, record_many
from carrears.inbox.kinds import Dispute, MalformedEventError, read_happening
from carrears.inbox.models import Event, EventState
from carrears.inbox.services import take_now, try_again
from carrears.inbox.working import whole_payload


def disputes_aside() -> QuerySet[Event]:
    """The events of disputes that were set aside, the newest first."""
    return Event.objects.filter(state=EventState.ASIDE, kind="dispute").order_by("-pk")


def correct_dispute(event: Event, *, kind: str, amount: int | None, by: User) -> Event:
    """Let the event say another kind and amount, and take it in; returns it as it stands then.

    ``amount`` is in minor units of the loan's currency; None: all that is owed. Its key and its
    words stay, so that it is raised once. One that does not wait aside (any more) is left alone.

    Raises:
        MalformedEventError: what it would say makes no sense.
    """
    with transaction.atomic():
        aside = disputes_aside().select_for_update()
        held = aside.filter(pk=event.pk).first()
        if held is None:
            event.refresh_from_db()
            return event
        before = _told(held.payload)
        held.payload = _rest(held) | {"dispute": kind}
        if amount is not None:
            held.payload |= {"amount": amount}
        read_happening("dispute", whole_payload(held))
        held.save(update_fields=["payload"])
        try_again(held)
        record_many([_record(held, before, by)])
    held.refresh_from_db()
    return take_now(held)


def _rest(event: Event) -> dict[str, Any]:
    """What stays of what was told: its words, and else what makes sense."""
    told = event.payload if isinstance(event.payload, dict) else {}
    wrong = {"dispute", "amount"} | (told.keys() - Dispute.model_fields.keys())
    try:
        read_happening("dispute", whole_payload(event))
    except MalformedEventError as error:
        wrong |= {one["field"] for one in error.errors} - {"text"}
    return {name: value for name, value in told.items() if name not in wrong}


def _told(payload: Any) -> dict[str, Any]:
    told = payload if isinstance(payload, dict) else {}
    return {name: told[name] for name in ("dispute", "amount") if name in told}


def _record(event: Event, before: dict[str, Any], by: User) -> Record:
    moment = now()
    return Record(
        kind="event.corrected",
        subject=event.loan_no,
        key=f"event:{event.key}:corrected:{moment.isoformat()}",
        actor=by.get_username(),
        occurred_at=moment,
        payload={"event": event.pk, "before": before, "after": _told(event.payload)},
    )
