"""What an event told of disputes and hardship and could not be raised, for who deals with it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop

from carrears.access.models import User
from carrears.casework.seeing import sees_everything
from carrears.conduct.complaint_models import ComplaintChannel
from carrears.inbox.correcting import told_aside
from carrears.inbox.models import Event
from carrears.inbox.working import whole_payload
from carrears.workbench.view_models.disputes import DisputeAside

DEAL = "conduct.change_dispute"
_MOST = 50
# Part of what may be answered, with names in it, and what it means.
_MEANS = {
    "no loan ": gettext_noop("There is no such loan in the book."),
    "is none of": gettext_noop("There is no such kind of dispute."),
    "nothing is collected": gettext_noop(
        "Nothing is collected on this loan: it has ended, or no night has looked at it yet."
    ),
    "cannot end before": gettext_noop("It would end before the day on which it was told."),
    "until_on": gettext_noop("Its last day makes no sense."),
}


def aside_for(user: User) -> tuple[DisputeAside, ...]:
    """The newest of them, for those who deal with disputes of all cases."""
    if not user.has_perm(DEAL) or not sees_everything(user):
        return ()
    return tuple(map(_shown, told_aside()[:_MOST]))


def _shown(event: Event) -> DisputeAside:
    told: Any = whole_payload(event)
    told = told if isinstance(told, dict) else {}
    channel = str(told.get("channel", ""))
    return DisputeAside(
        pk=event.pk,
        loan_no=event.loan_no,
        source=event.source,
        key=event.key,
        at=event.happened_at,
        channel=channel if channel in ComplaintChannel.values else "other",
        kind=str(told.get("dispute", "other")),
        why=why_aside(event.error),
        text=str(told.get("text") or ""),
        is_hardship=event.kind == "hardship",
        until_on=str(told.get("until_on") or ""),
    )


def why_aside(error: str) -> str:
    """The reason in the reader's language, where it is one of those that are known."""
    means = next((said for part, said in _MEANS.items() if part in error), error)
    return gettext(means) if means else ""
