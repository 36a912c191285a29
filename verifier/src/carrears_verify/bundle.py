"""Read a bundle: a zip with fixed members. What is read here is not yet believed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from carrears_verify.held import Held, read_held

FORMATS = {"carrears-bundle/1": 1, "carrears-bundle/2": 2}
FILES_FOLDER = "files/"
_MOST_BYTES = 512 * 1024 * 1024
_KNOWN = frozenset(
    {"bundle.json", "checkpoint.txt", "entries.jsonl", "proofs.json", "texts.json", "files.json",
     "policy.txt", "timestamps.json", "timestamp-roots.pem", "report-zh.pdf", "report-en.pdf"}
)  # fmt: skip
_NEEDED = ("bundle.json", "checkpoint.txt", "entries.jsonl", "proofs.json", "texts.json")
# What the standard library raises at bytes that are no zip file, or one with strange methods.
_NO_ZIP = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError,
    OSError, ValueError,
)  # fmt: skip


class BundleError(Exception):
    """The file is no bundle; says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it claims to be: its place, its bytes, its proof."""

    index: int
    data: bytes
    hashes: tuple[bytes, ...]

    def told(self) -> dict[str, Any]:
        """What the entry says.

        Raises:
            BundleError: it is not a JSON object.
        """
        try:
            told = json.loads(self.data)
        except ValueError as error:
            raise BundleError(f"entry {self.index} is no JSON") from error
        if not isinstance(told, dict) or not isinstance(told.get("payload"), dict):
            raise BundleError(f"entry {self.index} is no entry")
        return told


@dataclass(frozen=True, slots=True)
class Text:
    """Words that an entry commits to; both None where they are no longer there."""

    index: int
    member: str
    text: str | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp of a checkpoint, and the proof of growth between the two."""

    note: str
    response: bytes
    consistency: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class FileLine:
    """What a bundle says of the file of an entry; ``name`` is None where it is not in it."""

    index: int
    name: str | None
    why: str
    sha256: str | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """All that a bundle holds; of its files what they are found to be."""

    version: int
    log: str
    subjects: tuple[str, ...]
    note: str
    entries: tuple[Entry, ...]
    texts: tuple[Text, ...]
    files: tuple[FileLine, ...]
    held: dict[str, Held]
    unknown: tuple[str, ...]  # members that no bundle has
    policy: str
    stamps: tuple[Stamp, ...]
    roots: bytes
    damaged: tuple[str, ...]  # members that are not what bundle.json says of them


def read_bundle(source: bytes | Path) -> Bundle:
    """Read a bundle; of its files, which may be large, a piece at a time is held in memory.

    Raises:
        BundleError: it is not one.
        OSError: the file cannot be read.
    """
    members, held = _members(io.BytesIO(source) if isinstance(source, bytes) else source)
    try:
        manifest = json.loads(members["bundle.json"])
        version = FORMATS.get(manifest["format"])
        if version is None:
            raise BundleError(f"a bundle of format {manifest['format']!r}, not {max(FORMATS)}")
        lines = members["files.json"] if version > 1 else b"[]"
        return Bundle(
            version=version,
            log=str(manifest["log"]),
            subjects=tuple(map(str, manifest["subjects"])),
            note=members["checkpoint.txt"].decode(),
            entries=_entries(members),
            texts=tuple(_text(one) for one in json.loads(members["texts.json"])),
            files=tuple(_file_line(one) for one in json.loads(lines)),
            held=held,
            unknown=tuple(sorted(members.keys() - _KNOWN)),
            policy=members.get("policy.txt", b"").decode(),
            stamps=tuple(_stamp(one) for one in json.loads(members.get("timestamps.json", b"[]"))),
            roots=members.get("timestamp-roots.pem", b""),
            damaged=_damaged(members, held, manifest["files"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BundleError(f"malformed: {type(error).__name__} {error}") from error


def _members(source: IO[bytes] | Path) -> tuple[dict[str, bytes], dict[str, Held]]:
    try:
        with zipfile.ZipFile(source) as archive:
            infos = archive.infolist()
            names = [info.filename for info in infos]
            if len(set(names)) < len(names):
                raise BundleError("two members of one name")
            small = [info for info in infos if not info.filename.startswith(FILES_FOLDER)]
            if sum(info.file_size for info in small) > _MOST_BYTES:
                raise BundleError("too large")
            members = {info.filename: archive.read(info) for info in small}
            held = {}
            for info in infos:
                if info.filename not in members:
                    with archive.open(info) as file:
                        held[info.filename] = read_held(file)
    except FileNotFoundError:
        raise
    except _NO_ZIP as error:
        raise BundleError(f"no zip file: {error}") from error
    if missing := [name for name in _NEEDED if name not in members]:
        raise BundleError(f"without {', '.join(missing)}")
    return members, held


def _entries(members: dict[str, bytes]) -> tuple[Entry, ...]:
    lines = members["entries.jsonl"].split(b"\n")
    proofs = json.loads(members["proofs.json"])
    if lines.pop() or len(lines) != len(proofs):
        raise BundleError(f"{len(lines)} entries, but {len(proofs)} proofs")
    return tuple(
        Entry(_whole(proof["index"]), line, _hashes(proof["hashes"]))
        for line, proof in zip(lines, proofs, strict=True)
    )


def _text(one: dict[str, Any]) -> Text:
    text, salt = one["text"], one["salt"]
    if text is not None and not isinstance(text, str):
        raise BundleError("a text is no text")
    decoded = None if salt is None else _decoded(salt)
    return Text(_whole(one["index"]), str(one["member"]), text, decoded)


def _file_line(one: dict[str, Any]) -> FileLine:
    name, digest, salt = one["name"], one["sha256"], one["salt"]
    for text in (name, digest):
        if text is not None and not isinstance(text, str):
            raise BundleError("a line of a file is none")
    if name is not None and digest is None:
        raise BundleError("a file without its SHA-256")
    decoded = None if salt is None else _decoded(salt)
    return FileLine(_whole(one["index"]), name, str(one["why"]), digest, decoded)


def _stamp(one: dict[str, Any]) -> Stamp:
    return Stamp(str(one["note"]), _decoded(one["response"]), _hashes(one["consistency"]))


def _damaged(
    members: dict[str, bytes], held: dict[str, Held], files: dict[str, str]
) -> tuple[str, ...]:
    found = {
        name: hashlib.sha256(data).hexdigest()
        for name, data in members.items()
        if name != "bundle.json"
    } | {name: one.sha256 for name, one in held.items()}
    return tuple(sorted({name for name, _ in found.items() ^ files.items()}))


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise BundleError(f"{value!r} is no place")
    return value


def _hashes(values: list[str]) -> tuple[bytes, ...]:
    return tuple(map(_decoded, values))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BundleError(f"{text[:40]!r} is no base64") from error
