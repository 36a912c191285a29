"""The process that gives texts away, killed meanwhile: none is lost, none is given twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from factories import make_case, make_user
from outreach.smsc import SmscPeer, running_smsc
from outreach.test_smpp import text

from carrears.clock import at_local, local_day, now
from carrears.outreach.models import Delivery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HERE = Path(__file__).parent
TEXTS, WINDOW, KILLS, SEED = 40, 4, 3, 20261129
# Slow enough that a process is not done before a busy machine gets to killing it.


def start(moment: datetime, url: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(HERE.parent), str(HERE.parents[1] / "src")])
    database = connection.settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, str(HERE / "sms_process.py"), database, moment.isoformat(), url],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings_test", "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_gone() -> None:
    """Until PostgreSQL let go of what the killed process held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 60000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def kill_after(smsc: SmscPeer, units: int, moment: datetime, url: str) -> None:
    """Kill a new process once the SMSC was given so many units by it."""
    process = start(moment, url)
    smsc.wait_for("bound")
    for _ in range(units):
        smsc.wait_for("submitted")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    wait_until_gone()


def test_killed_meanwhile_it_loses_no_text_and_gives_none_twice(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most a window of texts is uncertain for each kill; the SMSC never had one twice."""
    noon = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    for module in ("services", "sending", "judging", "gateways"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: noon)
    user, chance = make_user(role="collector"), random.Random(SEED)  # noqa: S311  no secret
    with running_smsc() as smsc:
        smsc.order(receipts="")
        url = settings.SMS_URL = smsc.url(window=WINDOW, per_second=5)
        for number in range(TEXTS):
            case = make_case(
                loan_no=f"K-{number}", loan_id=number, as_of=local_day(noon, "Asia/Shanghai")
            )
            assert text(case, user).state == "booked"
        moment = noon + timedelta(minutes=5)
        for _ in range(KILLS):
            kill_after(smsc, chance.randint(1, 2 * WINDOW), moment, url)
        process = start(moment, url)
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        units = smsc.submitted()
    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert set(states) <= {"accepted", "uncertain"}, states
    assert states.total() == TEXTS
    assert states["uncertain"] <= KILLS * WINDOW
    given = Counter((str(one["udh"]), one["text"]) for one in units)
    assert set(given.values()) == {1}
    kept = {one for refs in Delivery.objects.values_list("references", flat=True) for one in refs}
    assert kept <= {one["submitted"] for one in units}
    parts = sum(Delivery.objects.filter(state="accepted").values_list("parts", flat=True))
    assert len(units) >= parts == len(kept)
