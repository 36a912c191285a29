"""Recordings whose browser fell silent are closed, and the closed brought into the vault."""

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


@app.periodic(cron="* * * * *")
@app.task(queue="recordings", queueing_lock="recordings.archive", lock="recordings.archive")
def archive_each_minute(timestamp: int) -> None:
    """Bring closed recordings into the vault. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.recordings.archiving import archive_closed  # noqa: PLC0415  see above

    try:
        if archive_closed(at=now()).parts:
            sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="25 20 * * *")  # after four in the morning in China
@app.task(queue="recordings", queueing_lock="recordings.check", lock="recordings.check")
def check_each_night(timestamp: int) -> None:
    """Check the chains of a thirtieth of the recordings, and of the new. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.nights import share_of  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.recordings.checking import check_share  # noqa: PLC0415  see above

    try:
        moment = now()
        check_share(share_of(moment.date()), at=moment)
        sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="*/5 * * * *")
@app.task(queue="recordings", queueing_lock="recordings.absent", lock="recordings.absent")
def find_absent_ones(timestamp: int) -> None:
    """Tell of pages and calls of which no recording was begun. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.recordings.absent import find_absent  # noqa: PLC0415  see above

    try:
        if find_absent(at=now()):
            sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
