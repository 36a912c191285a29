"""What the law has destroyed in time is destroyed by itself."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app


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
