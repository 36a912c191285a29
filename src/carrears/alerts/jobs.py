"""What is amiss is looked for every few minutes, and told of every minute."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="*/5 * * * *")
@app.task(queue="alerts", queueing_lock="alerts.look", lock="alerts.look")
def look_each_five_minutes(timestamp: int) -> None:
    """Bears a second start."""
    del timestamp
    from carrears.alerts.services import look, sweep  # noqa: PLC0415  every command reads this
    from carrears.clock import now  # noqa: PLC0415  see above

    try:
        look(at=now())
        sweep(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="* * * * *")
@app.task(queue="alerts", queueing_lock="alerts.tell", lock="alerts.send")
def tell_each_minute(timestamp: int) -> None:
    """Write and send what is due. Bears a second start."""
    del timestamp
    from carrears.alerts.sending import send_due  # noqa: PLC0415  see above
    from carrears.alerts.services import write_messages  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    try:
        write_messages(at=now())
        send_due(at=now())
    finally:
        connection.close()  # see above


@app.task(queue="alerts", lock="alerts.send")
def send_waiting() -> None:
    """Send at once what somebody wants to see arrive. Bears a second start."""
    from carrears.alerts.sending import send_due  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    try:
        send_due(at=now())
    finally:
        connection.close()  # see above
