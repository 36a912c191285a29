"""What somebody is told of, and where each leads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Count, QuerySet, Value
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from carrears.access.models import User
from carrears.clock import local_day, now
from carrears.database.prepared import Blank, prepared
from carrears.notices.models import Notice, NoticeKind
from carrears.notices.services import muted_of
from carrears.notices.wecom_terms import load_wecom_terms
from carrears.workbench.labels import label_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.notices import NoticeRow, NoticesPage

# What is counted leads to a list, a matter to its own page.
_PAGES: dict[str, str] = {
    NoticeKind.DEAD_LETTERS: "workbench:dead-letters",
    NoticeKind.UNPLACED: "workbench:unknown-texts",
    NoticeKind.STAFF_MESSAGE: "workbench:staff-messages",
}
_MATTERS: dict[str, str] = {
    NoticeKind.COMPLAINT: "workbench:complaint",
    NoticeKind.COMPLAINT_DUE: "workbench:complaint",
    NoticeKind.DISPUTE: "workbench:dispute",
    NoticeKind.DISPUTE_DUE: "workbench:dispute",
}


def unread_of(user: AbstractBaseUser | AnonymousUser | None) -> int:
    """How many he has not read."""
    if not isinstance(user, User) or user.pk is None:
        return 0
    [(unread,)] = _unread.ask(user=user.pk)
    return int(unread)


@prepared
def _unread(user: Blank) -> QuerySet[Notice, tuple[Any, ...]]:
    """One row, with how many there are."""
    unread = Notice.objects.filter(user=user, read_at=None)
    return unread.order_by().values(all=Value(1)).annotate(many=Count("*")).values_list("many")


def notices_page(user: User, params: QueryDict) -> NoticesPage:
    """His notifications, newest first; with ``unread`` those that he has not read."""
    mine = Notice.objects.filter(user=user)
    only_unread = params.get("unread") == "1"
    found = mine.filter(read_at=None) if only_unread else mine
    pager = make_pager(params, total=found.count())
    return NoticesPage(
        rows=tuple(_row(one) for one in found.select_related("by")[rows_of(pager)]),
        pager=pager,
        unread=unread_of(user),
        by_wecom=_by_wecom(user),
        only_unread=only_unread,
    )


def _by_wecom(user: User) -> tuple[Option, ...]:
    """The kinds that the house sends by WeCom, and whether he wants them; none without WeCom."""
    if not settings.WECOM_URL:
        return ()
    terms = load_wecom_terms(Path(settings.CARREARS_HOME), on=local_day(now(), settings.TIME_ZONE))
    muted = muted_of(user)
    return tuple(
        Option(kind, str(label_of(kind, "notice").text), selected=kind not in muted)
        for kind in terms.kinds
    )


def address_of(notice: Notice) -> str:
    """The page that a notification leads to."""
    if notice.kind in _PAGES:
        return reverse(_PAGES[notice.kind])
    if notice.kind in _MATTERS:
        return reverse(_MATTERS[notice.kind], args=[notice.data["pk"]])
    if notice.kind == NoticeKind.APPROVAL:
        return _to_decide(notice)
    if notice.loan_no:
        return reverse("workbench:case", args=[notice.loan_no])
    return reverse("workbench:queue")


def _to_decide(notice: Notice) -> str:
    data = notice.data
    match data.get("what"):
        case "override":
            return reverse("workbench:override", args=[data["pk"]])
        case "template":
            return reverse("workbench:template-version", args=[data["key"], data["number"]])
        case "strategy":
            return reverse("workbench:strategy-draft", args=[data["pk"]])
        case "placing":
            return reverse("workbench:placing", args=[data["pk"]])
        case _:
            return reverse("workbench:proposals")


def _row(one: Notice) -> NoticeRow:
    return NoticeRow(
        pk=one.pk,
        kind=one.kind.replace("_due", "_late") if one.data.get("late") else one.kind,
        loan_no=one.loan_no,
        by=str(one.by or ""),
        detail=_detail(one),
        at=one.at,
        is_read=one.read_at is not None,
    )


def _detail(one: Notice) -> str:
    if one.kind == NoticeKind.APPROVAL:
        return str(label_of(one.data.get("what", ""), "notice_what").text)
    is_sum = one.kind == NoticeKind.CASE_DUE and not one.loan_no
    if is_sum or one.kind in (NoticeKind.MOVED, NoticeKind.TAKEN):
        return ngettext("%(many)d case", "%(many)d cases", one.many) % {"many": one.many}
    if one.kind in _PAGES:
        return gettext("open: %(many)d") % {"many": one.many}
    return ""
