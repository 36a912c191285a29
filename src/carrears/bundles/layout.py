"""The file that is a proof bundle: a zip with fixed names, the same bytes for the same contents.

docs/bundles.md describes each member. ``carrears-verify`` and the verifying page read it.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from carrears.evidence.canonical import canonical_bytes

FORMAT = "carrears-bundle/1"
MANIFEST = "bundle.json"
CHECKPOINT = "checkpoint.txt"
ENTRIES = "entries.jsonl"
PROOFS = "proofs.json"
TEXTS = "texts.json"
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
    policy: str
    stamps: tuple[Stamp, ...]
    roots: bytes


def pack(contents: Contents, reports: Mapping[str, bytes]) -> bytes:
    """The bundle, with the reports under their names."""
    files = _members(contents) | dict(reports)
    manifest = {
        "format": FORMAT,
        "log": contents.log,
        "subjects": list(contents.subjects),
        "made_at": contents.made_at,
        "size": contents.size,
        "entries": len(contents.entries),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in [(MANIFEST, canonical_bytes(manifest)), *files.items()]:
            is_dense = name.endswith(".pdf")
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_STORED if is_dense else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return packed.getvalue()


def _members(contents: Contents) -> dict[str, bytes]:
    members: dict[str, bytes] = {
        CHECKPOINT: contents.note.encode(),
        ENTRIES: b"".join(one.data + b"\n" for one in contents.entries),
        PROOFS: canonical_bytes(
            [{"index": one.index, "hashes": _encoded(one.hashes)} for one in contents.entries]
        ),
        TEXTS: canonical_bytes([_told(one) for one in contents.texts]),
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


def _encoded(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]
