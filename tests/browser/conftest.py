"""One home whose day was run, served, and a browser in front of it."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chromium
import pytest
from homes import Home
from once import built_once
from playwright.sync_api import Browser, Page, expect
from small_tape import AS_OF, write_small_tape

PATIENCE_MS = 120_000  # a busy machine is slow and not wrong
MARKS = (pytest.mark.browser, pytest.mark.slow, chromium.needs_it)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def address(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The screens of a home in which the small tape's day was run."""
    folder = tmp_path_factory.mktemp("journey")
    with served(lived_in.copy_to(folder / "home"), folder) as found:
        yield found


@pytest.fixture(scope="session")
def to_live_in(peopled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the demo's people and the small tape, of which no day was run; copy it."""

    def build(folder: Path) -> None:
        home = peopled_home.copy_to(folder / "home")
        home.run("book", "import", str(write_small_tape(folder / "tape")))

    return Home(built_once(tmp_path_factory, "to_live_in", build) / "home")


@pytest.fixture(scope="session")
def lived_in(to_live_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same home after the run of the tape's day; copy it."""

    def build(folder: Path) -> None:
        to_live_in.copy_to(folder / "home").run("day", "--as-of", AS_OF.isoformat())

    return Home(built_once(tmp_path_factory, "lived_in", build) / "home")


@contextmanager
def served(home: Home, folder: Path, *, worker: bool = True) -> Iterator[str]:
    """The address of a home's screens while they are served; the log goes to ``folder``.

    Without a ``worker`` beside them no job is done, which most screens need none of.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "carrears",
                "serve",
                "--port",
                str(port),
                "--workers",
                "1",
                "--threads",
                "4",
                "--worker" if worker else "--no-worker",
            ],
            env=home.environ,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_for(port, folder / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=120)
        assert not (home.folder / "pg" / "postmaster.pid").exists()  # stopped with it


def _wait_for(port: int, log: Path) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            is_there = probe.connect_ex(("127.0.0.1", port)) == 0
            # A port that nobody has yet may be given to the probe itself, which then meets itself.
            if is_there and probe.getsockname() != probe.getpeername():
                return
        time.sleep(0.3)
    raise AssertionError(f"the server did not come up:\n{log.read_text()}")


@pytest.fixture(scope="module")  # Playwright's loop must not run beside other tests
def browser() -> Iterator[Browser]:
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # The browser itself notes each answer that refuses; that another has a case is no fault.
    assert [one for one in complaints if "status of 409" not in one] == []
