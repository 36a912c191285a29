"""The browser of the tests: the Chromium that has no windows where it is there, else a whole one.

It draws pages as the whole one does, but has nobody to ask for a microphone.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

WHOLE = shutil.which("chromium")
PROGRAM = shutil.which("chromium-headless-shell") or WHOLE
FLAGS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
needs_it = pytest.mark.skipif(
    PROGRAM is None, reason="no chromium here; `make browser` installs it"
)


@contextmanager
def started() -> Iterator[Browser]:
    """A browser that keeps nothing."""
    with (
        sync_playwright() as play,
        play.chromium.launch(executable_path=PROGRAM, args=FLAGS) as browser,
    ):
        yield browser
