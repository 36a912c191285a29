"""Notices that are old are swept away."""

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
