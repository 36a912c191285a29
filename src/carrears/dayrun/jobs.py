"""Jobs that keep the other jobs going."""

from __future__ import annotations

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
