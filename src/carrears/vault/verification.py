"""Read the whole vault again: whether each object is what the log says was stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from carrears.evidence.commitment import is_opened_by
from carrears.evidence.models import Entry
from carrears.evidence.nights import Share
from carrears.evidence.services import record
from carrears.parties.services import data_key
from carrears.parties.vault import VaultError as SealedError
from carrears.vault.models import StoredObject
from carrears.vault.places import store_in_use
from carrears.vault.reading import commitment_context, read_content
from carrears.vault.stores import MissingObjectError, Store
from carrears.vault.streaming import StreamAlteredError, sealed_size

_PIECE = 4 << 20
_TOLD = ("what", "address", "sealed_size", "size", "media_type")


class Fault(StrEnum):
    """What can be wrong with an object."""

    MISSING = "missing"  # no bytes under its address
    CUT = "cut"  # bytes of another length
    ALTERED = "altered"  # bytes of another hash
    SEALED_WRONG = "sealed_wrong"  # the bytes do not open, or hold something else
    ROW_ALTERED = "row_altered"  # the database says something else than the log
    ROW_MISSING = "row_missing"  # the log knows an object that the database does not
    UNLOGGED = "unlogged"  # the database knows one that the log does not
    UNDESTROYED = "undestroyed"  # the log says that its key was destroyed, and it was not
    UNPROVEN = "unproven"  # its key is gone, and the log does not say why


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    object: str
    loan_no: str
    fault: Fault
    address: str


@dataclass(slots=True)
class VaultCheck:
    """What a check found."""

    objects: int = 0
    bytes_read: int = 0
    destroyed: int = 0
    findings: list[Finding] = field(default_factory=list)
    share: Share | None = None
    unknown: int = 0  # in the store, but no row tells of them: left by a process that was killed

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify_vault(
    *,
    opened: bool = False,
    share: Share | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> VaultCheck:
    """Read every object again and compare it with the log.

    ``opened``: decrypt each as well, and compare what it holds with the log's commitment. That
    the log itself is unaltered is for ``evidence verify`` to say. With ``share`` only its
    objects are read, and what lies in the store besides is not looked for.
    """
    check, place = VaultCheck(share=share), store_in_use()
    logged, gone = _logged("vault.stored"), _logged("vault.destroyed")
    known: set[str] = set()
    total = StoredObject.objects.count()
    for stored in StoredObject.objects.order_by("created_at", "pk").iterator(chunk_size=500):
        known.add(str(stored.token))
        if share is not None and not share.has(stored.token):
            continue
        check.objects += 1
        faults = list(_of_row(stored, logged.get(str(stored.token)), str(stored.token) in gone))
        if stored.destroyed_at is None:
            faults += _of_bytes(stored, place, check)
            if opened and not faults:
                faults += _of_content(stored, logged[str(stored.token)])
        else:
            check.destroyed += 1
        check.findings += [
            Finding(str(stored.token), stored.loan_no, fault, stored.address) for fault in faults
        ]
        progress(check.objects, total)
    check.findings += [
        Finding(token, "", Fault.ROW_MISSING, str(told.get("address", "")))
        for token, told in logged.items()
        if token not in known and (share is None or share.has(UUID(token)))
    ]
    if share is not None:
        return check
    here = set(StoredObject.objects.filter(removed_at=None).values_list("address", flat=True))
    check.unknown = sum(address not in here for address in place.addresses())
    return check


def keep_check(check: VaultCheck, *, at: datetime) -> None:
    """Record that the vault was checked, and how it came out."""
    record(
        "vault.verified",
        subject="vault",
        key=f"vault:verified:{at.isoformat()}",
        actor="",
        occurred_at=at,
        payload={
            "objects": check.objects,
            "bytes": check.bytes_read,
            "faults": [[one.object, str(one.fault)] for one in check.findings[:100]],
            "fault_count": len(check.findings),
            **(check.share.told() if check.share else {}),
        },
    )


def _logged(kind: str) -> dict[str, dict[str, Any]]:
    entries = Entry.objects.filter(kind=kind).values_list("payload", flat=True)
    told = (json.loads(payload) for payload in entries.iterator(chunk_size=2000))
    return {one["object"]: one for one in told}


def _of_row(stored: StoredObject, told: dict[str, Any] | None, is_gone: bool) -> Iterator[Fault]:  # noqa: FBT001
    if told is None:
        yield Fault.UNLOGGED
        return
    row = (stored.kind, stored.address, stored.sealed_size, stored.size, stored.media_type)
    if row != tuple(told[name] for name in _TOLD):
        yield Fault.ROW_ALTERED
    key = hashlib.sha256(bytes(stored.wrapped_key or b"")).hexdigest()
    if stored.destroyed_at is None and key != told["key_sha256"]:
        yield Fault.ROW_ALTERED
    if is_gone and stored.wrapped_key is not None:
        yield Fault.UNDESTROYED
    if stored.wrapped_key is None and not is_gone:
        yield Fault.UNPROVEN


def _of_bytes(stored: StoredObject, place: Store, check: VaultCheck) -> Iterator[Fault]:
    size = place.size(stored.address)
    if size is None:
        yield Fault.MISSING
        return
    if size != stored.sealed_size or size != sealed_size(stored.size):
        yield Fault.CUT
        return
    digest = hashlib.sha256()
    try:
        for start in range(0, size, _PIECE):
            piece = place.read(stored.address, start, start + _PIECE)
            check.bytes_read += len(piece)
            digest.update(piece)
    except MissingObjectError:
        yield Fault.MISSING
        return
    if digest.hexdigest() != stored.address:
        yield Fault.ALTERED


def _of_content(stored: StoredObject, told: dict[str, Any]) -> Iterator[Fault]:
    digest = hashlib.sha256()
    try:
        for piece in read_content(stored):
            digest.update(piece)
        salt = data_key(stored.party_id).commitment_salt(commitment_context(stored))
    except (StreamAlteredError, SealedError):
        yield Fault.SEALED_WRONG
        return
    found = digest.hexdigest()
    committed = is_opened_by(told["sha256_commitment"], value=found, salt=salt)
    if not committed or found != bytes(stored.sha256 or b"").hex():
        yield Fault.SEALED_WRONG
