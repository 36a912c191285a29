"""Send what is written for targets; each try is on record before it is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from carrears.alerts.by_apprise import send_by_apprise
from carrears.alerts.models import AlertMessage, MessageState
from carrears.alerts.robots import TargetError, send_by_robot
from carrears.alerts.services import terms_now
from carrears.alerts.terms import AlertTerms, Target
from carrears.clock import now
from carrears.keyfiles import ExposedKeyError, read_secret


def key_path(name: str) -> Path:
    """The file with a target's address and key."""
    return Path(settings.KEYS_DIR) / f"alert-{name}.key"


def send_due(*, at: datetime) -> int:
    """Send what waits and is due; returns how many were taken.

    A message whose try broke off without an answer is tried again after the pause: none of the
    services knows a message twice, and an alert told twice is better than none.

    Raises:
        AlertTermsError: the house's file cannot be used.
    """
    terms = terms_now(at)
    waiting = AlertMessage.objects.filter(state=MessageState.WAITING, next_at__lte=at)
    pks = waiting.order_by("next_at", "pk").values_list("pk", flat=True)
    return sum(send_message(pk, terms=terms, at=at) for pk in list(pks))


def send_message(pk: int, *, terms: AlertTerms, at: datetime) -> bool:
    """Try one message, unless another process does; whether it was taken."""
    message = _begin(pk, terms=terms, at=at)
    if message is None:
        return False
    try:
        _hand_over(message, terms.targets.get(message.target))
    except TargetError as error:
        message.error = str(error)[:240]
        if not error.again or message.tries > len(terms.retry_seconds):
            message.state = MessageState.FAILED
    else:
        message.state, message.sent_at, message.error = MessageState.SENT, now(), ""
    message.save(update_fields=["state", "sent_at", "error"])
    return message.state == MessageState.SENT


@transaction.atomic
def _begin(pk: int, *, terms: AlertTerms, at: datetime) -> AlertMessage | None:
    rows = AlertMessage.objects.select_for_update(skip_locked=True)
    found = rows.filter(pk=pk, state=MessageState.WAITING, next_at__lte=at).first()
    if found is None:
        return None
    pauses = terms.retry_seconds or (60,)
    found.next_at = at + timedelta(seconds=pauses[min(found.tries, len(pauses) - 1)])
    found.tries += 1
    found.save(update_fields=["tries", "next_at"])
    return found


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
