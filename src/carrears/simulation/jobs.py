"""Simulations of large books are worked out in the background."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.task(queue="simulation", lock="simulation.work_out")
def work_out(*, simulation: int) -> None:
    """Do one simulation. May be begun a second time."""
    from carrears.simulation.models import Simulation  # noqa: PLC0415  see the next line
    from carrears.simulation.services import run_simulation  # noqa: PLC0415  Ibis is slow

    try:
        run_simulation(Simulation.objects.get(pk=simulation))
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
