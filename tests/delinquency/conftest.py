from __future__ import annotations

import pytest

from delinquency.books import Judge


@pytest.fixture(scope="session")
def judge() -> Judge:
    """The screen over small books."""
    return Judge()
