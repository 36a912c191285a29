"""Checkpoints go to the witnesses, and to a time-stamping authority, by themselves."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

_LOCK = "evidence.send_checkpoint"
# What is sealed within this time is sent at once: the newest checkpoint stands for all before.
_GATHERED_SECONDS = 5


@app.periodic(cron="* * * * *")
@app.task(queue="evidence", queueing_lock=f"{_LOCK}.minute", lock=_LOCK)
def send_each_minute(timestamp: int) -> None:
    """Have an unchanged log seen too, and ask anew who failed. Bears a second start."""
    del timestamp
    _send()


@app.periodic(cron="* * * * *")
@app.task(queue="evidence", queueing_lock="evidence.stamp", lock="evidence.stamp")
def stamp_each_hour(timestamp: int) -> None:
    """Have the newest checkpoint time-stamped once its time has come. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.timestamps import stamp_when_due  # noqa: PLC0415  see above

    try:
        stamp_when_due(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="*/5 * * * *")
@app.task(queue="evidence", queueing_lock="evidence.anchor", lock="evidence.anchor")
def anchor_each_day(timestamp: int) -> None:
    """Hold the log against the chain, and anchor it when its time has come; may start twice."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.anchors import anchor_when_due  # noqa: PLC0415  see above

    try:
        anchor_when_due(at=now())
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.periodic(cron="20 19 * * *")  # after three in the morning in China
@app.task(queue="evidence", queueing_lock="evidence.verify", lock="evidence.verify")
def verify_each_night(timestamp: int) -> None:
    """Check the log, or what this night is to check of a large one. Bears a second start."""
    del timestamp
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.portions import verify_tonight  # noqa: PLC0415  see above
    from carrears.evidence.services import keep_verification  # noqa: PLC0415  see above

    try:
        moment = now()
        keep_verification(verify_tonight(moment.date()), at=moment)
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay


@app.task(queue="evidence", queueing_lock=_LOCK, lock=_LOCK)
def send_when_sealed() -> None:
    """Have what was just sealed cosigned. Bears a second start."""
    _send()


_asked: set[bool] = set()  # whether this process has asked the witnesses since it began


def wake() -> None:
    """Have the newest checkpoint sent soon, where there is anybody to send it to."""
    if not Path(settings.WITNESS_POLICY).is_file():
        return
    with suppress(AlreadyEnqueued):
        send_when_sealed.configure(schedule_in={"seconds": _GATHERED_SECONDS}).defer()


def _send() -> None:
    from carrears.clock import now  # noqa: PLC0415  every command reads this
    from carrears.evidence.standing import note_policy  # noqa: PLC0415  see above
    from carrears.evidence.witnesses import read_policy, send_checkpoint  # noqa: PLC0415  see above

    try:
        note_policy(at=now())
        if policy := read_policy():
            # A worker that begins asks whatever the database says: it may be an old one put back.
            send_checkpoint(policy, at=now(), forced=not _asked)
            _asked.add(True)
    finally:
        connection.close()  # the worker's thread ends, and its connection would stay
