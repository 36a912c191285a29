"""A process that dies at once, wherever it is, leaves nothing that anybody would see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from factories import make_case

from carrears.casework.models import Case
from carrears.evidence.models import Entry
from carrears.parties.models import Party
from carrears.vault.models import StoredObject
from carrears.vault.places import store_in_use
from carrears.vault.stores import sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HERE = Path(__file__).parent


def _start(case: Case, vault: Path, *, pause: float) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(HERE.parent), str(HERE.parents[1] / "src")])
    return subprocess.Popen(
        [sys.executable, str(HERE / "storing_process.py"), connection.settings_dict["NAME"],
         str(case.pk), str(vault), str(pause)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings_test", "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def _read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_the_process_stores_when_nobody_kills_it(vault: Path) -> None:
    process = _start(make_case(), vault, pause=0)
    assert (_read_line(process), _read_line(process)) == ("halfway", "stored")
    process.communicate()
    assert [one.size for one in StoredObject.objects.all()] == [3_000_007]
    assert list((vault / "incoming").iterdir()) == []


def test_killed_halfway_through_the_stream(vault: Path) -> None:
    process = _start(make_case(), vault, pause=600)
    assert _read_line(process) == "halfway"
    _kill(process)
    assert not StoredObject.objects.exists()
    assert not Entry.objects.filter(kind="vault.stored").exists()
    assert list(store_in_use().addresses()) == []
    (left,) = (vault / "incoming").iterdir()
    assert sweep(vault / "incoming") == 0, "it could still be written"
    os.utime(left, (0, 0))
    assert sweep(vault / "incoming") == 1
    assert not left.exists()


def test_killed_between_the_bytes_and_the_row(vault: Path) -> None:
    case = make_case()
    with transaction.atomic():
        Party.objects.select_for_update().get(pk=case.party_id)
        process = _start(case, vault, pause=0)
        assert _read_line(process) == "halfway"
        deadline = time.monotonic() + 60
        while not list(store_in_use().addresses()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        _kill(process)
    assert not StoredObject.objects.exists()
    assert not Entry.objects.filter(kind="vault.stored").exists()
