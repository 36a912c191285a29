from __future__ import annotations

import pytest
from homes import Home
from small_tape import AS_OF


@pytest.fixture(scope="session")
def imported(imported_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of its own, whose day was run: a run is kept with the path of its files."""
    home = imported_home.copy_to(tmp_path_factory.mktemp("analytics") / "home")
    home.run("day", "--as-of", AS_OF.isoformat())
    return home
