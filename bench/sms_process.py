"""One of the processes that ``bench.sms`` starts and kills: ``gate``, or ``send``."""

from __future__ import annotations

import signal
import sys
import threading
import time

import django

from bench.sms_clock import ZONE, set_forward
from carrears.memory import settle


def gate() -> None:
    """Judge and book what is planned, as ``carrears contact`` does."""
    from carrears.casework.models import PlannedAction  # noqa: PLC0415  Django has to be up
    from carrears.clock import local_day, now  # noqa: PLC0415  the clock is set first
    from carrears.outreach.services import contact_planned  # noqa: PLC0415  Django has to be up

    day = local_day(now(), ZONE)
    contact_planned(as_of=day)
    # What has to wait for the line is for the next minute's run.
    while PlannedAction.objects.filter(as_of=day, state="planned", attempts=None).exists():
        time.sleep(1)
        contact_planned(as_of=day)


def send() -> None:
    """Give texts away until told to stop, as ``carrears sms`` does."""
    from carrears.outreach.sms_service import AlreadyRunningError, run  # noqa: PLC0415  see above

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while True:
        try:
            run(stop=stop)
        except AlreadyRunningError:  # PostgreSQL has not noticed yet that the other was killed
            time.sleep(0.1)
        else:
            return


if __name__ == "__main__":
    set_forward()
    django.setup()
    settle()
    {"gate": gate, "send": send}[sys.argv[1]]()
