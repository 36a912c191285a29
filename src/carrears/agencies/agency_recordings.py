"""Take in the recordings that an agency has of the contacts in its logs, row by row.

A recording belongs to a contact that the agency told and that was taken; it lies in the vault with
the case, and is kept and opened as every other. A row is taken once. One that cannot be taken is
kept aside, sealed, and comes again under the same reference.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, TextIO

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from carrears.access.models import Kind, Organisation, User
from carrears.access.seeing import acts_for
from carrears.agencies.contact_log_models import LoggedContact
from carrears.agencies.contact_logs import agency_of
from carrears.agencies.explaining import explain_all
from carrears.agencies.queries import require_house
from carrears.agencies.recording_files import (
    COLUMNS,
    RecordingRow,
    open_archive,
    read_recording,
)
from carrears.agencies.recording_models import LoggedRecording, RecordingFile, RecordingReject
from carrears.agencies.row_files import Fault, Reject
from carrears.agencies.rows_aside import sealed_rows, to_mend, told_faults
from carrears.casework.models import Case
from carrears.database.wall import as_house
from carrears.evidence.services import record
from carrears.parties.vault import SubjectErasedError
from carrears.vault.errors import TooLargeError
from carrears.vault.models import StoredObject
from carrears.vault.sniffing import RefusedFileError
from carrears.vault.uploading import take_upload

SEALED = RecordingReject.SEALED_AS
NO_CONTACT = "no contact of this reference was taken from your logs"
NO_SOUND = "only of calls and visits there are recordings"
ANOTHER_TIME = "it did not begin within ten minutes of the contact"
ANOTHER = "this contact has another recording"
TWICE = "this reference stands twice here"
NO_AUDIO = "it is no sound recording that is taken in"
ERASED = "the debtor was erased; nothing new is kept about him"
_NEAR = timedelta(minutes=10)  # clocks of a dialler and a recorder differ
_SPOKEN = ("call", "visit")


@dataclass(frozen=True, slots=True)
class _Known:
    """A contact of the agency's logs; ``sha256`` is that of its recording, where it has one."""

    pk: int
    case: Case
    at: datetime
    channel: str
    attempt: int | None
    sha256: str


def recordings_of(user: User) -> QuerySet[RecordingFile]:
    """The files that a user may see: those of his agency, or for the house all.

    Raises:
        PermissionDenied: none.
    """
    if not user.has_perm("agencies.view_contactlog"):
        raise PermissionDenied("this user may not see contact logs")
    files = RecordingFile.objects.select_related("agency", "brought_by")
    if agency := acts_for(user):
        return files.filter(agency__key=agency, agency__kind=Kind.AGENCY)
    require_house(user, "agencies.view_contactlog")
    return files


@transaction.atomic
def take_archive(file: IO[bytes], *, name: str, by: User, at: datetime) -> RecordingFile:
    """Take in a zip or tar with its manifest.

    Raises:
        PermissionDenied: somebody of no agency.
        RowFileError: no such archive.
    """
    agency = agency_of(by)
    archive = open_archive(file, name=name)
    most = settings.VAULT_UPLOAD_MB << 20
    with as_house():  # what was placed with it then may be with nobody, or others, now
        Organisation.objects.select_for_update().get(pk=agency.pk)  # one file at a time
        made = RecordingFile.objects.create(
            agency=agency, file_name=name[:255], brought_by=by, brought_at=at
        )
        known = _contacts([row.told["reference"] for row in archive.rows], agency)
        rejects: list[Reject] = []
        tied: list[LoggedRecording] = []
        seen: set[str] = set()
        for row in archive.rows:  # one recording in memory at a time
            read = read_recording(row, archive, most_bytes=most)
            came = _come(read, known, seen, made, by=by, at=at)
            if isinstance(came, Reject):
                rejects.append(came)
            elif came is None:
                made.known += 1
            else:
                tied.append(came)
        _settle_rejects(made, [row.told["reference"] for row in archive.rows], at=at)
        _keep_aside(rejects, made)
        made.taken, made.rejected = len(tied), len(rejects)
        made.save(update_fields=["taken", "known", "rejected"])
        _record(made, tied, by=by, at=at)
    return made


def _come(
    read: RecordingRow | Reject,
    known: Mapping[str, _Known],
    seen: set[str],
    made: RecordingFile,
    *,
    by: User,
    at: datetime,
) -> LoggedRecording | Reject | None:
    """What becomes of a row; ``seen`` are the references that stood before it."""
    if isinstance(read, Reject):
        return read
    if read.reference in seen:
        return _reject(read, "reference", TWICE)
    seen.add(read.reference)
    return _keep(read, known.get(read.reference), made, by=by, at=at)


def _contacts(references: Sequence[str], agency: Organisation) -> dict[str, _Known]:
    found = LoggedContact.objects.filter(agency=agency, reference__in=references)
    found = found.select_related("attempt__case", "outcome__case", "recording__stored")
    known = {}
    for one in found:
        contact = one.attempt or one.outcome
        assert contact is not None  # noqa: S101  as the database holds
        recording = getattr(one, "recording", None)
        stored = recording.stored.sha256 if recording is not None else None
        known[one.reference] = _Known(
            pk=one.pk,
            case=contact.case,
            at=contact.at,
            channel=contact.channel,
            attempt=one.attempt_id,
            sha256=bytes(stored).hex() if stored is not None else "-" if recording else "",
        )
    return known


def _keep(
    row: RecordingRow, contact: _Known | None, made: RecordingFile, *, by: User, at: datetime
) -> LoggedRecording | Reject | None:
    """What was kept; None where it is there already; or what is wrong with it."""
    if contact is not None and contact.sha256 == row.sha256:
        return None
    if contact is None:
        return _reject(row, "reference", NO_CONTACT)
    if (wrong := _misfit(row, contact)) is not None:
        return _reject(row, *wrong)
    try:
        stored = _store(row, contact.case, by=by, at=at)
    except SubjectErasedError:
        return _reject(row, "reference", ERASED)
    except (RefusedFileError, TooLargeError):
        return _reject(row, "file", NO_AUDIO)
    return LoggedRecording.objects.create(
        file=made, contact_id=contact.pk, stored=stored, row_no=row.row_no, recorded_at=row.at
    )


def _misfit(row: RecordingRow, contact: _Known) -> tuple[str, str] | None:
    """Which field does not fit the contact, and why."""
    if contact.channel not in _SPOKEN:
        return "reference", NO_SOUND
    if contact.sha256:
        return "reference", ANOTHER
    return ("at", ANOTHER_TIME) if abs(row.at - contact.at) > _NEAR else None


def _store(row: RecordingRow, case: Case, *, by: User, at: datetime) -> StoredObject:
    return take_upload(
        io.BytesIO(row.content),
        kind="audio",
        case=case,
        name=row.file.rpartition("/")[2],
        declared="",
        by=by,
        at=at,
    )


def _reject(row: RecordingRow, field: str, why: str) -> Reject:
    return Reject(row.row_no, (Fault(field, why),), row.raw, row.reference)


def _settle_rejects(made: RecordingFile, references: Sequence[str], *, at: datetime) -> None:
    RecordingReject.objects.filter(
        file__agency=made.agency,
        file__lt=made,
        corrected_at=None,
        reference__in=[one for one in references if one],
    ).update(corrected_at=at)


def _keep_aside(rejects: Sequence[Reject], made: RecordingFile) -> None:
    RecordingReject.objects.bulk_create(
        RecordingReject(file=made, **kept) for kept in sealed_rows(SEALED, rejects)
    )


def write_manifest(made: RecordingFile, out: TextIO) -> int:
    """Write the rows still aside as a manifest that is mended and sent again; how many."""
    aside = to_mend(SEALED, list(made.rejects.filter(corrected_at=None)))
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, "_why"])
    for one, cells in aside:
        told = told_faults(one.errors, dict(zip(COLUMNS, cells, strict=False)))
        writer.writerow([*cells[: len(COLUMNS)], explain_all(told)])
    return len(aside)


def _record(
    made: RecordingFile, tied: Sequence[LoggedRecording], *, by: User, at: datetime
) -> None:
    record(
        "agencies.recordings.taken",
        subject=f"agency-recordings:{made.pk}",
        payload={
            "agency": made.agency.key,
            "taken": made.taken,
            "known": made.known,
            "rejected": made.rejected,
            "recordings": [
                {"contact": one.contact_id, "object": str(one.stored_id)} for one in tied
            ],
        },
        actor=by.get_username(),
        key=f"agencies.recordings.taken:{made.pk}",
        occurred_at=at,
    )
