from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from carrears.exchange.mapping import Mapping, load_mapping
from carrears.exchange.tape import Reject, read_tape

ReadAll = Callable[..., tuple[dict[str, pa.Table], list[Reject]]]


@pytest.fixture(scope="session")
def own() -> Mapping:
    """Carrears' own format."""
    return load_mapping("carrears")


@pytest.fixture(scope="session")
def read_all() -> ReadAll:
    """A whole small tape: its tables, and what was put aside."""

    def read(path: Path, mapping: Mapping) -> tuple[dict[str, pa.Table], list[Reject]]:
        parts: dict[str, list[pa.Table]] = {}
        rejects: list[Reject] = []
        for batch in read_tape(path, mapping):
            rejects.extend(batch.rejects)
            for name, table in batch.tables.items():
                parts.setdefault(name, []).append(table)
        return {name: pa.concat_tables(tables) for name, tables in parts.items()}, rejects

    return read
