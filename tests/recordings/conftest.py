from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def vault(settings: Any, tmp_path: Path) -> Path:
    """The folder of an empty vault."""
    settings.VAULT_DIR = tmp_path / "vault"
    return tmp_path / "vault"
