"""Make the proof bundle of a loan; that it was made is evidence itself."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.conf import settings
from django.db import transaction

from carrears.bundles.files import Reason, open_files
from carrears.bundles.gathering import BundleError, gather, subjects_of
from carrears.bundles.layout import Contents, UnreadableFileError, pack
from carrears.bundles.report import LANGUAGES, report_name, write_report
from carrears.clock import now
from carrears.evidence.services import record, sequence
from carrears.evidence.witnesses import read_policy, send_checkpoint

__all__ = ["Bundle", "BundleError", "Reason", "Written", "make_bundle", "write_bundle"]

_LENDER: Mapping[str, str] = {"zh": "zh-CN", "en": "en-US"}
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle that was written: its SHA-256, and what it covers."""

    sha256: str
    entries: int
    size: int
    files: int  # in it, byte for byte
    unreadable: int  # of those that were wanted


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle without files: its bytes, and what it covers."""

    data: bytes
    sha256: str
    entries: int
    size: int


def make_bundle(loan_no: str, *, by: str, at: datetime) -> Bundle:
    """The bundle of all that is sealed about a loan, of files their hashes; see write_bundle."""
    packed = io.BytesIO()
    made = write_bundle(loan_no, packed, by=by, at=at)
    return Bundle(packed.getvalue(), made.sha256, made.entries, made.size)


def write_bundle(
    loan_no: str, to: IO[bytes], *, by: str, at: datetime, reason: Reason | None = None
) -> Written:
    """Write the bundle of all that is sealed about a loan, after sealing what waits.

    Witnesses for whom it is time are asked first, so that it is cosigned. A file that cannot be
    read is left out, and the bundle says so.

    Args:
        loan_no: the loan.
        to: a file open for reading and writing, which can seek; of what is large only pieces
            are held in memory.
        by: who asks for it, as the log names him; empty for the house itself.
        at: the moment that it is dated.
        reason: for what the files of the loan are opened and put in; None for their hashes only.

    Raises:
        BundleError: nothing is known about the loan.
        VaultError: no reason is given for opening its files.
        StoreError: its recordings cannot be brought into the vault.
        LogAlteredError: the log is not what it signed; nothing is proven by it.
        PolicyError, OSError: the policy of witnesses cannot be read.
    """
    subjects = subjects_of(loan_no)
    opened = open_files(loan_no, subjects, reason, at=at) if reason else frozenset()
    sequence()
    if policy := read_policy():
        send_checkpoint(policy, at=now())
    contents, unreadable = _write(loan_no, to, at=at, opened=opened)
    made = Written(
        _sha256(to),
        len(contents.entries),
        contents.size,
        sum(one.name is not None for one in contents.files),
        len(unreadable),
    )
    told = {"sha256": made.sha256, "entries": made.entries, "size": made.size, "files": made.files}
    with transaction.atomic():
        record(
            "bundle.made",
            subject=loan_no,
            key=f"bundle:{made.sha256}",
            actor=by,
            occurred_at=at,
            payload=told,
        )
    sequence()
    return made


def _write(
    loan_no: str, to: IO[bytes], *, at: datetime, opened: AbstractSet[str]
) -> tuple[Contents, AbstractSet[int]]:
    unreadable: set[int] = set()
    while True:
        contents = gather(loan_no, at=at, opened=opened, unreadable=unreadable)
        to.seek(0)
        to.truncate()
        try:
            pack(contents, _reports(contents, loan_no), to)
        except UnreadableFileError as error:
            unreadable.add(error.index)
        else:
            return contents, unreadable


def _reports(contents: Contents, loan_no: str) -> dict[str, bytes]:
    def write(language: str) -> bytes:
        lender = settings.LENDER_NAME[_LENDER[language]]
        return write_report(contents, language=language, loan_no=loan_no, lender=lender)

    # Half of a bundle's time; the compiler lets go of the interpreter meanwhile.
    with ThreadPoolExecutor(len(LANGUAGES)) as pool:
        pages = pool.map(write, LANGUAGES)
    return dict(zip(map(report_name, LANGUAGES), pages, strict=True))


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()
