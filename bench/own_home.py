"""A home of its own for a measurement that asks the database, gone when the process ends."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import django


def open_own_home(*, lender_codes: str) -> None:
    """Start Django on an empty home, whose lender is bound by these codes."""
    home = tempfile.mkdtemp(prefix="carrears-bench-")
    atexit.register(shutil.rmtree, home)  # before the server's own: it is stopped first
    os.environ["CARREARS_HOME"] = home
    os.environ["CARREARS_LENDER_CODES"] = lender_codes
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    django.setup()
