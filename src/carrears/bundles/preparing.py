"""Prepare a bundle with its files in the background, keep it sealed for some hours, hand it out."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, cast
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from carrears.access.models import User
from carrears.bundles.files import Reason, files_to_open
from carrears.bundles.gathering import BundleError, subjects_of
from carrears.bundles.models import NOTE, PreparedBundle, PreparedState
from carrears.bundles.services import Written, write_bundle
from carrears.bundles.veil import VeiledFile
from carrears.casework.models import Case
from carrears.clock import now
from carrears.evidence.policy import PolicyError
from carrears.evidence.services import LogAlteredError, record, sequence
from carrears.parties.services import open_for_house, seal_for_house
from carrears.parties.vault import VaultError as SealedError
from carrears.recordings.archiving import waiting
from carrears.vault.errors import VaultError
from carrears.vault.models import Why
from carrears.vault.stores import StoreError
from carrears.vault.streaming import KEY_BYTES, open_range, seal

_PIECE_BYTES = 1 << 20
_TOLD_EVERY_SECONDS = 1.0
_KEY = "bundle key {}"
_PROBLEMS: tuple[tuple[type[Exception], str], ...] = (
    (LogAlteredError, "log"),
    (BundleError, "log"),
    (PolicyError, "policy"),
    (StoreError, "store"),
    (SealedError, "keys"),
    (OSError, "disk"),
)


class TooLargeError(BundleError):
    """The files of a loan are more than ``CARREARS_BUNDLE_MB``."""


class NotReadyError(BundleError):
    """A prepared bundle cannot be had: not yet, not any more, or not by whoever asks."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a bundle would hold: files of the vault, their bytes, and recordings on their way."""

    files: int
    size: int
    recordings: int

    @property
    def is_too_large(self) -> bool:
        """Whether the screen prepares it not; the command line does."""
        return self.size > most_bytes()


def most_bytes() -> int:
    """How much files of a bundle may have that is asked for on the screen."""
    return settings.BUNDLE_MB << 20


def measure(loan_no: str) -> Measured:
    """What the vault has of a loan and its debtors; nothing of it is opened.

    Raises:
        BundleError: nothing is known of the loan.
    """
    found = files_to_open(loan_no, subjects_of(loan_no))
    size = found.aggregate(size=Sum("size"))["size"] or 0
    return Measured(found.count(), size, waiting().filter(case__loan_no=loan_no).count())


def ask(case: Case, *, why: str, note: str, by: User, at: datetime) -> PreparedBundle:
    """Have the bundle of a loan made with its files; that it was asked for is evidence.

    Raises:
        VaultError: no reason.
        TooLargeError: the files are more than the setting lets through.
        BundleError: nothing is known of the loan.
    """
    from carrears.bundles.jobs import prepare_bundle  # noqa: PLC0415  the job calls back here

    if why not in Why.values or (why == Why.OTHER and not note.strip()):
        raise VaultError("a reason is needed")
    measured = measure(case.loan_no)
    if measured.is_too_large:
        raise TooLargeError(f"{measured.size} bytes of files, more than {most_bytes()}")
    with transaction.atomic():
        asked = PreparedBundle(case=case, by=by, why=why, total=measured.size, asked_at=at)
        if note.strip():
            asked.note_sealed = seal_for_house(NOTE.format(asked.token), note.strip()[:500])
        asked.save(force_insert=True)
        told = {"bundle": str(asked.token), "why": why, "files": measured.files}
        _record(asked, "bundle.asked", told | {"bytes": measured.size}, by=by, at=at)
        prepare_bundle.defer(bundle=str(asked.token))
    return asked


def prepare(token: UUID) -> PreparedBundle:
    """Make a bundle that was asked for. Bears a second start; what is ready stays as it is.

    Whatever goes wrong is kept as its ``problem`` and raised, unless it is the loan's own state.
    """
    asked = PreparedBundle.objects.select_related("case", "by").get(pk=token)
    if asked.state not in {PreparedState.WAITING, PreparedState.RUNNING}:
        return asked
    _set(asked, state=PreparedState.RUNNING, done=0)
    key = os.urandom(KEY_BYTES)
    try:
        with tempfile.TemporaryFile(dir=_folder()) as file:
            veiled = cast("IO[bytes]", VeiledFile(file, _Teller(asked)))
            made = _write(asked, veiled)
            _seal(veiled, _place(token), key=key, bound_to=token.bytes)
    except Exception as error:
        problem = next((code for kind, code in _PROBLEMS if isinstance(error, kind)), "other")
        _set(asked, state=PreparedState.FAILED, problem=problem, ended_at=now())
        raise
    moment = now()
    _set(
        asked,
        state=PreparedState.READY,
        key_sealed=seal_for_house(_KEY.format(token), key.hex()),
        ended_at=moment,
        until=moment + timedelta(hours=settings.BUNDLE_HOURS),
        sha256=made.sha256,
        done=asked.total,
        size=made.length,
        entries=made.entries,
        files=made.files,
        unreadable=made.unreadable,
    )
    return asked


def read_prepared(asked: PreparedBundle, *, by: User, at: datetime) -> Iterator[bytes]:
    """The bytes of a bundle that is ready, for whoever asked for it; each time is evidence.

    Raises:
        NotReadyError: it is not ready, its hours are over, or somebody else asked for it.
        StreamAlteredError: its file was altered.
    """
    is_open = asked.until is not None and at < asked.until
    if asked.state != PreparedState.READY or not is_open or asked.by_id != by.pk:
        raise NotReadyError("it is not ready, not any more, or for somebody else")
    path = _place(asked.pk)
    if asked.key_sealed is None or not path.is_file():
        raise NotReadyError("its file is not here")
    with transaction.atomic():
        told = {"bundle": str(asked.token), "sha256": asked.sha256}
        _record(asked, "bundle.fetched", told, by=by, at=at)
    sequence()
    key = bytes.fromhex(open_for_house(_KEY.format(asked.token), asked.key_sealed))

    def fetch(start: int, end: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    return open_range(fetch, key=key, bound_to=asked.token.bytes, size=asked.size)


def drop_expired(*, at: datetime) -> int:
    """Forget the keys and files of bundles whose hours are over, and files that nobody knows."""
    over = PreparedBundle.objects.filter(state=PreparedState.READY, until__lte=at)
    count = over.update(state=PreparedState.GONE, key_sealed=None)
    kept = PreparedBundle.objects.filter(state=PreparedState.READY).values_list("pk", flat=True)
    names = {_place(token).name for token in kept}
    for path in _folder().glob("*.sealed"):
        if path.name not in names and path.stat().st_mtime < at.timestamp() - 3600:
            path.unlink(missing_ok=True)
    return count


@dataclass(frozen=True, slots=True)
class _Made:
    sha256: str
    length: int
    entries: int
    files: int
    unreadable: int


def _write(asked: PreparedBundle, to: IO[bytes]) -> _Made:
    note = ""
    if asked.note_sealed is not None:
        note = open_for_house(NOTE.format(asked.token), asked.note_sealed)
    made: Written = write_bundle(
        asked.case.loan_no,
        to,
        by=asked.by.get_username(),
        at=now(),
        reason=Reason(why=asked.why, note=note, by=asked.by),
    )
    size = to.seek(0, os.SEEK_END)
    return _Made(made.sha256, size, made.entries, made.files, made.unreadable)


def _seal(veiled: IO[bytes], place: Path, *, key: bytes, bound_to: bytes) -> None:
    veiled.seek(0)
    part = place.with_suffix(".part")
    try:
        with part.open("wb") as file:
            part.chmod(0o600)
            for piece in seal(
                iter(lambda: veiled.read(_PIECE_BYTES), b""), key=key, bound_to=bound_to
            ):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        part.replace(place)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


class _Teller:
    """Tells the row how far it is, once in a while."""

    def __init__(self, asked: PreparedBundle) -> None:
        self._asked, self._next = asked, time.monotonic()

    def __call__(self, size: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _TOLD_EVERY_SECONDS
            _set(self._asked, done=min(size, self._asked.total))


def _set(asked: PreparedBundle, **values: object) -> None:
    for name, value in values.items():
        setattr(asked, name, value)
    PreparedBundle.objects.filter(pk=asked.pk).update(**values)


def _record(
    asked: PreparedBundle, kind: str, payload: Mapping[str, object], *, by: User, at: datetime
) -> None:
    record(
        kind,
        subject=asked.case.loan_no,
        payload=dict(payload),
        actor=by.get_username(),
        key=f"{kind}:{asked.token}:{at.isoformat()}",
        occurred_at=at,
    )


def _folder() -> Path:
    """Of the home, beside what a backup takes along."""
    folder = Path(settings.CARREARS_HOME) / ".bundles"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _place(token: UUID) -> Path:
    return _folder() / f"{token}.sealed"
