"""What a database and its user lack to be Carrears' own: for a server that somebody else runs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection
from psycopg import sql

OLDEST = 15
_SET_IS_ASKED_SINCE = 160_000

_ASK = """
select current_setting('server_version_num')::int,
  current_setting('server_version'),
  current_setting('server_encoding'),
  current_user,
  current_database(),
  has_schema_privilege(current_user, 'public', 'create'),
  has_database_privilege(current_user, current_database(), 'temporary'),
  (select rolcreaterole or rolsuper from pg_roles where rolname = current_user),
  array(select distinct tableowner::text from pg_tables
    where schemaname = 'public' and not pg_has_role(current_user, tableowner, 'usage')),
  (select pg_has_role(current_user, nspowner, 'usage') from pg_namespace where nspname = 'public')
"""


class UnfitDatabaseError(RuntimeError):
    """The database or its user lacks something; each line says what, and how to give it."""


def expect_fit(*, restoring: bool = False) -> None:
    """Pass if nothing is lacking.

    Raises:
        UnfitDatabaseError: something is.
    """
    if missing := lacking(restoring=restoring):
        raise UnfitDatabaseError("\n".join(["the database is not fit for Carrears:", *missing]))


def lacking(*, restoring: bool = False) -> list[str]:
    """What is missing, a line each, with the statement that an administrator gives it by.

    Args:
        restoring: whether what is there is going to be replaced, which takes the schema's owner.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ASK)
        asked = cursor.fetchone()
    number, version, encoding, user, name, makes, temporary, roles, owners, owns = asked
    told = {
        f"PostgreSQL {OLDEST} or newer; this is {version}": number < OLDEST * 10_000,
        f"a database of encoding UTF8; {name} has {encoding}": encoding != "UTF8",
        _grant("alter database {} owner to {}", name, user)
        + " (or: "
        + _grant("grant create on schema public to {})", user): not makes,
        _grant("grant temporary on database {} to {}", name, user): not temporary,
        f"tables that belong to {', '.join(owners)}: "
        + "; ".join(_grant("reassign owned by {} to {}", one, user) for one in owners): bool(
            owners
        ),
        **_lacking_of_roles(user, makes_roles=roles),
        "to restore, the database of its own: "
        + _grant("alter database {} owner to {}", name, user): restoring and not owns,
    }
    return [line for line, is_lacking in told.items() if is_lacking]


def _lacking_of_roles(user: str, *, makes_roles: bool) -> dict[str, bool]:
    wanted = list(settings.WEB_ROLES.values())
    with connection.cursor() as cursor:
        cursor.execute(
            "select rolname, rolsuper or rolbypassrls from pg_roles where rolname = any (%s)",
            [wanted],
        )
        passes = dict(cursor.fetchall())
    told: dict[str, bool] = {}
    for role in wanted:
        told |= {
            f"the role {role!r} passes by row-level security: "
            + _grant("alter role {} nosuperuser nobypassrls", role): passes.get(role, False),
            _grant("create role {} nologin", role): role not in passes and not makes_roles,
            _grant("grant {} to {}", role, user): not makes_roles
            and not (role in passes and may(role)),
        }
    return told


def may(role: str) -> bool:
    """Whether this database user may take a role; to be its administrator is not enough."""
    with connection.cursor() as cursor:
        number = connection.connection.info.server_version
        how = "set" if number >= _SET_IS_ASKED_SINCE else "member"
        cursor.execute("select pg_has_role(current_user, %s, %s)", [role, how])
        return bool(cursor.fetchone()[0])


def _grant(statement: str, *names: Any) -> str:
    quoted = sql.SQL(statement).format(*(sql.Identifier(str(name)) for name in names))
    return quoted.as_string(None)
