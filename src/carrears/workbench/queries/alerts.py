"""Alerts as they stand, the targets of the house's file, and what became of messages to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Max, Q
from django.http import QueryDict
from django.utils.translation import get_language, gettext, gettext_noop

from carrears.access.models import User
from carrears.alerts.kinds import AlertKind, Language, say
from carrears.alerts.models import Alert, AlertMessage, MessageState
from carrears.alerts.sending import key_path
from carrears.alerts.services import terms_now
from carrears.alerts.terms import AlertTerms, Route
from carrears.clock import now
from carrears.workbench.gateway_words import said_by_gateway
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.alerts import AlertRow, AlertsPage, MessageRow, TargetRow

_OVER = 10
# What our own side says of a message that was not taken; codes and other words are the target's.
ERRORS = (
    gettext_noop("its key file can be read by others"),
    gettext_noop("its key file cannot be read"),
    gettext_noop("its key file is empty"),
    gettext_noop("its address is not https://…"),
    gettext_noop("it answers what it should not"),
    gettext_noop("it takes too long"),
    gettext_noop("alerts.yaml names no such target"),
    gettext_noop("Apprise does not know such an address"),
    gettext_noop("Apprise could not send it"),
    gettext_noop("Apprise ended without a word"),
)


def alerts_page(user: User, params: QueryDict) -> AlertsPage:
    """The screen.

    Raises:
        AlertTermsError: the house's file cannot be used.
    """
    terms = terms_now(now())
    pager = make_pager(params, total=AlertMessage.objects.count())
    found = AlertMessage.objects.select_related("made_by")[rows_of(pager)]
    standing = Alert.objects.filter(over_at=None)
    over = Alert.objects.exclude(over_at=None).order_by("-over_at")[:_OVER]
    return AlertsPage(
        standing=tuple(map(_alert_row, standing)),
        over=tuple(map(_alert_row, over)),
        targets=tuple(_target_rows(terms)),
        messages=tuple(map(_message_row, found)),
        pager=pager,
        may_test=user.has_perm("alerts.test_target"),
    )


def _alert_row(one: Alert) -> AlertRow:
    language: Language = "zh-CN" if (get_language() or "").startswith("zh") else "en-US"
    said = say(AlertKind(one.kind), one.figures, language)
    return AlertRow(one.kind, said, one.since, one.over_at)


def _target_rows(terms: AlertTerms) -> Iterator[TargetRow]:
    sent = Max("sent_at", filter=Q(state=MessageState.SENT))
    failed = Max("made_at", filter=Q(state=MessageState.FAILED))
    many = Count("pk", filter=Q(state=MessageState.FAILED))
    rows = AlertMessage.objects.order_by().values_list("target")
    times: dict[str, tuple[datetime | None, datetime | None, int]] = {
        name: (at, not_at, number)
        for name, at, not_at, number in rows.annotate(sent=sent, failed=failed, many=many)
    }
    faults = AlertMessage.objects.exclude(error="").order_by("target", "-made_at", "-pk")
    errors = dict(faults.distinct("target").values_list("target", "error"))
    for name, target in terms.targets.items():
        routes = [one for one in terms.routes if name in one.to]
        kinds = dict.fromkeys(kind.value for one in routes for kind in one.alerts)
        sent_at, failed_at, failed_many = times.get(name, (None, None, 0))
        is_failing = failed_at is not None and (sent_at is None or failed_at > sent_at)
        yield TargetRow(
            name=name,
            kind=target.kind,
            alerts=tuple(kinds),
            routes=tuple(map(_when, routes)),
            key="" if key_path(name).exists() else key_path(name).name,
            sent_at=sent_at,
            failed_at=failed_at,
            failed=failed_many,
            error=_said(errors.get(name, "")) if is_failing else "",
        )


def _said(error: str) -> str:
    """Why a message was not taken, in the reader's words where they are ours."""
    return gettext(error) if error in ERRORS else said_by_gateway(error)


def _when(route: Route) -> str:
    """How often and when, in the reader's words."""
    said = [gettext("at most every %(n)s minutes") % {"n": route.every_minutes}]
    if route.remind_hours:
        said.append(gettext("again after %(n)s hours") % {"n": route.remind_hours})
    if route.quiet is not None:
        hours = {"from": route.quiet.from_at, "until": route.quiet.until}
        said.append(gettext("quiet from %(from)s to %(until)s") % hours)
    if route.digest_at is not None:
        said.append(gettext("all together at %(time)s") % {"time": route.digest_at})
    return " · ".join(said)


def _message_row(one: AlertMessage) -> MessageRow:
    return MessageRow(
        pk=one.pk,
        target=one.target,
        text=one.text,
        state=one.state,
        is_test=one.is_test,
        made_by=str(one.made_by) if one.made_by else "",
        made_at=one.made_at,
        sent_at=one.sent_at,
        next_at=one.next_at if one.state == MessageState.WAITING and one.tries else None,
        tries=one.tries,
        error=_said(one.error),
    )
