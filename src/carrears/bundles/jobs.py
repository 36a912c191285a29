"""Bundles with files are made in the background, and do not stay for ever."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from procrastinate.contrib.django import app


@app.task(queue="bundles", lock="bundles.prepare")
def prepare_bundle(*, bundle: str) -> None:
    """Make one bundle. May be begun a second time."""
    from carrears.bundles.preparing import prepare  # noqa: PLC0415  every command reads this

    try:
        prepare(UUID(bundle))
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="13 * * * *")
@app.task(queue="bundles", queueing_lock="bundles.drop", lock="bundles.drop")
def drop_expired_bundles(timestamp: int) -> None:
    """Forget bundles whose hours are over. Bears a second start."""
    del timestamp
    from carrears.bundles.preparing import drop_expired  # noqa: PLC0415  see above
    from carrears.clock import now  # noqa: PLC0415  see above

    try:
        drop_expired(at=now())
    finally:
        connection.close()
