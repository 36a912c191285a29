"""Delete what signing in left behind and nobody needs any more."""

from __future__ import annotations

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from carrears.clock import now
from carrears.signin.limits import WINDOW_SECONDS
from carrears.signin.models import StaffSession


@transaction.atomic
def sweep() -> None:
    """Sessions that expired, attempts whose lock is over (with their addresses), used codes."""
    moment = now()
    Session.objects.filter(expire_date__lt=moment).delete()
    live = Session.objects.values("session_key")
    StaffSession.objects.exclude(session_key__in=live).delete()
    AccessAttempt.objects.filter(attempt_time__lt=moment - settings.AXES_COOLOFF_TIME).delete()
    with connection.cursor() as cursor:
        cursor.execute("delete from signin_cache where expires < %s", [moment])
        before = int(moment.timestamp() // WINDOW_SECONDS) - 1
        cursor.execute("delete from signin_rate where period < %s", [before])
