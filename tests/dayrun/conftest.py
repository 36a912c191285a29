from __future__ import annotations

from pathlib import Path

import pytest
from homes import Home, Standing


@pytest.fixture
def home(imported_home: Home, tmp_path: Path) -> Home:
    """A home in which the day is still to be run."""
    return imported_home.copy_to(tmp_path / "home")


@pytest.fixture
def stood(standing: Standing, tmp_path: Path) -> Home:
    """A home whose day was run."""
    return standing.home.copy_to(tmp_path / "home")
