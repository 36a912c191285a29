"""Bring the files of industry lists in from the screen: kept sealed, read in the background.

A file is read in one transaction, which also says that it was: a worker that is killed in the
middle leaves nothing, and the next one begins anew.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction

from carrears.access.models import User
from carrears.clock import now
from carrears.conduct.foreign import Scheme
from carrears.conduct.industry_lists import ListTerms, add_to_list, check_terms, read_list
from carrears.conduct.list_files import ForeignFileError, ListFileError
from carrears.conduct.models import IndustryList, ListState, ListUpload, UploadState
from carrears.conduct.services import ConductError, Scope
from carrears.evidence.services import sequence
from carrears.parties.services import open_for_house, seal_for_house
from carrears.vault.streaming import KEY_BYTES, open_range, seal

_KEY = "list upload key {}"
_TOLD_EVERY_SECONDS = 0.5
_KEPT_SECONDS = 3_600  # of a file that no upload waits for: another process may be writing it


class FileLostError(Exception):
    """The sealed file of an upload is not where it was put."""


def ask_read(
    pieces: Iterable[bytes],
    terms: ListTerms,
    *,
    file_name: str,
    column: str = "",
    by: User | None,
    at: datetime,
) -> ListUpload:
    """Have a file read as a version of a list; nobody is barred before it is put into force.

    Raises:
        ConductError: the terms make no sense.
    """
    check_terms(terms)
    upload = ListUpload(
        list_name=terms.name.strip(), is_more=False, terms=_terms_json(terms), column=column
    )
    return _ask(upload, pieces, file_name=file_name, by=by, at=at)


def ask_add(
    pieces: Iterable[bytes],
    name: str,
    *,
    file_name: str,
    column: str = "",
    by: User | None,
    at: datetime,
) -> ListUpload:
    """Have a file added to the version of a list that is in force.

    Raises:
        ConductError: no list of this name is in force.
    """
    if not IndustryList.objects.filter(name=name, state=ListState.LIVE).exists():
        raise ConductError(f"no list {name!r} is in force")
    upload = ListUpload(list_name=name, is_more=True, column=column)
    return _ask(upload, pieces, file_name=file_name, by=by, at=at)


def take(token: UUID) -> ListUpload:
    """Read a file that was brought. Bears a second start; what has ended stays as it is.

    Whatever goes wrong that is not the file's own fault is kept as its ``problem`` and raised.
    """
    upload = ListUpload.objects.select_related("by").get(pk=token)
    if upload.state not in {UploadState.WAITING, UploadState.RUNNING}:
        _drop_file(token)
        return upload
    ListUpload.objects.filter(pk=token).update(state=UploadState.RUNNING, done=0)
    try:
        _take(upload)
    except ForeignFileError as error:
        _fail(upload, "foreign", str(error))
    except ListFileError as error:
        _fail(upload, "file", str(error))
    except ConductError as error:
        _fail(upload, "refused", str(error))
    except Exception as error:
        _fail(upload, "lost" if isinstance(error, FileLostError) else "other", "")
        raise
    _drop_file(token)
    if upload.is_more:
        sequence()
    return upload


def drop_strays(*, at: datetime) -> int:
    """Delete the sealed files that no upload waits for; how many there were."""
    waiting = ListUpload.objects.filter(key_sealed__isnull=False).values_list("pk", flat=True)
    names = {_place(token).name for token in waiting}
    strays = [
        path
        for path in _folder().iterdir()
        if path.name not in names and path.stat().st_mtime < at.timestamp() - _KEPT_SECONDS
    ]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def terms_of(upload: ListUpload) -> ListTerms:
    """What was told of the version that an upload brings."""
    told = dict(upload.terms)
    told["scheme"], told["scope"] = Scheme(**told["scheme"]), Scope(**told["scope"])
    told["from_on"] = date.fromisoformat(told["from_on"])
    until = told["until_on"]
    told["until_on"] = date.fromisoformat(until) if until else None
    return ListTerms(**told)


def _terms_json(terms: ListTerms) -> dict[str, Any]:
    told = asdict(terms)
    told["from_on"] = terms.from_on.isoformat()
    told["until_on"] = terms.until_on.isoformat() if terms.until_on else None
    return told


def _ask(
    upload: ListUpload, pieces: Iterable[bytes], *, file_name: str, by: User | None, at: datetime
) -> ListUpload:
    from carrears.conduct.jobs import take_list_upload  # noqa: PLC0415  the job calls back here

    key = os.urandom(KEY_BYTES)
    upload.file_name, upload.by, upload.asked_at = file_name[:255], by, at
    try:
        upload.total = _keep_file(upload.token, pieces, key=key)
        with transaction.atomic():
            upload.key_sealed = seal_for_house(_KEY.format(upload.token), key.hex())
            upload.save(force_insert=True)
            take_list_upload.defer(upload=str(upload.token))
    except BaseException:
        _drop_file(upload.token)
        raise
    return upload


def _keep_file(token: UUID, pieces: Iterable[bytes], *, key: bytes) -> int:
    """Write a file down sealed; its length in clear."""
    length = 0

    def counted() -> Iterable[bytes]:
        nonlocal length
        for piece in pieces:
            length += len(piece)
            yield piece

    with _place(token).open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.writelines(seal(counted(), key=key, bound_to=token.bytes))
        file.flush()
        os.fsync(file.fileno())
    return length


def _take(upload: ListUpload) -> None:
    """Read the file and say so, both or neither."""
    with _opened(upload) as stream, transaction.atomic():
        told: dict[str, Any] = {
            "file_name": upload.file_name,
            "column": upload.column,
            "by": upload.by,
            "at": now(),
        }
        if upload.is_more:
            row, is_new = add_to_list(stream, upload.list_name, **told)
        else:
            row, is_new = read_list(stream, terms_of(upload), **told)
        _end(upload, UploadState.DONE, result=row, is_new=is_new, done=upload.total, terms={})


def _fail(upload: ListUpload, problem: str, why: str) -> None:
    _end(upload, UploadState.FAILED, problem=problem, why=why[:300])


def _end(upload: ListUpload, state: UploadState, **values: object) -> None:
    values |= {"state": state, "ended_at": now(), "key_sealed": None}
    for name, value in values.items():
        setattr(upload, name, value)
    ListUpload.objects.filter(pk=upload.pk).update(**values)


def _opened(upload: ListUpload) -> io.BufferedReader:
    path = _place(upload.pk)
    if upload.key_sealed is None or not path.is_file():
        raise FileLostError(f"the file of {upload} is not in {path.parent}")
    key = bytes.fromhex(open_for_house(_KEY.format(upload.pk), upload.key_sealed))

    def fetch(start: int, end: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    pieces = open_range(fetch, key=key, bound_to=upload.pk.bytes, size=upload.total)
    return io.BufferedReader(_Pieces(pieces, told=_Teller(upload.pk)))


class _Pieces(io.RawIOBase):
    """A stream of pieces; what was taken of it is told."""

    def __init__(self, pieces: Iterable[bytes], *, told: _Teller) -> None:
        super().__init__()
        self._pieces, self._rest, self._told = iter(pieces), memoryview(b""), told

    def readable(self) -> bool:
        """It is read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        self._told(size)
        return size

    def close(self) -> None:
        """End the teller's connection, too."""
        self._told.close()
        super().close()


class _Teller:
    """Tells an upload's row how far it is, past the transaction that reads the file."""

    def __init__(self, token: UUID, clock: Callable[[], float] = time.monotonic) -> None:
        self._token, self._clock, self._done = token, clock, 0
        self._next = clock()
        self._connection: Any = None

    def __call__(self, size: int) -> None:
        self._done += size
        if self._clock() < self._next:
            return
        if self._connection is None:
            self._connection = connections.create_connection("default")
        with self._connection.cursor() as cursor:
            cursor.execute(
                "update conduct_listupload set done = %s where token = %s and state = 'running'",
                [self._done, self._token],
            )
        self._next = self._clock() + _TOLD_EVERY_SECONDS

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _drop_file(token: UUID) -> None:
    with suppress(FileNotFoundError):
        _place(token).unlink()


def _folder() -> Path:
    """Of the home, beside what a backup takes along: nobody's data stays in it."""
    folder = Path(settings.CARREARS_HOME) / ".lists"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _place(token: UUID) -> Path:
    return _folder() / f"{token}.sealed"
