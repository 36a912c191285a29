"""A home of its own for a measurement that asks the database, gone when the process ends."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django


def make_scratch() -> str:
    """A folder that is gone when the process ends, after the server that stands in it."""
    folder = tempfile.mkdtemp(prefix="carrears-bench-")
    atexit.register(shutil.rmtree, folder)  # before the server's own: it is stopped first
    return folder


def open_own_home(*, lender_codes: str) -> None:
    """Start Django on an empty home, whose lender is bound by these codes."""
    os.environ["CARREARS_HOME"] = make_scratch()
    os.environ["CARREARS_LENDER_CODES"] = lender_codes
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    django.setup()


def use_demo_home(given: Path | None, folder: str, *, loans: int) -> None:
    """Work in the home ``given``, else in ``folder``; where no book is, the demo's is made."""
    home = given or Path(folder, "home")
    os.environ["CARREARS_HOME"] = str(home)
    if not (home / "book").exists():
        made = [sys.executable, "-m", "carrears", "demo", "--no-serve", "--loans", str(loans)]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL)
