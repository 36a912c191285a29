from __future__ import annotations

import pytest
from homes import Home, Standing


@pytest.fixture(scope="session")
def imported(standing: Standing, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose day was run, for commands that read."""
    return standing.home.copy_to(tmp_path_factory.mktemp("analytics") / "home")
