"""The files of a bundle: what the vault stored of a loan, opened for a reason, or their hashes."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.bundles.layout import FILES_FOLDER, FileLine, UnreadableFileError
from carrears.evidence.commitment import is_opened_by
from carrears.evidence.models import Entry
from carrears.parties.services import data_key
from carrears.parties.vault import SubjectErasedError, SubjectKey
from carrears.parties.vault import VaultError as SealedError
from carrears.recordings.archiving import archive, waiting
from carrears.recordings.chain import BadFrameError
from carrears.recordings.file_format import MEDIA_TYPE
from carrears.vault.errors import DestroyedError
from carrears.vault.models import StoredObject
from carrears.vault.opening import open_objects
from carrears.vault.reading import commitment_context, read_content
from carrears.vault.sniffing import EXTENSIONS
from carrears.vault.stores import StoreError
from carrears.vault.streaming import StreamAlteredError

STORED = "vault.stored"
_COMMITTED = "sha256_commitment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Who has the files of a loan opened for its bundle, for what, and in which words."""

    why: str
    note: str = ""
    by: User | None = None


def open_files(
    loan_no: str, subjects: Sequence[str], reason: Reason, *, at: datetime
) -> frozenset[str]:
    """Open all that the vault has of a loan and its debtors, which is evidence; their tokens.

    Recordings of the loan that are closed and not in the vault yet are brought there first; one
    of which a chunk was altered stays where it is, and the bundle has its chunks as missing.

    Raises:
        VaultError: no reason is given.
        StoreError, OSError: the vault takes no recordings now.
    """
    for token in waiting().filter(case__loan_no=loan_no).values_list("pk", flat=True):
        with suppress(SealedError, BadFrameError):
            archive(token, at=at)
    objects = list(files_to_open(loan_no, subjects).order_by("created_at", "pk"))
    if objects:
        open_objects(objects, by=reason.by, why=reason.why, note=reason.note, at=at)
    return frozenset(str(one.token) for one in objects)


def files_to_open(loan_no: str, subjects: Sequence[str]) -> QuerySet[StoredObject]:
    """What the vault has of a loan and its debtors and can still be opened."""
    tokens = [one for one in subjects if one != loan_no]
    found = StoredObject.objects.filter(
        Q(loan_no=loan_no) | Q(loan_no="", party__in=tokens), destroyed_at=None
    )
    return found.exclude(Q(party__isnull=False, party__wrapped_key=None))


def files_of(
    entries: Sequence[Entry], *, opened: AbstractSet[str], unreadable: AbstractSet[int]
) -> Iterator[FileLine]:
    """For each entry that tells of a stored file what the bundle has of it, and why not all.

    Args:
        entries: those of the bundle, with their places.
        opened: tokens of what was opened; of the rest the hashes only.
        unreadable: places of entries whose files could not be read.
    """
    told = {one.position.index: json.loads(one.payload) for one in entries if one.kind == STORED}
    tokens = [UUID(one["object"]) for one in told.values()]
    rows = {str(one.token): one for one in StoredObject.objects.filter(token__in=tokens)}
    key_of = functools.cache(_key_of)
    for index, payload in told.items():
        stored = rows.get(payload["object"])
        yield _line(index, payload, stored, key_of, opened=opened, unreadable=unreadable)


def _key_of(party: UUID | None) -> SubjectKey | None:
    try:
        return data_key(party)
    except SubjectErasedError:
        return None


def _line(
    index: int,
    payload: dict[str, str],
    stored: StoredObject | None,
    key_of: functools._lru_cache_wrapper[SubjectKey | None],
    *,
    opened: AbstractSet[str],
    unreadable: AbstractSet[int],
) -> FileLine:
    if stored is None or stored.sha256 is None:
        return FileLine(index, why="destroyed")
    key = key_of(stored.party_id)
    if key is None:
        return FileLine(index, why="erased")
    digest, salt = bytes(stored.sha256).hex(), key.commitment_salt(commitment_context(stored))
    if not is_opened_by(payload[_COMMITTED], value=digest, salt=salt):
        return FileLine(index, why="unreadable")
    if index in unreadable or str(stored.token) not in opened:
        why = "unreadable" if index in unreadable else "left_out"
        return FileLine(index, why=why, sha256=digest, salt=salt)
    name = f"{FILES_FOLDER}{stored.token}.{_extension(stored.media_type)}"
    read = functools.partial(_read, index, stored)
    return FileLine(index, name=name, sha256=digest, salt=salt, size=stored.size, read=read)


def _read(index: int, stored: StoredObject) -> Iterator[bytes]:
    try:
        yield from read_content(stored)
    except (StreamAlteredError, StoreError, DestroyedError, SealedError) as error:
        raise UnreadableFileError(index, str(error)) from error


def _extension(media_type: str) -> str:
    return "recording" if media_type == MEDIA_TYPE else EXTENSIONS.get(media_type, "bin")
