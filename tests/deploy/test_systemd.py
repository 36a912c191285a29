"""The shipped units are what systemd takes, and start commands that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer.main

from carrears.cli import app, backup, house, sms, worker

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
_REGISTERED = (backup, house, sms, worker)
_COMMAND = "/opt/carrears/.venv/bin/carrears"


def _started() -> list[list[str]]:
    """The arguments of each command that a unit starts."""
    line = re.compile(rf"^ExecStart=.*?{re.escape(_COMMAND)} ([^'\n]*)", re.MULTILINE)
    units = (unit.read_text() for unit in sorted(UNITS.glob("*.service")))
    return [told.replace('"', "").split() for text in units for told in line.findall(text)]


def test_units_start_commands_that_there_are() -> None:
    group: Any = typer.main.get_command(app)
    started = _started()

    assert {arguments[0] for arguments in started} == {
        "serve",
        "worker",
        "sms",
        "backup",
        "backup-erasures",
    }
    for name, *arguments in started:
        joined = " ".join(arguments).replace("$$(date +%%Y-%%m-%%d)", "today")
        group.commands[name].make_context(name, joined.split())


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    for unit in UNITS.iterdir():
        # The command lies elsewhere on this machine.
        text = unit.read_text().replace(_COMMAND, "/bin/true")
        (tmp_path / unit.name).write_text(
            re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE)
        )
    names = [str(path) for path in sorted(tmp_path.iterdir())]

    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *names],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, _ours(done.stderr)) == (0, [])


def _ours(told: str) -> list[str]:
    return [line for line in told.splitlines() if "carrears" in line]
