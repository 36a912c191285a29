"""What is built once in a run, whichever of its test processes needs it first."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], object]) -> Path:
    """The folder that ``build`` filled, for all processes of this run; nobody writes to it after.

    The others wait for who is at it. What did not come to its end is built anew.
    """
    run = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # its own lies in the folder of the run
        run = run.parent
    folder, built = run / "once" / name, run / "once" / f"{name}.built"
    folder.parent.mkdir(exist_ok=True)
    with (run / "once" / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            built.touch()
    return folder
