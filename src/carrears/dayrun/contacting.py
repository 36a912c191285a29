"""Send what was planned for a day and is due by now: by the night's step, and as its hours come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection

from carrears.calendars import load_calendars
from carrears.casework.cadence_stops import cancel_overtaken_steps
from carrears.casework.promise_reminders import cancel_answered_reminders
from carrears.clock import is_replay, local_day, now
from carrears.dayrun.standing import current_base
from carrears.outreach.pacing import Progress, pace_planned
from carrears.outreach.refused_calls import judge_refused_calls
from carrears.outreach.renewing import send_waiting
from carrears.outreach.services import contact_planned
from carrears.portfolio.products import load_products
from carrears.warning.answering import cancel_answered

_SENDING_LOCK = 0x7365_6E64  # "send"


def pace_day(*, as_of: date, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Spread what a live book's night planned over the hours, where a limit an hour is set.

    A replayed book is sent at once, by the clock of its own day. Returns how many ended where
    (``Outcome``); nothing where nothing is spread.
    """
    per_hour = {
        "email": settings.EMAILS_PER_HOUR,
        "sms": settings.SMS_PER_HOUR,
        "call": settings.CALLS_PER_HOUR,
    }
    today = local_day(now(), settings.TIME_ZONE)
    if not any(per_hour.values()) or is_replay(as_of, today=today):
        return {}
    with _sending(wait=True):
        return pace_planned(as_of=as_of, per_hour=per_hour, moment=now(), progress=progress)


def send_due(*, as_of: date) -> int:
    """Send what was planned for ``as_of`` and is due; returns how many were dealt with.

    Each message passes the gate in the transaction that books it. Reminders of what was paid
    since they were planned are cancelled before. One sender at a time: another is waited for.
    """
    with _sending(wait=True):
        return _send(as_of)


def send_as_hours_come() -> int:
    """The same for the newest day run of a live book; nothing where somebody sends already.

    A night plans for the hours at which this house writes, which are still to come.
    """
    base = current_base()
    if base is None or is_replay(base.as_of, today=local_day(now(), settings.TIME_ZONE)):
        return 0
    with _sending(wait=False) as alone:
        return _send(base.as_of) if alone else 0


def _send(as_of: date) -> int:
    home = Path(settings.CARREARS_HOME)
    cancel_answered(products=load_products(home), calendars=load_calendars(home))
    today = local_day(now(), settings.TIME_ZONE)
    today = as_of if is_replay(as_of, today=today) else today
    cancel_answered_reminders(today=today)
    cancel_overtaken_steps(today=today)
    send_waiting()
    dealt_with = contact_planned(as_of=as_of)
    judge_refused_calls(as_of=as_of)
    return dealt_with


@contextmanager
def _sending(*, wait: bool) -> Iterator[bool]:
    """Whether this session has the sending for itself."""
    take = "pg_advisory_lock(%s) is null or true" if wait else "pg_try_advisory_lock(%s)"
    with connection.cursor() as cursor:
        cursor.execute(f"select {take}", [_SENDING_LOCK])
        [alone] = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("select pg_advisory_unlock(%s)", [_SENDING_LOCK])
