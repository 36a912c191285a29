from __future__ import annotations

from pathlib import Path

import pytest
from docs.pages import ROOT


@pytest.fixture(scope="session")
def docs() -> Path:
    return ROOT / "docs"
