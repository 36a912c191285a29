"""Read an archive of recordings with its manifest: pure. Nothing is unpacked to a disk.

A zip or tar (also gzipped) holds the recordings and ``manifest.csv``, which says of each by the
agency's reference which contact it is of, its SHA-256 and when it began. Members are looked up by
the very name that the manifest gives; of each no more than ``most_bytes`` are read, whatever the
archive says of its size.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from carrears.agencies.row_files import (
    TOO_LONG,
    Fault,
    Reject,
    Row,
    RowFileError,
    line_of,
    read_rows,
)

COLUMNS: dict[str, tuple[str, ...]] = {
    "reference": ("reference", "流水号"),
    "file": ("file", "文件"),
    "sha256": ("sha256", "SHA-256"),
    "at": ("at", "时间"),
}
MANIFEST = "manifest.csv"
MOST_ROWS = 500
_MOST_MEMBERS = 2_000
_MOST_BYTES = 1 << 30  # unpacked, all of a tar, which is read through
_MANIFEST_BYTES = 1 << 20
_BROKEN = (OSError, EOFError, NotImplementedError, zlib.error, lzma.LZMAError)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST = {"reference": 64, "file": 255}

NO_ARCHIVE = "neither a zip nor a tar that can be read"
NO_MANIFEST = "no manifest.csv in it"
TOO_MANY_MEMBERS = "more than %(told)s members"
NO_REFERENCE = "a reference is needed"
NO_FILE = "“%(told)s” is not in the archive, or twice"
NO_HASH = "the SHA-256 of the file is needed, 64 hexadecimal digits"
OTHER_HASH = "the file has another SHA-256: %(told)s"
NO_TIME = "“%(told)s” is no time with a zone (2026-11-30T10:15:00+08:00)"
TOO_LARGE = "the file is larger than %(told)s bytes"


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording as the manifest tells it; its bytes have that hash."""

    row_no: int
    raw: str
    reference: str
    file: str
    sha256: str
    at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """The manifest's rows, and what reads a member: its bytes up to so many; None: no such."""

    rows: tuple[Row, ...]
    read: Callable[[str, int], bytes | None]


def open_archive(file: IO[bytes], *, name: str) -> Archive:
    """An archive with a manifest.

    Raises:
        RowFileError: no archive, none with a manifest that can be read, or with too many members.
    """
    read, names = _zip_of(file) or _tar_of(file) or _refuse(name)
    if len(names) > _MOST_MEMBERS:
        raise RowFileError(name, TOO_MANY_MEMBERS, str(_MOST_MEMBERS))
    manifest = next((one for one in names if one.rpartition("/")[2] == MANIFEST), None)
    content = None if manifest is None else read(manifest, _MANIFEST_BYTES + 1)
    if content is None or len(content) > _MANIFEST_BYTES:
        raise RowFileError(name, NO_MANIFEST)
    rows = read_rows(
        content, name=MANIFEST, columns=COLUMNS, required=tuple(COLUMNS), most=MOST_ROWS
    )
    return Archive(tuple(rows), read)


def read_recording(row: Row, archive: Archive, *, most_bytes: int) -> RecordingRow | Reject:
    """A recording of the manifest with its bytes, or what is wrong with it."""
    told = {field: row.told.get(field, "") for field in COLUMNS}
    raw = line_of(list(told.values()))
    faults = [Fault(field, TOO_LONG) for field, most in _LONGEST.items() if len(told[field]) > most]
    if not told["reference"]:
        faults.append(Fault("reference", NO_REFERENCE))
    sha256 = told["sha256"].lower()
    if not _SHA256.fullmatch(sha256):
        faults.append(Fault("sha256", NO_HASH))
    at = _moment(told, faults)
    content = None if faults else archive.read(told["file"], most_bytes + 1)
    if not faults:
        faults += _content_faults(content, told["file"], sha256, most_bytes)
    if faults or at is None or content is None:
        return Reject(row.row_no, tuple(faults), raw, told["reference"][:64])
    return RecordingRow(row.row_no, raw, told["reference"], told["file"], sha256, at, content)


def _content_faults(content: bytes | None, file: str, sha256: str, most_bytes: int) -> list[Fault]:
    if content is None:
        return [Fault("file", NO_FILE, file[:40])]
    if len(content) > most_bytes:
        return [Fault("file", TOO_LARGE, str(most_bytes))]
    found = hashlib.sha256(content).hexdigest()
    return [] if found == sha256 else [Fault("sha256", OTHER_HASH, found)]


def _moment(told: Mapping[str, str], faults: list[Fault]) -> datetime | None:
    at = None
    with suppress(ValueError):
        at = datetime.fromisoformat(told["at"].replace("/", "-"))
    if at is None or at.tzinfo is None:
        faults.append(Fault("at", NO_TIME, told["at"][:40]))
        return None
    return at


_Reader = tuple[Callable[[str, int], bytes | None], list[str]]


def _zip_of(file: IO[bytes]) -> _Reader | None:
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError):
        return None
    names = [one.filename for one in archive.infolist() if not one.is_dir()]

    def read(name: str, most: int) -> bytes | None:
        if names.count(name) != 1:
            return None
        try:
            with archive.open(name) as member:
                return member.read(most)
        except (RuntimeError, zipfile.BadZipFile, *_BROKEN):
            return None  # sealed with a password, packed in some other way, or broken

    return read, names


def _tar_of(file: IO[bytes]) -> _Reader | None:
    file.seek(0)
    members: dict[str, list[tarfile.TarInfo]] = {}
    try:
        archive = tarfile.open(fileobj=file, mode="r:*")  # noqa: SIM115  read until the end
        size = 0
        for number, one in enumerate(archive):
            size += one.size
            if number > _MOST_MEMBERS or size > _MOST_BYTES:
                return None  # what unpacks to that much is no set of recordings
            if one.isreg():  # no link leads anywhere
                members.setdefault(one.name, []).append(one)
    except (tarfile.TarError, ValueError, *_BROKEN):
        return None

    def read(name: str, most: int) -> bytes | None:
        found = members.get(name, [])
        if len(found) != 1:
            return None
        try:
            member = archive.extractfile(found[0]) or io.BytesIO()
            return member.read(most)
        except (tarfile.TarError, *_BROKEN):
            return None

    return read, [name for name, found in members.items() for _ in found]


def _refuse(name: str) -> _Reader:
    raise RowFileError(name, NO_ARCHIVE)
