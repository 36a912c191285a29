from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from carrears.samplebook import Summary, generate_book

AS_OF = date(2026, 10, 31)
LOANS = 20_000


@pytest.fixture(scope="session")
def demo_book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    """The book of the demo, written once."""
    folder = tmp_path_factory.mktemp("demo-book")
    return folder, generate_book(folder, loans=LOANS, seed=1, as_of=AS_OF)
