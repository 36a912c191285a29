"""Logs of contacts over HTTP: an agency tells what it did, and learns what came of each row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import IO, Annotated, Any, Literal, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, File, Query, Router, Schema, Status, UploadedFile
from ninja.errors import HttpError

from carrears.agencies.agency_recordings import recordings_of, take_archive
from carrears.agencies.contact_logs import logs_of, take_file, take_rows
from carrears.agencies.explaining import explain_in
from carrears.agencies.models import (
    ContactLog,
    LoggedContact,
    RecordingFile,
)
from carrears.agencies.rows_aside import Aside, faults_of
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.api import require
from carrears.outreach.models import Breach

router = Router(tags=["agencies"])


class ContactRowIn(Schema):
    """A contact; the fields and words of a file's columns, all text."""

    reference: str = ""
    loan_no: str = ""
    at: str = ""
    zone: str = ""
    channel: str = ""
    direction: str = ""
    number: str = ""
    party_role: Annotated[str, Field(alias="with")] = ""
    result: str = ""
    acted_by: str = ""
    staff: str | int = ""
    note: str = ""


class ContactRowsIn(Schema):
    """Up to 2,000 rows."""

    rows: list[ContactRowIn]


class FaultOut(Schema):
    """What is wrong with a field, in both languages."""

    field: str
    why_zh: str
    why_en: str


class RejectedRowOut(Schema):
    """A row that was kept aside; it comes again under the same reference."""

    row_no: int
    reference: str
    errors: list[FaultOut]
    corrected_at: datetime | None


class BreachOut(Schema):
    """A row that was taken though the rules speak against the contact."""

    reference: str
    gate_action: Literal["block", "review"]
    rules: list[str]
    late: bool


class ContactLogOut(Schema):
    """A log and what came of it; ``known`` rows had come before."""

    id: int
    agency: str
    source: str
    file_name: str
    brought_at: datetime
    taken: int
    known: int
    rejected: int
    breaches: int

    @staticmethod
    def resolve_agency(log: ContactLog) -> str:
        """The agency's key."""
        return log.agency.key


class ContactLogWhole(ContactLogOut):
    """The same with its rows kept aside, and those that break a rule."""

    rows_aside: list[RejectedRowOut]
    breaking: list[BreachOut]

    @staticmethod
    def resolve_rows_aside(log: ContactLog) -> list[dict[str, Any]]:
        """The rows kept aside, those mended since included."""
        return _aside(list(log.rejects.all()))

    @staticmethod
    def resolve_breaking(log: ContactLog) -> list[dict[str, Any]]:
        """Those of which the cases are still shown to who asks."""
        mine = LoggedContact.objects.filter(log=log, attempt__isnull=False)
        names = dict(mine.values_list("attempt", "reference"))
        return [
            {
                "reference": names[one.attempt_id],
                "gate_action": one.gate_action,
                "rules": one.rules,
                "late": one.late,
            }
            for one in Breach.objects.filter(attempt__logged__log=log).order_by("pk")
        ]


class RecordingFileOut(Schema):
    """A file of recordings and what came of its rows; those aside with what is wrong."""

    id: int
    agency: str
    file_name: str
    brought_at: datetime
    taken: int
    known: int
    rejected: int
    rows_aside: list[RejectedRowOut]

    @staticmethod
    def resolve_agency(made: RecordingFile) -> str:
        """The agency's key."""
        return made.agency.key

    @staticmethod
    def resolve_rows_aside(made: RecordingFile) -> list[dict[str, Any]]:
        """The rows kept aside, those mended since included."""
        return _aside(list(made.rejects.all()))


class RecordingFilesOut(Schema):
    """Some of the files; ``next`` is the ``before`` of the older ones."""

    items: list[RecordingFileOut]
    next: int | None


def _aside(rows: Sequence[Aside]) -> list[dict[str, Any]]:
    faults = faults_of(rows)
    return [
        {
            "row_no": one.row_no,
            "reference": one.reference,
            "corrected_at": one.corrected_at,
            "errors": [
                {
                    "field": field,
                    "why_zh": explain_in("zh-hans", why, told),
                    "why_en": explain_in("en", why, told),
                }
                for field, why, told in faults[one.pk]
            ],
        }
        for one in rows
    ]


@router.get("", response=list[ContactLogOut])
def list_logs(
    request: HttpRequest, *, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> QuerySet[ContactLog]:
    """Logs, the newest first: of one's own agency, or for the house of all."""
    return logs_of(require(request, "agencies.view_contactlog"))[:limit]


@router.post("", response={201: ContactLogWhole})
def bring_rows(request: HttpRequest, told: ContactRowsIn) -> Status[ContactLog]:
    """Tell contacts that were made; the same references again are known, and taken once."""
    user = require(request, "agencies.add_contactlog")
    rows = [
        {name: str(value) for name, value in one.dict(by_alias=True).items()} for one in told.rows
    ]
    log = take_rows(rows, by=user, at=now())
    sequence()
    return Status(201, log)


@router.post("/file", response={201: ContactLogWhole})
def bring_file(request: HttpRequest, file: File[UploadedFile]) -> Status[ContactLog]:
    """The same as CSV."""
    user = require(request, "agencies.add_contactlog")
    log = take_file(file.read(), name=file.name or "", by=user, at=now())
    sequence()
    return Status(201, log)


@router.get("/recordings", response=RecordingFilesOut)
def list_recordings(
    request: HttpRequest,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """Files of recordings, the newest first: of one's own agency, or for the house of all."""
    found = recordings_of(require(request, "agencies.view_contactlog"))
    rows = list((found if before is None else found.filter(pk__lt=before))[: limit + 1])
    return {"items": rows[:limit], "next": rows[limit - 1].pk if len(rows) > limit else None}


@router.post("/recordings", response={201: RecordingFileOut})
def bring_recordings(request: HttpRequest, file: File[UploadedFile]) -> Status[RecordingFile]:
    """Bring the recordings of contacts in one's logs: a zip or tar with its ``manifest.csv``.

    What was taken before is known; rows kept aside come again in another file.
    """
    user = require(request, "agencies.add_contactlog")
    if (file.size or 0) > settings.VAULT_UPLOAD_MB << 20:
        raise HttpError(413, f"at most {settings.VAULT_UPLOAD_MB} MB at once")
    made = take_archive(cast("IO[bytes]", file.file), name=file.name or "", by=user, at=now())
    sequence()
    return Status(201, made)


@router.get("/{log_id}", response=ContactLogWhole)
def get_log(request: HttpRequest, log_id: int) -> ContactLog:
    """One log with its rows kept aside."""
    return get_object_or_404(logs_of(require(request, "agencies.view_contactlog")), pk=log_id)
