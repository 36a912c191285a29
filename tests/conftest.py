"""What every test may use: the shared vectors and tapes where this checkout has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import Home, Standing
from hypothesis import HealthCheck, settings
from once import built_once
from small_tape import AS_OF, write_small_tape

from carrears import memory

memory.begin()
# A busy machine is slow and not wrong.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
ROOT = Path(__file__).resolve().parents[1]
_PREPARE = """
from carrears.cli import start_django
start_django(migrate=False)
from carrears.workbench.static_files import collect_static_files
from carrears.delinquency.reckoning.position import make_ready
collect_static_files()
make_ready()
"""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first: of two processes none waits at the end for the other's.

    But not what commits: it empties the database, and has its place after all that does not.
    """

    def comes_first(item: pytest.Item) -> bool:
        database = item.get_closest_marker("django_db")
        commits = database is not None and database.kwargs.get("transaction", False)
        return item.get_closest_marker("slow") is not None and not commits

    items.sort(key=lambda item: not comes_first(item))
    memory.settle()  # some millions of objects that stay


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real tapes and published vectors; a clone without it skips."""
    folder = Path(os.environ.get("CARREARS_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no real tapes and vectors at {folder} (set CARREARS_SHARED)")
    return folder


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None,  # noqa: ARG001
    migrated_home: Home,
) -> None:
    """The tests' own database is copied from one that is migrated already, once for all processes.

    Its server may forget what it wrote where the machine fails, not where a process is killed.
    """
    from django.db import connection  # noqa: PLC0415  Django has to be up

    own = Path(connection.settings_dict["OPTIONS_HOME"])
    if own.exists():  # kept from a run before (--reuse-db)
        return
    subprocess.run(["cp", "-a", str(migrated_home.folder / "pg"), str(own)], check=True)
    with (own / "postgresql.conf").open("a") as file:
        file.write("fsync = off\nfull_page_writes = off\n")
    connection.settings_dict["TEST"]["TEMPLATE"] = "carrears"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:  # noqa: ARG001
    """A test that commits is cleaned up after (``emptying``), and the database can go at the end.

    No session keeps it from going: none that has just ended, and not this one's own. What reaches
    the database in another way (``pools``) leaves another connection behind than the one that
    Django closes.
    """
    from django.db import connection  # noqa: PLC0415  Django has to be up
    from django.test import TransactionTestCase  # noqa: PLC0415  see above
    from emptying import (  # noqa: PLC0415  see above
        put_back,
        put_back_walls,
        rows_standing,
        walls_standing,
    )

    with django_db_blocker.unblock():
        rows, walls = rows_standing(), walls_standing()

    def tear_down(_: TransactionTestCase) -> None:
        put_back(rows)
        put_back_walls(walls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", tear_down)
        yield

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        connection.close()


@pytest.fixture(autouse=True)
def _no_house_files_left() -> Iterator[None]:
    """A test that writes the lender's own rules does so in a home of its own.

    Left in the home that the others of its process share, they would change what those find.
    """
    yield
    left = list(Path(os.environ["CARREARS_HOME"]).glob("*/*.yaml"))
    assert left == [], "rules of a house are left in the tests' common home"


@pytest.fixture(autouse=True)
def _unwatched_door(request: pytest.FixtureRequest) -> Iterator[None]:
    """Users whom a test makes to set its stage leave no evidence, but where the door is tested.

    Else every test that counts entries would count those of its own preparations.
    """
    if request.path.is_relative_to(ROOT / "tests" / "signin"):
        yield
        return
    from carrears.signin import watching  # noqa: PLC0415  Django has to be up

    watching.disconnect()
    yield
    watching.connect()


@pytest.fixture(scope="session")
def migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose database is at the newest migration, and empty; copy it.

    Beside it what a server serves is collected, and what replays a book compiled: else each home
    would do the one again, and each of the first processes the other.
    """

    def build(folder: Path) -> None:
        home = Home(folder / "home")
        with subprocess.Popen([sys.executable, "-c", _PREPARE], env=home.environ) as preparing:
            home.run("upgrade", "--before")
        assert preparing.returncode == 0

    return Home(built_once(tmp_path_factory, "migrated", build) / "home")


@pytest.fixture(scope="session")
def peopled_home(migrated_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the demo's people and nothing else; copy it."""

    def build(folder: Path) -> None:
        migrated_home.copy_to(folder / "home").run("demo-users")

    return Home(built_once(tmp_path_factory, "peopled", build) / "home")


@pytest.fixture(scope="session")
def imported_home(migrated_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home into which the small tape and its watched loan have been imported; copy it."""

    def build(folder: Path) -> None:
        home = migrated_home.copy_to(folder / "home")
        tape = write_small_tape(folder / "tape", watched=True)
        report = home.run_json("book", "import", str(tape))
        assert (report["rejected"], report["refused"]) == (0, [])

    return Home(built_once(tmp_path_factory, "imported", build) / "home")


@pytest.fixture(scope="session")
def standing(imported_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """The same home after the run of the tape's day; copy it before use."""

    def build(folder: Path) -> None:
        home = imported_home.copy_to(folder / "home")
        told = home.run("day", "--as-of", AS_OF.isoformat(), "--json")
        (folder / "summary.json").write_text(told)

    folder = built_once(tmp_path_factory, "standing", build)
    return Standing(Home(folder / "home"), json.loads((folder / "summary.json").read_text()))
