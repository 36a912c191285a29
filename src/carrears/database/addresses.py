"""From the address of a database to what Django is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Told = dict[str, Any]  # a member of Django's ``DATABASES``

# A page asks for little: to start workers for it, or to compile its plan, takes longer than to
# answer. The planner thinks otherwise where a plan has many ways that are seldom gone.
FOR_PAGES = "-c max_parallel_workers_per_gather=0 -c jit=off"


def database_at(url: str, *, embedded: Path, application: str) -> Told:
    """The database at ``url``; without one the embedded server in the folder ``embedded``.

    ``application`` is what its sessions call themselves.

    Raises:
        ValueError: the address is none of PostgreSQL.
    """
    common = {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    if not url:
        own = {"OPTIONS_HOME": str(embedded), "OPTIONS": {"application_name": application}}
        return {"ENGINE": "carrears.database", "NAME": "carrears", **own, **common}
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    options = {"application_name": application} | dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        **common,
    }


def pooled(given: Told, *, by_another: bool, connections: int) -> Told:
    """The same as processes that answer requests reach it (docs/operations.md#pools).

    ``by_another`` pooler, behind whose address the session may be another at each transaction; or
    by a pool of the process's own, of so many ``connections``; 0 for none. Its sessions are set up
    for pages (``FOR_PAGES``), but for a pooler's, which takes no settings: there the role has them.
    """
    told = dict(given)
    if by_another:
        told |= {"DISABLE_SERVER_SIDE_CURSORS": True}
    else:
        own = told["OPTIONS"].get("options", "")  # last, so that it wins
        told |= {"OPTIONS": told["OPTIONS"] | {"options": f"{FOR_PAGES} {own}".strip()}}
    if connections:  # the pool keeps them, so a thread must not
        pool = {"pool": {"min_size": 1, "max_size": connections}}
        told |= {"CONN_MAX_AGE": 0, "OPTIONS": told["OPTIONS"] | pool}
    return told
