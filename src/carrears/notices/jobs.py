"""Notices go to WeCom besides, and are swept away when they are old."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="41 4 * * *")
@app.task(queue="signin", queueing_lock="notices.sweep", lock="notices.sweep")
def sweep_notices(timestamp: int) -> None:
    """Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.notices.services import sweep  # noqa: PLC0415  see above

    try:
        sweep(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="* * * * *")
@app.task(queue="alerts", queueing_lock="notices.wecom", lock="notices.wecom")
def tell_staff_by_wecom(timestamp: int) -> None:
    """Send notifications as messages of the WeCom application, and tell of those that failed.

    Bears a second start.
    """
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.notices.by_wecom import tell_by_wecom, tell_of_failed  # noqa: PLC0415

    try:
        tell_by_wecom(at=now())
        tell_of_failed(at=now())
    finally:
        connection.close()  # see above
