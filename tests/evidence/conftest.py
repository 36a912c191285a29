from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def own_key(settings: Any, tmp_path: Any) -> None:
    """A log of its own, with its own key."""
    settings.KEYS_DIR = tmp_path / "keys"
    settings.EVIDENCE_ORIGIN = "lender.example/log"
