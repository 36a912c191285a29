"""Work off what waits in the database."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from carrears.cli import app, console, start_django
from carrears.cli.processes import children, command, end_with


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Jobs at a time.")] = 1,
    wait: Annotated[bool, typer.Option(help="Go on waiting once nothing is left.")] = True,
    events: Annotated[bool, typer.Option(help="Take in events.")] = True,
    jobs: Annotated[bool, typer.Option(help="Do background jobs.")] = True,
    parent: Annotated[int, typer.Option(help="End when this process ends.", hidden=True)] = 0,
) -> None:
    """Take in events and work off background jobs until told to stop."""
    start_django()
    if parent:
        end_with(parent)
    if not jobs:
        _take_events(wait=wait)
        return
    # A process of its own, so that no job makes an event wait.
    if events and not wait:
        _take_events(wait=False)
    with children([command("worker", "--no-jobs")] if events and wait else []):
        _do_jobs(concurrency, wait=wait)


def _take_events(*, wait: bool) -> None:
    from carrears.inbox.worker import run_worker  # noqa: PLC0415  Django has to be up

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    done = run_worker(stop=stop, wait=wait)
    console.print(f"{done:,} events taken in")


def _do_jobs(concurrency: int, *, wait: bool) -> None:
    from procrastinate.contrib.django import app as queue  # noqa: PLC0415  Django has to be up
    from procrastinate.contrib.django.django_connector import DjangoConnector  # noqa: PLC0415

    from carrears.database.job_kinds import put_off_unknown  # noqa: PLC0415  see above
    from carrears.tracing import trace_job  # noqa: PLC0415  see above

    console.print(f"Worker: {len(queue.tasks)} kinds of jobs")
    with queue.replace_connector(DjangoConnector().get_worker_connector()) as running:
        put_off_unknown(running)
        running.run_worker(concurrency=concurrency, wait=wait, worker_middleware=[trace_job])
