"""Disputes (争议) and hardship that an event told and that were set aside, to be corrected."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import Record, record_many
from carrears.inbox.kinds import (
    Dispute,
    Happening,
    Hardship,
    MalformedEventError,
    read_happening,
)
from carrears.inbox.models import Event, EventState
from carrears.inbox.services import take_now, try_again
from carrears.inbox.working import whole_payload

_CORRECTED: dict[str, type[Happening]] = {"dispute": Dispute, "hardship": Hardship}


def told_aside(*kinds: str) -> QuerySet[Event]:
    """The events of these kinds, or of all that can be corrected, that were set aside.

    The newest come first.
    """
    wanted = kinds or tuple(_CORRECTED)
    return Event.objects.filter(state=EventState.ASIDE, kind__in=wanted).order_by("-pk")


def correct_dispute(event: Event, *, kind: str, amount: int | None, by: User) -> Event:
    """Let the event say another kind and amount, and take it in; returns it as it stands then.

    ``amount`` is in minor units of the loan's currency; None: all that is owed. Its key and its
    words stay, so that it is raised once. One that does not wait aside (any more) is left alone.

    Raises:
        MalformedEventError: what it would say makes no sense.
    """
    return _correct(event, {"dispute": kind, "amount": amount}, by=by)


def correct_hardship(event: Event, *, until_on: date | None, by: User) -> Event:
    """The same for the last day of a hardship; None: until the hold is lifted.

    Raises:
        MalformedEventError: what it would say makes no sense.
    """
    last = until_on.isoformat() if until_on is not None else None
    return _correct(event, {"until_on": last}, by=by)


def _correct(event: Event, told: Mapping[str, Any], *, by: User) -> Event:
    with transaction.atomic():
        held = told_aside().select_for_update().filter(pk=event.pk).first()
        if held is None:
            event.refresh_from_db()
            return event
        before = _told(held.payload, told.keys())
        held.payload = _rest(held, told.keys()) | {
            name: value for name, value in told.items() if value is not None
        }
        read_happening(held.kind, whole_payload(held))
        held.save(update_fields=["payload"])
        try_again(held)
        record_many([_record(held, before, told.keys(), by)])
    held.refresh_from_db()
    return take_now(held)


def _rest(event: Event, corrected: Collection[str]) -> dict[str, Any]:
    """What stays of what was told: its words, and else what makes sense."""
    told = event.payload if isinstance(event.payload, dict) else {}
    wrong = set(corrected) | (told.keys() - _CORRECTED[event.kind].model_fields.keys())
    try:
        read_happening(event.kind, whole_payload(event))
    except MalformedEventError as error:
        wrong |= {one["field"] for one in error.errors} - {"text"}
    return {name: value for name, value in told.items() if name not in wrong}


def _told(payload: Any, names: Collection[str]) -> dict[str, Any]:
    told = payload if isinstance(payload, dict) else {}
    return {name: told[name] for name in names if name in told}


def _record(event: Event, before: dict[str, Any], names: Collection[str], by: User) -> Record:
    moment = now()
    return Record(
        kind="event.corrected",
        subject=event.loan_no,
        key=f"event:{event.key}:corrected:{moment.isoformat()}",
        actor=by.get_username(),
        occurred_at=moment,
        payload={"event": event.pk, "before": before, "after": _told(event.payload, names)},
    )
