"""What agencies leave to the worker."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.task(queue="agencies", lock="agencies.place")
def place_approved(*, placing: int) -> None:
    """Place what was approved. Bears a second start."""
    from carrears.agencies.approving import place_lines  # noqa: PLC0415  it defers this
    from carrears.agencies.models import Placing  # noqa: PLC0415  every command reads this
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    try:
        place_lines(Placing.objects.get(pk=placing), at=now())
        sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="35 * * * *")
@app.task(queue="agencies", queueing_lock="agencies.terms", lock="agencies.terms")
def end_terms_each_hour(timestamp: int) -> None:
    """Keep, return and call back by the rules. Bears a second start."""
    del timestamp
    from carrears.agencies.terms import end_terms  # noqa: PLC0415  every command reads this
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above

    try:
        end_terms(at=now())
        sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
