"""What the screen of messages to staff shows."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext, gettext_noop

from carrears.access.models import User
from carrears.notices.by_wecom import failed_messages
from carrears.notices.models import StaffMessage, StaffMessageState
from carrears.workbench.gateway_words import said_by_gateway
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.staff_messages import StaffMessageRow, StaffMessagesPage

# What is said of a message on this side.
ERRORS = (
    gettext_noop("WeCom knows nobody of that name"),
    gettext_noop("WeCom answers what it should not"),
)


def staff_messages_page(user: User, params: QueryDict) -> StaffMessagesPage:
    """Messages that were given up and whose notification is unread."""
    failed = failed_messages()
    pager = make_pager(params, total=failed.count())
    return StaffMessagesPage(
        rows=tuple(
            StaffMessageRow(
                pk=one.pk,
                user=str(one.notice.user),
                kind=one.notice.kind,
                notice_at=one.notice_at,
                tries=one.tries,
                error=_said(one.error),
            )
            for one in failed[rows_of(pager)]
        ),
        pager=pager,
        waiting=StaffMessage.objects.filter(state=StaffMessageState.WAITING).count(),
        may_send=user.has_perm("notices.change_staffmessage"),
    )


def _said(error: str) -> str:
    return gettext(error) if error in ERRORS else said_by_gateway(error)
