"""Recordings whose browser fell silent are closed by themselves."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="* * * * *")
@app.task(queue="recordings", queueing_lock="recordings.close", lock="recordings.close")
def close_each_minute(timestamp: int) -> None:
    """Close them. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.recordings.closing import close_silent  # noqa: PLC0415  see above

    try:
        if close_silent(at=now()):
            sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
