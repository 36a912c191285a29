"""How long what was judged may wait: for its verdict to hold, and for its line to take it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from django.db.models import Q

from carrears.clock import live_since
from carrears.outreach.gateways import is_replayed, mail_gateway_name, sms_gateway_name
from carrears.outreach.models import Attempt, Delivery, DeliveryState
from carrears.outreach.retries import retrying_on

_BY_GATEWAY = ("email", "sms", "letter", "portal")
# What goes by a line that may be away, and which one.
_LINES: Mapping[str, Callable[[], str]] = {"email": mail_gateway_name, "sms": sms_gateway_name}


def is_stale(attempt: Attempt, at: datetime) -> bool:
    """Whether its verdict is too old to lean on; of a replayed book none is."""
    if is_replayed(attempt):
        return False
    return attempt.at < at - retrying_on(attempt.channel, at.date()).fresh


def may_wait(attempt: Attempt, at: datetime) -> bool:
    """Whether it may wait for its line still, to be judged anew."""
    return attempt.at >= at - retrying_on(attempt.channel, at.date()).patience


def too_old(at: datetime) -> Q:
    """Of deliveries, those that waited longer than they may."""
    old = Q()
    for channel in _BY_GATEWAY:
        patience = retrying_on(channel, at.date()).patience
        old |= Q(attempt__channel=channel, attempt__at__lt=at - patience)
    return old & Q(attempt__at__gte=live_since(at))


def lines_behind(channels: Collection[str], *, at: datetime) -> set[str]:
    """The channels of which messages wait for their line that were due half a verdict's age ago.

    No more are booked then: what is planned waits as it is, and is judged when it is booked.
    """
    return {channel for channel in _LINES.keys() & set(channels) if _is_behind(channel, at)}


def _is_behind(channel: str, at: datetime) -> bool:
    return Delivery.objects.filter(
        gateway=_LINES[channel](),
        state=DeliveryState.WAITING,
        due_at__lt=at - retrying_on(channel, at.date()).fresh / 2,
    ).exists()
