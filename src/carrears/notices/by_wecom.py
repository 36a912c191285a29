"""Notifications as messages of the lender's WeCom application, each once, tried again in bounds."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from carrears.clock import local_day, now
from carrears.keyfiles import read_secret
from carrears.notices.models import Notice, NoticeKind, StaffMessage, StaffMessageState
from carrears.notices.services import Told, holders, notify, settle_kind
from carrears.notices.wecom_app import Card, WecomApp, WecomError, app_of
from carrears.notices.wecom_terms import WecomTerms, load_wecom_terms, words_of

_FRESH = timedelta(hours=12)  # older ones say nothing new to anybody

# What was raised anew (there are more of it) is another message.
_PLAN = """
insert into notices_staffmessage (notice_id, notice_at, state, tries, next_at, msgid, error)
select n.id, n.at, 'waiting', 0, %(at)s, '', ''
from notices_notice n join access_user u on u.id = n.user_id and u.is_active
left join notices_preference p on p.user_id = n.user_id
where n.read_at is null and n.kind = any (%(kinds)s) and n.at > %(since)s and n.at <= %(until)s
  and not coalesce(p.muted ? n.kind, false)
on conflict (notice_id, notice_at) do nothing
"""


def tell_by_wecom(*, at: datetime) -> int:
    """Write and send what is due; how many were taken. Nothing without an application set.

    Bears a second start: each try is on record before it is made, and WeCom takes the same message
    once within hours.

    Raises:
        WecomTermsError: the house's file cannot be used.
        ValueError: the setting, or the file of its secret, cannot.
    """
    app = _app()
    if app is None:
        return 0
    day = local_day(at, settings.TIME_ZONE)
    terms = load_wecom_terms(Path(settings.CARREARS_HOME), on=day)
    _plan(terms, at=at)
    waiting = StaffMessage.objects.filter(state=StaffMessageState.WAITING, next_at__lte=at)
    taken = 0
    for pk in list(waiting.order_by("next_at", "pk").values_list("pk", flat=True)):
        message = _begin(pk, terms, at=at)
        if message is None:
            continue
        try:
            taken += _send(app, message, terms)
        except WecomError:
            break  # all the others would fare the same: they wait, untouched
    return taken


def tell_of_failed(*, at: datetime) -> int:
    """Tell those who see to it of messages that reached nobody; how many people.

    Once a day, and again when there are more of them; done with when none is left whose
    notification is unread. Bears a second start.
    """
    many = failed_messages().count()
    if not many:
        settle_kind(NoticeKind.STAFF_MESSAGE, at=at)
        return 0
    key = f"staff_message:{local_day(at, settings.TIME_ZONE)}"
    told = [
        Told(user=one.pk, kind=NoticeKind.STAFF_MESSAGE, key=key, many=many)
        for one in holders("notices.change_staffmessage")
    ]
    return notify(told, at=at)


def failed_messages() -> QuerySet[StaffMessage]:
    """Those that were given up, of notifications that nobody has read on the screen either."""
    failed = StaffMessage.objects.filter(state=StaffMessageState.FAILED, notice__read_at=None)
    return failed.select_related("notice__user")


@transaction.atomic
def send_again(message: StaffMessage, *, at: datetime) -> bool:
    """Try a message anew that was given up; whether it is to be tried.

    It is not where somebody did so before, or its notification was read meanwhile.
    """
    found = StaffMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if found.state != StaffMessageState.FAILED:
        return False
    is_read = Notice.objects.filter(pk=found.notice_id, read_at__isnull=False).exists()
    found.state = StaffMessageState.READ if is_read else StaffMessageState.WAITING
    found.tries, found.next_at, found.error = 0, at, ""
    found.save(update_fields=["state", "tries", "next_at", "error"])
    return not is_read


def _plan(terms: WecomTerms, *, at: datetime) -> None:
    values: dict[str, Any] = {
        "at": at,
        "kinds": list(terms.kinds),
        "since": at - _FRESH,
        "until": at - timedelta(minutes=terms.wait_minutes),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLAN, values)


@transaction.atomic
def _begin(pk: int, terms: WecomTerms, *, at: datetime) -> StaffMessage | None:
    """The message, if it is still to be sent; that it is tried is written first."""
    rows = StaffMessage.objects.select_for_update(of=("self",), skip_locked=True)
    found = rows.select_related("notice__user").filter(pk=pk, state="waiting").first()
    if found is None:
        return None
    if found.notice.read_at is not None:
        found.state = StaffMessageState.READ
        found.save(update_fields=["state"])
        return None
    pauses = terms.retry_seconds or (60,)
    found.next_at = at + timedelta(seconds=pauses[min(found.tries, len(pauses) - 1)])
    found.tries += 1
    found.save(update_fields=["tries", "next_at"])
    return found


def _send(app: WecomApp, message: StaffMessage, terms: WecomTerms) -> bool:
    """Whether it was taken.

    Raises:
        WecomError: not for its own fault; it is tried again.
    """
    words, notice = words_of(terms.language), message.notice
    card = Card(
        title=words["title"],
        text=words[notice.kind],
        url=f"{settings.PUBLIC_URL}/notices/#{notice.pk}.{message.pk}",
        button=words["open"],
    )
    try:
        message.msgid = app.send(terms.account_of(notice.user.get_username()), card)[:120]
    except WecomError as error:
        message.error = str(error)[:120]
        if error.why == "nobody" or (
            error.why == "passes" and message.tries > len(terms.retry_seconds)
        ):
            message.state = StaffMessageState.FAILED
        message.save(update_fields=["state", "error"])
        if error.why == "account":
            # It is the house's to mend: no try of the message's own.
            StaffMessage.objects.filter(pk=message.pk).update(tries=F("tries") - 1)
        if error.why != "nobody":
            raise
        return False
    message.state, message.sent_at, message.error = StaffMessageState.SENT, now(), ""
    message.save(update_fields=["state", "sent_at", "error", "msgid"])
    return True


def _app() -> WecomApp | None:
    if not settings.WECOM_URL:
        return None
    path = settings.WECOM_SECRET_FILE
    secret = read_secret(Path(path)).strip() if path else ""
    return _kept(settings.WECOM_URL, secret)


@lru_cache(maxsize=1)
def _kept(url: str, secret: str) -> WecomApp:
    """The same for the life of the process, with its token."""
    return app_of(url, secret=secret)
