from __future__ import annotations

import pytest
from homes import Home
from small_tape import write_small_tape


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home into which the small tape has been imported."""
    folder = tmp_path_factory.mktemp("analytics")
    home = Home(folder / "home")
    home.run("book", "import", str(write_small_tape(folder / "tape")))
    home.run("day", "--as-of", "2026-06-30")
    return home
