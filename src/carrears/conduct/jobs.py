"""What conduct does by itself: lists read, complaints and disputes raised, old files destroyed."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="9 * * * *")
@app.task(queue="conduct", queueing_lock="conduct.raise", lock="conduct.raise")
def raise_each_hour(timestamp: int) -> None:
    """Raise complaints and disputes whose time limit nears or has passed. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.conduct.complaint_raising import (  # noqa: PLC0415  see above
        raise_complaints,
        raise_disputes,
    )

    try:
        raise_complaints(at=now())
        raise_disputes(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="40 19 * * *")  # after three in the morning in China
@app.task(queue="vault", queueing_lock="vault.destroy", lock="vault.destroy")
def destroy_each_night(timestamp: int) -> None:
    """Destroy what the vault need not keep any more. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.conduct.vault_keeping import destroy_expired_objects  # noqa: PLC0415  see above

    try:
        if settings.VAULT_DESTROY_EXPIRED:
            destroy_expired_objects(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.task(queue="lists", lock="lists.take")
def take_list_upload(*, upload: str) -> None:
    """Read the file of one list. May be begun a second time."""
    from carrears.conduct.list_uploads import take  # noqa: PLC0415  every command reads this

    try:
        take(UUID(upload))
    finally:
        connection.close()


@app.periodic(cron="23 * * * *")
@app.task(queue="lists", queueing_lock="lists.drop", lock="lists.drop")
def drop_stray_uploads(timestamp: int) -> None:
    """Delete files that no upload waits for any more. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  see above
    from carrears.conduct.list_uploads import drop_strays  # noqa: PLC0415  see above

    try:
        drop_strays(at=now())
    finally:
        connection.close()
