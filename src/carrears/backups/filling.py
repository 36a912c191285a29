"""A dump put back through our own connection: into any server that it reaches, in one transaction.

``pg_restore`` is asked for the dump's statements only, and so has to reach no server: neither by
TLS, which the shipped one does not speak, nor as a user who may do more than ours.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import connection

from carrears.backups.dumping import major_of, shipped_tool
from carrears.backups.sealing import BackupError

# Rights and policies are of the roles of another server: ``ensure_walls`` makes them here.
_HOW = ("--schema=public", "--no-owner", "--no-privileges", "--no-policies")
# Words of psql's and of newer servers', which say nothing of what is put back.
_PASSED_OVER = ("\\restrict ", "\\unrestrict ", "SET transaction_timeout = ")
_COPY_END = b"\\.\n"
_PIECE = 1 << 20


def fill(source: Path) -> None:
    """Run a dump's statements in the transaction that stands.

    Raises:
        BackupError: the dump cannot be read.
        DatabaseError: the server refuses a statement.
    """
    for section in ("pre-data", "data", "post-data"):
        with _statements(source, section) as lines:
            if section == "data":
                _copy_all(lines)
            else:
                _execute(b"".join(_needed(lines)))
    _execute(b"reset all")


def _copy_all(lines: Iterable[bytes]) -> None:
    """Between statements stand the rows of one table each, which end by a line of their own."""
    waiting: list[bytes] = []
    told = iter(lines)
    for line in _needed(told):
        waiting.append(line)
        if not (line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")):
            continue
        with connection.cursor() as cursor:
            _execute(b"".join(waiting[:-1]))
            with cursor.cursor.copy(line.rstrip(b";\n")) as copy:
                for piece in _rows(told):
                    copy.write(piece)
        waiting = []
    _execute(b"".join(waiting))


def _rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    piece = bytearray()
    for line in lines:
        if line == _COPY_END:
            yield bytes(piece)
            return
        piece += line
        if len(piece) > _PIECE:
            yield bytes(piece)
            piece.clear()
    raise BackupError("the dump ends within the rows of a table")


def _needed(lines: Iterable[bytes]) -> Iterator[bytes]:
    passed_over = tuple(word.encode() for word in _PASSED_OVER)
    return (line for line in lines if not line.startswith(passed_over))


def _execute(statements: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.cursor.execute(statements)  # the driver's own: Django would look for parameters


@contextmanager
def _statements(source: Path, section: str) -> Iterator[IO[bytes]]:
    tool = _pg_restore()
    command: list[Any] = [tool, f"--section={section}", *_HOW, "--file=-", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:  # noqa: S603
        assert running.stdout is not None  # noqa: S101  as asked
        assert running.stderr is not None  # noqa: S101  as asked
        try:
            yield running.stdout
        except BaseException:
            running.kill()
            raise
        said = running.stderr.read().decode(errors="replace")
        if running.wait():
            raise BackupError(f"pg_restore: {said.strip()[-800:]}")


def _pg_restore() -> Path:
    """The newest there is: each reads the dumps of older ones."""
    shipped, own = shipped_tool("pg_restore"), shutil.which("pg_restore")
    if own and major_of(Path(own)) > major_of(shipped):
        return Path(own)
    return shipped
