"""Background jobs on PostgreSQL: done by the worker, and taken up again when one was killed."""

from __future__ import annotations

import pytest
from django.db import connection
from homes import run_jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from carrears.dayrun.jobs import forget_old_jobs, retry_stalled_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(task: str) -> list[str]:
    """Of the jobs that a test deferred; the worker adds those of the clock by itself."""
    jobs = ProcrastinateJob.objects.filter(task_name__endswith=task, args__timestamp=0)
    return list(jobs.values_list("status", flat=True))


def test_the_worker_does_what_was_deferred() -> None:
    forget_old_jobs.defer(timestamp=0)
    assert state_of("forget_old_jobs") == ["todo"]
    run_jobs()
    assert state_of("forget_old_jobs") == ["succeeded"]


def test_a_job_of_a_killed_worker_is_given_to_the_next() -> None:
    forget_old_jobs.defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into procrastinate_workers (last_heartbeat)"
            " values (now() - interval '5 minutes') returning id"
        )
        cursor.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = %s", cursor.fetchone()
        )
    assert state_of("forget_old_jobs") == ["doing"]

    retry_stalled_jobs.configure(queueing_lock=None).defer(timestamp=0)
    run_jobs()

    assert state_of("forget_old_jobs") == ["succeeded"]
