"""A process that dies as it brings a recording into the vault loses and doubles nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from factories import MOMENT, make_case, make_user
from recordings.sending import Tape, begin

from carrears.evidence.models import Entry
from carrears.recordings import services
from carrears.recordings.archiving import archive_closed
from carrears.recordings.checking import check_all
from carrears.recordings.models import Chunk, Recording
from carrears.recordings.reading import captured
from carrears.vault.models import StoredObject
from carrears.vault.places import store_in_use

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HERE = Path(__file__).parent


def _halted(tape: Tape, vault: Path, step: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(HERE.parent), str(HERE.parents[1] / "src")])
    process = subprocess.Popen(
        [sys.executable, str(HERE / "archiving_process.py"), connection.settings_dict["NAME"],
         str(tape.token), str(vault), step],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings_test", "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline().strip() == step
    return process


@pytest.mark.parametrize("step", ["planned", "storing", "stored", "checked", "dropping"])
def test_whatever_is_killed_goes_on_where_it_was(vault: Path, step: str) -> None:
    me = make_user(role="collector")
    tape = Tape()
    begin(tape, make_case(assignee=me), me)
    for text in ("one", "two", "three"):
        services.append(tape.token, tape.add(text), by=me, at=MOMENT)
    services.finish(tape.token, count=3, head=tape.head, reason="left", by=me, at=MOMENT)

    process = _halted(tape, vault, step)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL

    recording = Recording.objects.get(pk=tape.token)
    assert list(captured(recording)) == tape.frames
    assert Chunk.objects.filter(sealed=None).count() == 0
    outcome = archive_closed(at=MOMENT)
    assert (len(outcome.parts), outcome.failed) == (1, [])
    recording.refresh_from_db()
    assert list(captured(recording)) == tape.frames
    assert Chunk.objects.exclude(sealed=None).count() == 0
    [stored] = StoredObject.objects.all()
    assert list(store_in_use().addresses()) == [stored.address]
    [entry] = Entry.objects.filter(kind="recording.stored")
    assert json.loads(entry.payload)["object"] == str(stored.token)
    assert Entry.objects.filter(kind="vault.stored").count() == 1
    assert check_all().ok
