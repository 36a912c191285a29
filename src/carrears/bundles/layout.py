"""The file that is a proof bundle: a zip with fixed names, the same bytes for the same contents.

docs/bundles.md describes each member. ``carrears-verify`` and the verifying page read it.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from carrears.evidence.canonical import canonical_bytes

FORMAT = "carrears-bundle/2"
MANIFEST = "bundle.json"
CHECKPOINT = "checkpoint.txt"
ENTRIES = "entries.jsonl"
PROOFS = "proofs.json"
TEXTS = "texts.json"
FILES = "files.json"
FILES_FOLDER = "files/"
POLICY = "policy.txt"
STAMPS = "timestamps.json"
ROOTS = "timestamp-roots.pem"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a zip knows


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry: its place, the bytes that were hashed, and the proof that it lies there."""

    index: int
    data: bytes
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """The words that an entry commits to; both None where the person was erased."""

    index: int
    member: str
    text: str | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp of a checkpoint, and the proof that one of the two continues the other."""

    note: str
    response: bytes
    consistency: tuple[bytes, ...]


class UnreadableFileError(Exception):
    """A file cannot be read whole as it was stored; ``index`` is the place of its entry."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(f"the file of entry {index}: {why}")
        self.index = index


@dataclass(frozen=True, slots=True)
class FileLine:
    """What the bundle has of a file that an entry tells of.

    ``name`` is its member and ``read`` gives its bytes; both None where they are not in the
    bundle, and ``why`` says so: ``left_out``, ``erased``, ``destroyed`` or ``unreadable``.
    ``sha256`` (hexadecimal digits) and ``salt`` are None where they are gone for good.
    """

    index: int
    name: str | None = None
    why: str = ""
    sha256: str | None = None
    salt: bytes | None = None
    size: int = 0
    read: Callable[[], Iterator[bytes]] | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bundle holds, but for its reports."""

    log: str  # the log's key
    subjects: tuple[str, ...]
    made_at: str  # canonical moment
    note: str  # the checkpoint with its cosignatures
    size: int
    entries: tuple[ProvenEntry, ...]
    texts: tuple[Text, ...]
    files: tuple[FileLine, ...]
    policy: str
    stamps: tuple[Stamp, ...]
    roots: bytes


def pack(contents: Contents, reports: Mapping[str, bytes], to: IO[bytes]) -> None:
    """Write the bundle, with the reports under their names; of files a piece at a time is held.

    Raises:
        UnreadableFileError: a file is not what its SHA-256 says; what was written is no bundle.
    """
    members = _members(contents) | dict(reports)
    held = [one for one in contents.files if one.name is not None]
    manifest = {
        "format": FORMAT,
        "log": contents.log,
        "subjects": list(contents.subjects),
        "made_at": contents.made_at,
        "size": contents.size,
        "entries": len(contents.entries),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()}
        | {one.name or "": one.sha256 or "" for one in held},
    }
    with zipfile.ZipFile(to, "w") as archive:
        for name, data in [(MANIFEST, canonical_bytes(manifest)), *members.items()]:
            archive.writestr(_info(name, dense=name.endswith(".pdf")), data)
        for one in held:
            _write_file(archive, one)


def _info(name: str, *, dense: bool) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_STORED if dense else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _write_file(archive: zipfile.ZipFile, one: FileLine) -> None:
    assert one.name is not None  # noqa: S101  the caller's filter
    assert one.read is not None  # noqa: S101  as its name
    info, digest, size = _info(one.name, dense=True), hashlib.sha256(), 0
    info.file_size = one.size
    with archive.open(info, "w") as member:
        for piece in one.read():
            digest.update(piece)
            size += member.write(piece)
    if size != one.size or digest.hexdigest() != one.sha256:
        raise UnreadableFileError(one.index, "it is not what was stored")


def _members(contents: Contents) -> dict[str, bytes]:
    members: dict[str, bytes] = {
        CHECKPOINT: contents.note.encode(),
        ENTRIES: b"".join(one.data + b"\n" for one in contents.entries),
        PROOFS: canonical_bytes(
            [{"index": one.index, "hashes": _encoded(one.hashes)} for one in contents.entries]
        ),
        TEXTS: canonical_bytes([_told(one) for one in contents.texts]),
        FILES: canonical_bytes([_filed(one) for one in contents.files]),
    }
    if contents.policy:
        members[POLICY] = contents.policy.encode()
    if contents.stamps:
        members[STAMPS] = canonical_bytes(
            [
                {
                    "note": one.note,
                    "response": base64.b64encode(one.response).decode(),
                    "consistency": _encoded(one.consistency),
                }
                for one in contents.stamps
            ]
        )
        members[ROOTS] = contents.roots
    return members


def _told(one: Text) -> dict[str, Any]:
    return {
        "index": one.index,
        "member": one.member,
        "text": one.text,
        "salt": base64.b64encode(one.salt).decode() if one.salt is not None else None,
    }


def _filed(one: FileLine) -> dict[str, Any]:
    return {
        "index": one.index,
        "name": one.name,
        "why": one.why,
        "sha256": one.sha256,
        "salt": base64.b64encode(one.salt).decode() if one.salt is not None else None,
    }


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]
