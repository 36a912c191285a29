"""What every test may use: the shared vectors and tapes where this checkout has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real tapes and published vectors; a clone without it skips."""
    folder = Path(os.environ.get("CARREARS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no real tapes and vectors at {folder} (set CARREARS_SHARED)")
    return folder
