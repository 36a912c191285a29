from __future__ import annotations

from pathlib import Path

import pytest
from homes import Home
from small_tape import write_small_tape


@pytest.fixture(scope="session")
def imported_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home into which the small tape has been imported; copy it before use."""
    folder = tmp_path_factory.mktemp("imported")
    home = Home(folder / "home")
    tape = write_small_tape(folder / "tape")
    report = home.run_json("book", "import", str(tape))
    assert (report["rejected"], report["refused"]) == (0, [])
    return home


@pytest.fixture
def home(imported_home: Home, tmp_path: Path) -> Home:
    return imported_home.copy_to(tmp_path / "home")
