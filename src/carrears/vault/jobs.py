"""The vault is read again by itself, a part of it each night."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app


@app.periodic(cron="10 20 * * *")  # after four in the morning in China
@app.task(queue="vault", queueing_lock="vault.verify", lock="vault.verify")
def verify_each_night(timestamp: int) -> None:
    """Read the bytes of a thirtieth of the objects, so that each is read in a month.

    Bears a second start.
    """
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.nights import share_of  # noqa: PLC0415  see above
    from carrears.evidence.services import sequence  # noqa: PLC0415  see above
    from carrears.vault.verification import keep_check, verify_vault  # noqa: PLC0415  see above

    try:
        moment = now()
        keep_check(verify_vault(share=share_of(moment.date())), at=moment)
        sequence()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
