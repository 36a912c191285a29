"""The embedded server's settings: by the machine, and never over the operator's own."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from carrears.database.embedded import connection_parameters
from carrears.database.tuning import memory_of_this_machine, prepare, settings_for

_GB = 2**30


@pytest.mark.parametrize(
    ("memory", "pages", "cached"),
    [
        (_GB // 2, "128MB", "256MB"),
        (4 * _GB, "512MB", "2048MB"),
        (24 * _GB, "2048MB", "12288MB"),
        (256 * _GB, "2048MB", "131072MB"),
    ],
)
def test_an_eighth_of_the_memory_within_bounds(memory: int, pages: str, cached: str) -> None:
    settings = settings_for(memory, disk=100 * _GB)

    assert settings["shared_buffers"] == pages
    assert settings["effective_cache_size"] == cached
    assert settings["max_wal_size"] == "4096MB"


def test_a_small_disk_keeps_the_log_small() -> None:
    assert not any("wal" in name for name in settings_for(8 * _GB, disk=3 * _GB))


def test_no_more_memory_is_told_than_there_is() -> None:
    told = memory_of_this_machine()
    lines = Path("/proc/meminfo").read_text().splitlines()

    assert 0 < told <= int(lines[0].split()[1]) * 1024


def test_the_file_is_included_once(tmp_path: Path) -> None:
    main = tmp_path / "postgresql.conf"
    main.write_text("port = 5432\n")

    for memory in (4 * _GB, 8 * _GB):
        prepare(tmp_path, memory=memory)

    assert main.read_text().count("carrears.conf") == 1
    assert main.read_text().startswith("port = 5432\n")
    assert "shared_buffers = '1024MB'" in (tmp_path / "carrears.conf").read_text()
    assert not list(tmp_path.glob("*.new"))


@pytest.mark.slow
def test_the_server_starts_with_them(tmp_path: Path) -> None:
    with psycopg.connect(**connection_parameters(tmp_path / "pg")) as connection:
        files = connection.execute(
            "select name, sourcefile from pg_settings where sourcefile like '%carrears.conf'"
        ).fetchall()

    assert {"shared_buffers", "effective_cache_size"} <= {name for name, _ in files}
