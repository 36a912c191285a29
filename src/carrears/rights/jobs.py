"""People whose data key did not open are tried again by night."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="55 19 * * *")  # before four in the morning in China
@app.task(queue="parties", queueing_lock="rights.set_aside", lock="rights.set_aside")
def try_those_set_aside(timestamp: int) -> None:
    """Seal what they still have in clear once their key opens. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.rights.late_sealing import seal_set_aside  # noqa: PLC0415  see above

    try:
        seal_set_aside(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
