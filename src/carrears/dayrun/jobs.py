"""Jobs of the clock: what keeps the other jobs going, and messages whose hour has come."""

from __future__ import annotations

from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app

_KEPT_HOURS = 30 * 24


@app.periodic(cron="* * * * *")
@app.task(queue="upkeep", queueing_lock="upkeep.retry_stalled", pass_context=True)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give what a killed worker had begun to the next one; a job must bear a second start."""
    del timestamp
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(queue="upkeep", queueing_lock="upkeep.forget_old", pass_context=True)
async def forget_old_jobs(context: JobContext, timestamp: int) -> None:
    """Delete jobs that succeeded a month ago; the failed stay for somebody to look at."""
    del timestamp
    await context.app.job_manager.delete_old_jobs(nb_hours=_KEPT_HOURS)


@app.periodic(cron="* * * * *")
@app.task(queue="contact", queueing_lock="contact.send_planned", lock="contact.send_planned")
def send_planned(timestamp: int) -> None:
    """Send what the newest night planned for an hour that has come. Bears a second start."""
    del timestamp
    from carrears.dayrun.contacting import send_as_hours_come  # noqa: PLC0415  every command reads this

    try:
        send_as_hours_come()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
