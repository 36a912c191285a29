"""How often something may be asked for: counted by the minute in the database, by every process.

The table is unlogged: after a crash of the database everybody begins anew.
"""

from __future__ import annotations

import time

from django.db import connection

WINDOW_SECONDS = 60
_TAKE = """
insert into signin_rate as held (key, period, taken) values (%(key)s, %(period)s, 1)
on conflict (key) do update set
  taken = case when held.period = excluded.period then held.taken + 1 else 1 end,
  period = excluded.period
returning taken
"""


def take(key: str, *, at_most: int, at: float | None = None) -> int:
    """Take one of ``at_most`` a minute for ``key``.

    Args:
        key: what is counted, such as ``token:7``; no address in clear.
        at_most: how many a minute; 0 for as many as there are, which are not counted.
        at: the moment in seconds since 1970.

    Returns:
        0 when it may go on, else the seconds after which it may be tried again.
    """
    if at_most <= 0:
        return 0
    moment = time.time() if at is None else at
    period = int(moment // WINDOW_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"key": key, "period": period})
        [taken] = cursor.fetchone()
    if taken <= at_most:
        return 0
    return max(1, int((period + 1) * WINDOW_SECONDS - moment))
