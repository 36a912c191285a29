"""What is left to do after a rotation or a new release is done by the worker, in portions."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app

_LOCK = "parties.rewrap"
_TOKENS = "parties.tokens"


@app.periodic(cron="23 * * * *")
@app.task(queue="parties", queueing_lock=f"{_LOCK}.hour", lock=_LOCK)
def finish_rotation(timestamp: int) -> None:
    """Wrap what is not under the newest master key. Bears a second start and being killed."""
    del timestamp
    _rewrap()


@app.task(queue="parties", queueing_lock=f"{_TOKENS}.asked", lock=_TOKENS)
def reindex_people() -> None:
    """Bring everybody under the newest index key. Bears a second start and being killed."""
    _reindex()


@app.task(queue="parties", queueing_lock=_LOCK, lock=_LOCK)
def rewrap_data_keys() -> None:
    """The same, when somebody asked for it. Bears a second start and being killed."""
    _rewrap()


def _rewrap() -> None:
    from carrears.parties.rotation import rewrap_all  # noqa: PLC0415  every command reads this

    try:
        rewrap_all()
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="43 * * * *")
@app.task(queue="parties", queueing_lock=_TOKENS, lock=_TOKENS)
def refresh_tokens_each_hour(timestamp: int) -> None:
    """Make indexes of an older key or release anew. Bears a second start and being killed."""
    del timestamp
    _reindex()


def _reindex() -> None:
    from carrears.parties.index_rotation import finish  # noqa: PLC0415  see above

    try:
        finish()
    finally:
        connection.close()
