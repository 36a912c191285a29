"""A clock that goes on from ten in the morning, where the debtors of ``bench.sms`` live."""

from __future__ import annotations

import os
from datetime import datetime, time, timedelta

from carrears import clock

ZONE = "Asia/Shanghai"
_FORWARD = "CARREARS_BENCH_FORWARD"
_true_now = clock.now


def set_forward() -> None:
    """Have it be ten in the morning, here and in the processes started from here.

    Before any module takes ``now`` for itself.
    """
    if _FORWARD not in os.environ:
        at = _true_now()
        ten = clock.at_local(clock.local_day(at, ZONE), time(10), ZONE)
        os.environ[_FORWARD] = str((ten - at).total_seconds())
    clock.now = _moved_now


def _moved_now() -> datetime:
    return _true_now() + timedelta(seconds=float(os.environ[_FORWARD]))
