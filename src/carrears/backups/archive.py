"""What is in a backup: a tar stream of files, and at its end a manifest that names each by hash."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from carrears.backups.sealing import BackupError

MANIFEST = "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """A file to take along, and its name in the archive (with slashes)."""

    name: str
    path: Path


def files_below(folder: Path, *, leave_out: frozenset[str]) -> Iterator[Member]:
    """Every regular file below a folder, in the order of names.

    Args:
        folder: the folder.
        leave_out: names directly in it that are not taken along.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if name.parts[0] not in leave_out and path.is_file() and not path.is_symlink():
            yield Member(name.as_posix(), path)


def pack(members: Iterable[Member], manifest: dict[str, Any]) -> Iterator[bytes]:
    """The archive in pieces: the members, then the manifest with their sizes and SHA-256.

    A file that vanishes before it is read is left out, as its folder no longer had it. Nothing
    beyond the size at its beginning is read of a file that grows.

    Raises:
        BackupError: a file became shorter while it was read.
    """
    listed: dict[str, dict[str, Any]] = {}
    for member in members:
        try:
            file = member.path.open("rb")
        except FileNotFoundError:
            continue
        with file:
            size = member.path.stat().st_size
            digest = hashlib.sha256()
            yield _header(member.name, size)
            for piece in _read(file, size, member.name):
                digest.update(piece)
                yield piece
            yield _padding(size)
        listed[member.name] = {"size": size, "sha256": digest.hexdigest()}
    told = json.dumps(manifest | {"files": listed}, indent=1, sort_keys=True).encode()
    yield _header(MANIFEST, len(told)) + told + _padding(len(told))
    yield bytes(2 * tarfile.BLOCKSIZE)


def unpack(pieces: Iterator[bytes], folder: Path | None) -> dict[str, Any]:
    """Check every file against the manifest and return that; write the files below ``folder``.

    Without a folder nothing is written.

    Raises:
        BackupError: a file is missing, is not what the manifest says, or points out of the folder.
    """
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(mode="r|", fileobj=_Pieces(pieces)) as archive:
            for info in archive:
                content = cast("IO[bytes]", archive.extractfile(info))
                if info.name == MANIFEST:
                    manifest = json.loads(content.read())
                    continue
                target = folder / _safe(info.name) if folder else None
                found[info.name] = {"size": info.size, "sha256": _copy(content, target)}
    except tarfile.TarError as error:
        raise BackupError(f"not the archive of a backup: {error}") from error
    if manifest is None:
        raise BackupError("the backup has no manifest: it was not finished")
    if found != manifest["files"]:
        wrong = sorted(
            name
            for name in found.keys() | manifest["files"].keys()
            if found.get(name) != manifest["files"].get(name)
        )
        raise BackupError(f"not what the manifest says: {', '.join(wrong[:5])}")
    return manifest


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._waiting = bytearray()

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._waiting) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._waiting += piece
        cut = len(self._waiting) if size < 0 else size
        told = bytes(self._waiting[:cut])
        del self._waiting[:cut]
        return told


def _copy(content: IO[bytes], target: Path | None) -> str:
    digest = hashlib.sha256()
    if target is None:
        while piece := content.read(_CHUNK):
            digest.update(piece)
        return digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("xb") as file:
        target.chmod(0o600)
        while piece := content.read(_CHUNK):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupError(f"{name!r} points out of the folder")
    return path


def _read(file: IO[bytes], size: int, name: str) -> Iterator[bytes]:
    left = size
    while left:
        piece = file.read(min(_CHUNK, left))
        if not piece:
            raise BackupError(f"{name} became shorter while it was read")
        left -= len(piece)
        yield piece


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
