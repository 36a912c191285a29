"""A worker of one release beside one of the next."""

from __future__ import annotations

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from carrears.database.job_kinds import put_off_unknown


@pytest.mark.django_db(transaction=True)
def test_a_job_of_another_release_waits_for_its_worker() -> None:
    number = app.configure_task("tomorrow.kind", queue="parties").defer(loan=7)

    with app.replace_connector(DjangoConnector().get_worker_connector()) as running:
        put_off_unknown(running)
        running.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)

    with connection.cursor() as cursor:
        cursor.execute(
            "select status, args, scheduled_at between now() and now() + interval '61 seconds'"
            " from procrastinate_jobs where id = %s",
            [number],
        )
        status, arguments, is_soon = cursor.fetchone()
    assert (status, arguments, is_soon) == ("todo", '{"loan": 7}', True)
