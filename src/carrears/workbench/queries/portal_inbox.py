"""How a message stands in the inbox of the lender's app: opened, taken back or expired."""

from __future__ import annotations

from django.utils.translation import gettext

from carrears.access.models import User
from carrears.clock import now
from carrears.outreach.models import Attempt, PortalMessage
from carrears.outreach.portal_inbox import why_withdrawn
from carrears.workbench.templatetags.workbench import moment
from carrears.workbench.view_models.mail import InboxPart


def inbox_part(user: User, attempt: Attempt) -> InboxPart | None:
    """Of a message that went to an inbox; None of any other."""
    message = getattr(attempt, "portal_message", None)
    if message is None:
        return None
    return InboxPart(
        state=inbox_state(message),
        told=inbox_told(message),
        expires_at=message.expires_at,
        may_withdraw=message.withdrawn_at is None
        and message.expires_at > now()
        and user.has_perm("outreach.send_message"),
    )


def inbox_state(message: PortalMessage) -> str:
    """As the labels of ``inbox_state`` have it."""
    if message.withdrawn_at is not None:
        return "withdrawn"
    if message.read_at is not None:
        return "read"
    return "expired" if message.expires_at <= now() else "unread"


def inbox_told(message: PortalMessage) -> str:
    """The same in words, with when and where."""
    told = gettext("not opened yet")
    if message.read_at is not None:
        known = {"at": moment(message.read_at), "via": message.read_via}
        told = gettext("opened %(at)s (%(via)s)") % known
    elif message.expires_at <= now():
        told = gettext("expired, never opened")
    if message.withdrawn_at is None:
        return told
    known = {"at": moment(message.withdrawn_at), "why": why_withdrawn(message)}
    return f"{told} · {gettext('taken back %(at)s: %(why)s') % known}"
