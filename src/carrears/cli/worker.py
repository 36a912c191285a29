"""Work off what waits in the database."""

from __future__ import annotations

from typing import Annotated

import typer

from carrears.cli import app, console, start_django
from carrears.cli.processes import end_with


@app.command()
def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="Jobs at a time.")] = 1,
    wait: Annotated[bool, typer.Option(help="Go on waiting once nothing is left.")] = True,
    parent: Annotated[int, typer.Option(help="End when this process ends.", hidden=True)] = 0,
) -> None:
    """Work off background jobs until told to stop."""
    start_django()
    from procrastinate.contrib.django import app as jobs  # noqa: PLC0415  Django has to be up
    from procrastinate.contrib.django.django_connector import DjangoConnector  # noqa: PLC0415

    if parent:
        end_with(parent)
    console.print(f"Worker: {len(jobs.tasks)} kinds of jobs")
    with jobs.replace_connector(DjangoConnector().get_worker_connector()) as running:
        running.run_worker(concurrency=concurrency, wait=wait)
