"""What outreach does by itself: tell of calls that are left open."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="*/5 * * * *")
@app.task(queue="conduct", queueing_lock="outreach.calls_left", lock="outreach.calls_left")
def raise_calls_left_open(timestamp: int) -> None:
    """Tell the team lead of calls whose result nobody told. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.outreach.open_calls import raise_calls_left  # noqa: PLC0415  see above

    try:
        raise_calls_left(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
