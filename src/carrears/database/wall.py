"""The second wall: what a request asks runs as a role to which PostgreSQL shows its rows only.

Every transaction that a request begins, and every statement outside of one, first takes a role of
the web, that of the lender's own or that of agencies, and says for whom it asks, both until its end
(``set local``): nothing outlives it, and whoever borrows the connection next finds nothing set, and
so nothing at all. What must know the whole house to be right, such as the conduct gate, asks
``as_house``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql
from psycopg.pq import TransactionStatus

EVERYTHING = "*"  # the lender's own: every row


@dataclass(frozen=True, slots=True)
class Standing:
    """For whom a request asks: ``EVERYTHING``, or agencies by number; and on which day."""

    org: str = ""
    day: str = ""


class Wall:
    """What stands around the statements of one request; ``whose`` is asked before each."""

    def __init__(self, whose: Callable[[], Standing]) -> None:
        self._whose = whose
        self._lifted = 0
        self._applied: tuple[Standing, object] | None = None

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Let what is asked inside be asked behind the wall."""
        token = _standing.set(self)
        try:
            with connection.execute_wrapper(self):
                yield
        finally:
            _standing.reset(token)
            self._leave()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Let what is asked inside be asked for the house."""
        self._lifted += 1
        try:
            self._leave()
            yield
        finally:
            self._lifted -= 1

    def __call__(
        self, execute: Callable[..., Any], statement: Any, given: Any, many: Any, context: Any
    ) -> Any:
        """Run one statement: Django's hook around each."""
        if self._lifted:
            return execute(statement, given, many, context)
        status = _raw().info.transaction_status
        if status == TransactionStatus.IDLE and not connection.in_atomic_block:
            return self._alone(execute, statement, given, many, context)
        if status in {TransactionStatus.IDLE, TransactionStatus.INTRANS}:
            self._enter(fresh=status == TransactionStatus.IDLE)
        return execute(statement, given, many, context)

    def _alone(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """A statement outside of any transaction gets one of its own."""
        raw = _raw()
        try:
            with connection.wrap_database_errors:
                raw.execute(sql.SQL("begin; ") + _entering(self._whose()))
            answer = execute(*arguments)
            with connection.wrap_database_errors:
                raw.execute("commit")
        except BaseException:
            with suppress(psycopg.Error):  # the error itself says more
                raw.execute("rollback")
            raise
        return answer

    def _enter(self, *, fresh: bool) -> None:
        """Take the role for this transaction unless it has it already."""
        block = connection.atomic_blocks[0] if connection.atomic_blocks else None
        wanted = (self._whose(), block)
        if fresh or self._applied != wanted:
            _raw().execute(_entering(wanted[0]))
            self._applied = wanted

    def _leave(self) -> None:
        """Give the role back in a transaction that goes on; the next statement may take it anew."""
        self._applied = None
        raw = connection.connection
        if raw is not None and raw.info.transaction_status == TransactionStatus.INTRANS:
            raw.execute("set local role none")


_standing: ContextVar[Wall | None] = ContextVar("wall", default=None)


@contextmanager
def as_house() -> Iterator[None]:
    """Ask inside with the eyes of the house: the caller answers for what is shown of it."""
    wall = _standing.get()
    if wall is None:
        yield
        return
    with wall.lifted():
        yield


def _entering(standing: Standing) -> sql.Composed:
    role = settings.WEB_ROLES["inside" if standing.org == EVERYTHING else "outside"]
    return sql.SQL(
        "set local role {}; select set_config('carrears.org', {}, true),"
        " set_config('carrears.day', {}, true)"
    ).format(sql.Identifier(role), sql.Literal(standing.org), sql.Literal(standing.day))


def _raw() -> Any:
    """The driver's own connection, which Django may still have to open."""
    connection.ensure_connection()
    return connection.connection
