"""A case's files in the vault over HTTP: list, add, open for a reason, read."""

from __future__ import annotations

from datetime import date, datetime
from typing import IO, Annotated, cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Field, File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.vault.models import Opening, Origin, StoredObject
from carrears.vault.opening import open_objects
from carrears.vault.queries import may_open, objects_of_loan, seen_by
from carrears.vault.serving import respond
from carrears.vault.uploading import take_upload

router = Router(tags=["files"])


class FileOut(Schema):
    """An object of the vault; ``sha256`` is null once it was destroyed."""

    id: UUID
    kind: str
    origin: str
    media_type: str
    size: int
    seconds: int | None
    created_at: datetime
    created_by: str | None
    address: str
    sha256: str | None
    retained_until: date | None
    destroyed_at: datetime | None

    @staticmethod
    def resolve_id(stored: StoredObject) -> UUID:
        """Its token."""
        return stored.token

    @staticmethod
    def resolve_created_by(stored: StoredObject) -> str | None:
        """The user name of who stored it."""
        return stored.created_by.get_username() if stored.created_by else None

    @staticmethod
    def resolve_sha256(stored: StoredObject) -> str | None:
        """The hash of its content."""
        return bytes(stored.sha256).hex() if stored.sha256 is not None else None


class OpenIn(Schema):
    """Why a file is opened.

    One of casework, complaint, quality, dispute, authority, subject, and other, with a note.
    """

    why: str
    note: Annotated[str, Field(max_length=500)] = ""


class OpeningOut(Schema):
    """By ``opening`` the file can be read until ``until``."""

    opening: UUID
    until: datetime


@router.get("/{case_id}/files", response=list[FileOut])
def list_files(request: HttpRequest, case_id: int) -> QuerySet[StoredObject]:
    """What the vault holds of the case's loan, the newest first."""
    user, case = _asked(request, case_id, "vault.view_storedobject")
    return objects_of_loan(user, case.loan_no)


@router.post("/{case_id}/files", response={201: FileOut})
def add_file(
    request: HttpRequest,
    case_id: int,
    kind: Form[str],
    file: File[UploadedFile],
    origin: Form[str] = Origin.HOUSE,
) -> Status[StoredObject]:
    """Put a contract, document, letter, photo or recording into the vault.

    ``origin`` says who sent it: house, debtor, agency or other.
    """
    user, case = _asked(request, case_id, "vault.add_storedobject")
    stored = take_upload(
        cast("IO[bytes]", file.file),
        kind=kind,
        case=case,
        name=file.name or "",
        declared=file.content_type or "",
        by=user,
        at=now(),
        origin=origin,
    )
    sequence()
    return Status(201, stored)


@router.post("/{case_id}/files/{token}/open", response={201: OpeningOut})
def open_file(
    request: HttpRequest, case_id: int, token: UUID, wanted: OpenIn
) -> Status[dict[str, object]]:
    """Open a file for a reason, which the evidence log keeps."""
    user, stored = _openable(request, case_id, token)
    opening = open_objects([stored], by=user, why=wanted.why, note=wanted.note)
    sequence()
    return Status(201, {"opening": opening.token, "until": opening.until})


@router.get("/{case_id}/files/{token}/openings/{opening}/content")
def read_file(request: HttpRequest, case_id: int, token: UUID, opening: UUID) -> HttpResponseBase:
    """The bytes of an opened file, or the range of them that is asked for."""
    user, stored = _openable(request, case_id, token)
    found = get_object_or_404(Opening, pk=opening, by=user)
    return respond(request, found, stored, at=now(), download=True)


def _openable(request: HttpRequest, case_id: int, token: UUID) -> tuple[User, StoredObject]:
    user, case = _asked(request, case_id, "vault.view_storedobject")
    found = StoredObject.objects.filter(loan_no=case.loan_no)
    stored = get_object_or_404(seen_by(user, found), pk=token)
    if not may_open(user, stored):
        raise PermissionDenied("this user may not open files of this kind")
    return user, stored


def _asked(request: HttpRequest, case_id: int, permission: str) -> tuple[User, Case]:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied("a user is needed")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    if not user.has_perm(permission):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user, case
