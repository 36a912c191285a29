"""Send what is written for targets; each try is on record before it is made."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from carrears.alerts.by_apprise import send_by_apprise
from carrears.alerts.models import AlertMessage, MessageState
from carrears.alerts.robots import PER_MINUTE, TargetError, send_by_robot
from carrears.alerts.services import terms_now
from carrears.alerts.terms import AlertTerms, Target
from carrears.clock import now
from carrears.keyfiles import ExposedKeyError, read_secret

_MINUTE = timedelta(minutes=1)


def key_path(name: str) -> Path:
    """The file with a target's address and key."""
    return Path(settings.KEYS_DIR) / f"alert-{name}.key"


def send_due(*, at: datetime) -> int:
    """Send what waits and is due; returns how many were taken.

    A message whose try broke off without an answer is tried again after the pause: none of the
    services knows a message twice, and an alert told twice is better than none. Where a target is
    away its other messages wait, and none of their tries is used up.

    Raises:
        AlertTermsError: the house's file cannot be used.
    """
    terms, began = terms_now(at), time.monotonic()
    waiting = AlertMessage.objects.filter(state=MessageState.WAITING, next_at__lte=at)
    found = waiting.order_by("next_at", "pk").values_list("pk", "target")
    taken, away = 0, set[str]()
    for pk, target in list(found):
        if target in away:
            continue
        moment = at + timedelta(seconds=time.monotonic() - began)
        tried = _try(pk, terms=terms, at=at, moment=moment)
        taken += tried.is_taken
        if tried.is_away:
            away.add(target)
    return taken


def send_message(pk: int, *, terms: AlertTerms, at: datetime) -> bool:
    """Try one message, unless another process does or its minute is full; whether it was taken."""
    return _try(pk, terms=terms, at=at, moment=at).is_taken


def send_again(message: AlertMessage, *, at: datetime) -> bool:
    """Have one that was given up tried from the beginning; False: it is not (any more)."""
    failed = AlertMessage.objects.filter(pk=message.pk, state=MessageState.FAILED)
    return bool(failed.update(state=MessageState.WAITING, tries=0, next_at=at))


def send_all_again(target: str, *, at: datetime) -> int:
    """The same of all that a target did not take; returns how many. They go as its minute lets."""
    failed = AlertMessage.objects.filter(target=target, state=MessageState.FAILED)
    return failed.update(state=MessageState.WAITING, tries=0, next_at=at)


class _Tried(NamedTuple):
    is_taken: bool = False
    is_away: bool = False


def _try(pk: int, *, terms: AlertTerms, at: datetime, moment: datetime) -> _Tried:
    """Try one; pauses count from when the run began, ``at``, and a robot's minute by the clock."""
    message = _begin(pk, terms=terms, at=at, moment=moment)
    if message is None:
        return _Tried()
    is_away = False
    try:
        _hand_over(message, terms.targets.get(message.target))
    except TargetError as error:
        message.error, is_away = str(error)[:240], error.away
        if not error.again or message.tries > len(terms.retry_seconds):
            message.state = MessageState.FAILED
    else:
        message.state, message.sent_at, message.error = MessageState.SENT, now(), ""
    message.save(update_fields=["state", "sent_at", "error"])
    return _Tried(message.state == MessageState.SENT, is_away)


@transaction.atomic
def _begin(pk: int, *, terms: AlertTerms, at: datetime, moment: datetime) -> AlertMessage | None:
    rows = AlertMessage.objects.select_for_update(skip_locked=True)
    found = rows.filter(pk=pk, state=MessageState.WAITING, next_at__lte=at).first()
    if found is None:
        return None
    room_at = _room_at(found.target, terms.targets.get(found.target), at=moment)
    if room_at > moment:
        found.next_at = room_at
        found.save(update_fields=["next_at"])
        return None
    pauses = terms.retry_seconds or (60,)
    found.next_at = at + timedelta(seconds=pauses[min(found.tries, len(pauses) - 1)])
    found.tries, found.tried_at = found.tries + 1, moment
    found.save(update_fields=["tries", "tried_at", "next_at"])
    return found


def _room_at(name: str, target: Target | None, *, at: datetime) -> datetime:
    """When a robot takes another message: at most so many within any minute."""
    most = PER_MINUTE.get(target.kind) if target else None
    if most is None:
        return at
    with connection.cursor() as cursor:  # two processes count one after the other
        key = f"alerts.minute:{name}"
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    of_minute = AlertMessage.objects.filter(target=name, tried_at__gt=at - _MINUTE)
    tried = list(of_minute.order_by("-tried_at").values_list("tried_at", flat=True)[:most])
    oldest = tried[-1] if len(tried) == most else None
    return at if oldest is None else oldest + _MINUTE


def _hand_over(message: AlertMessage, target: Target | None) -> None:
    if target is None:
        raise TargetError("alerts.yaml names no such target", again=False)
    path = key_path(message.target)
    try:
        secret = read_secret(path)
    except ExposedKeyError as error:
        raise TargetError("its key file can be read by others", again=False) from error
    except (OSError, ValueError) as error:
        raise TargetError("its key file cannot be read", again=False) from error
    if target.kind == "apprise":
        send_by_apprise(secret, message.text)
    else:
        send_by_robot(target.kind, secret, message.text, at=now())
