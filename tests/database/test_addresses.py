"""How processes that answer requests reach the database, beside all others."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from carrears.database.addresses import FOR_PAGES, database_at, pooled

SERVER = "postgresql://someone@db.example/carrears"


def _options(url: str, *, by_another: bool = False) -> dict[str, object]:
    told = database_at(url, embedded=Path("/nowhere"), application="carrears")
    options: dict[str, object] = pooled(told, by_another=by_another, connections=0)["OPTIONS"]
    return options


@pytest.mark.parametrize("url", ["", SERVER])
def test_pages_neither_start_workers_nor_compile_plans(url: str) -> None:
    assert _options(url)["options"] == FOR_PAGES


def test_what_the_address_itself_sets_comes_last_and_wins() -> None:
    options = _options(f"{SERVER}?options=-c%20jit%3Don&sslmode=require")
    assert options["options"] == f"{FOR_PAGES} -c jit=on"
    assert options["sslmode"] == "require"


def test_a_pooler_is_given_no_settings_which_it_would_refuse() -> None:
    assert "options" not in _options(SERVER, by_another=True)


@pytest.mark.django_db
def test_the_server_heeds_them() -> None:
    page = connection.copy()
    page.settings_dict = page.settings_dict | {"OPTIONS": {"options": FOR_PAGES}}
    try:
        with page.cursor() as cursor:
            cursor.execute("select current_setting('jit'),"
                           " current_setting('max_parallel_workers_per_gather')")  # fmt: skip
            assert cursor.fetchone() == ("off", "0")
    finally:
        page.close()
