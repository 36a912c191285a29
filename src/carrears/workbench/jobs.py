"""Reports are mailed each minute that one is due: they say what the screens show."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="* * * * *")
@app.task(queue="alerts", queueing_lock="reports.send", lock="reports.send")
def mail_reports(timestamp: int) -> None:
    """Mail the reports that are due. Bears a second start."""
    del timestamp
    _send()


@app.task(queue="alerts", lock="reports.send")
def mail_waiting_reports() -> None:
    """Mail at once what somebody asked for again. Bears a second start."""
    _send()


def _send() -> None:
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.reports.sending import send_due  # noqa: PLC0415  see above
    from carrears.workbench.queries.report_mails import write_report  # noqa: PLC0415  see above

    try:
        if send_due(write_report, at=now()):
            sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
