"""The second wall: what a request asks runs as a role to which PostgreSQL shows its rows only.

Every transaction that a request begins, and every statement outside of one, first takes a role of
the web (that of the lender's own, of those of them who see a part of the house, or of agencies) and
says for whom it asks, both until its end (``set local``): nothing outlives it, and whoever borrows
the connection next finds nothing set, and so nothing at all. Reads outside of a transaction share
one, which ends before anything is written: a page of a dozen reads would else send three dozen
statements. What must know the whole house to be right, such as the conduct gate, asks ``as_house``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import ServerCursor, sql
from psycopg.pq import TransactionStatus

EVERYTHING = "*"  # the lender's own: every row


@dataclass(frozen=True, slots=True)
class Standing:
    """For whom a request asks: ``EVERYTHING``, or agencies by number; and on which day.

    With a ``user`` he is one of the lender's own who sees a part of the house: ``org`` are the
    organisations, by number, whose people's cases he sees besides his own, and ``pool`` is whether
    he sees those that nobody works. ``caseless`` are those who see no case at all.
    """

    org: str = ""
    day: str = ""
    user: str = ""
    pool: bool = False
    caseless: bool = False


class Wall:
    """What stands around the statements of one request; ``whose`` is asked before each."""

    def __init__(self, whose: Callable[[], Standing]) -> None:
        self._whose = whose
        self._lifted = 0
        self._applied: tuple[Standing, object] | None = None
        self._reading: tuple[Any, Standing] | None = None  # the connection, and for whom it reads

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Let what is asked inside be asked behind the wall."""
        around = _standing.get()
        if around is not None:
            around._leave()  # noqa: SLF001  a wall as well
        token = _standing.set(self)
        try:
            with connection.execute_wrapper(self), _told_of_transactions(self._settle):
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
        if self._lifted or _standing.get() is not self:
            return execute(statement, given, many, context)
        raw = _raw()
        status = raw.info.transaction_status
        reads = self._reading is not None and self._reading[0] is raw
        if not connection.in_atomic_block and (reads or status == TransactionStatus.IDLE):
            if _may_share(statement, context):
                return self._among_reads(execute, statement, given, many, context)
            return self._alone(execute, statement, given, many, context)
        if status in {TransactionStatus.IDLE, TransactionStatus.INTRANS}:
            self._enter(fresh=status == TransactionStatus.IDLE)
        return execute(statement, given, many, context)

    def _among_reads(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """A read outside of any transaction, in that of the reads before it.

        The server refuses what would write in it after all; that is asked again, alone.
        """
        raw, wanted = _raw(), self._whose()
        begun = self._reading is not None and raw.info.transaction_status != TransactionStatus.IDLE
        try:
            if not begun or self._reading != (raw, wanted):
                with connection.wrap_database_errors:
                    raw.execute(_entering(wanted, "" if begun else "begin read only; "))
                self._reading = raw, wanted
            return execute(*arguments)
        except BaseException as error:
            self._reading = None
            with suppress(psycopg.Error):  # the error itself says more
                raw.execute("rollback")
            if not isinstance(error.__cause__, psycopg.errors.ReadOnlySqlTransaction):
                raise
        return self._alone(execute, *arguments)

    def _settle(self) -> None:
        """End the transaction that reads share, if there is one."""
        reading, self._reading = self._reading, None
        raw = connection.connection
        if reading is None or raw is not reading[0]:
            return
        if raw.info.transaction_status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
            with connection.wrap_database_errors:
                raw.execute("commit")

    def _alone(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """A statement outside of any transaction gets one of its own."""
        entering = _entering(self._whose(), "begin; ")  # who asks may have to be read first
        self._settle()
        raw = _raw()
        try:
            with connection.wrap_database_errors:
                raw.execute(entering)
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
        self._settle()
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


def _may_share(statement: Any, context: Any) -> bool:
    """Whether a statement looks like a read; the server itself has the last word.

    What calls the server's own functions may do more than that (locks, notices), and a cursor that
    is read bit by bit may be read after the transaction.
    """
    if not isinstance(statement, str) or statement.lstrip()[:7].lower() != "select ":
        return False
    return "pg_" not in statement and not isinstance(context["cursor"].cursor, ServerCursor)


@contextmanager
def _told_of_transactions(tell: Callable[[], None]) -> Iterator[None]:
    """Have ``tell`` called before Django begins a transaction, for which it has no hook."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    before = vars(database).get("set_autocommit")
    begin = database.set_autocommit

    def begin_told(*arguments: Any, **named: Any) -> None:
        tell()
        begin(*arguments, **named)

    database.set_autocommit = begin_told
    try:
        yield
    finally:
        if before is None:
            del database.set_autocommit
        else:
            database.set_autocommit = before


def _entering(standing: Standing, begin: str = "") -> str:
    return begin + _taking(settings.WEB_ROLES[_side(standing)], standing)


def _side(standing: Standing) -> str:
    if standing.user:
        return "part"
    return "inside" if standing.org == EVERYTHING else "outside"


@lru_cache(maxsize=1024)
def _taking(role: str, standing: Standing) -> str:
    told: dict[str, sql.Composable] = {
        "org": sql.Literal(standing.org),
        "day": sql.Literal(standing.day),
    }
    if standing.user:
        told |= {
            "user": sql.Literal(standing.user),
            "pool": sql.Literal("seen" if standing.pool else ""),
            "cases": sql.Literal("none" if standing.caseless else ""),
            # Whose cases he sees, he himself included (``access.storeys``).
            "people": sql.SQL("carrears_people({}, {}, {})").format(
                *map(sql.Literal, (int(standing.user), standing.org, standing.day))
            ),
        }
    settled = sql.SQL(", ").join(
        sql.SQL("set_config({}, {}, true)").format(f"carrears.{name}", value)
        for name, value in told.items()
    )
    taken = sql.SQL("set local role {}; select {}").format(sql.Identifier(role), settled)
    return taken.as_string(None)


def _raw() -> Any:
    """The driver's own connection, which Django may still have to open."""
    connection.ensure_connection()
    return connection.connection
