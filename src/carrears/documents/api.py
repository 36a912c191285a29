"""The documents of a case over HTTP. Files among them are added and opened by ``files_api``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema
from pydantic import Field

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.seeing import visible_cases
from carrears.documents.listing import KINDS, PAGE, Documents, Wanted, documents_of

router = Router(tags=["files"])
_MOST = 200


class DocumentsIn(Schema):
    """Which documents: of a kind, of days (both included), from an offset."""

    kind: Annotated[str, Field(pattern=f"^({'|'.join(KINDS)})?$")] = ""
    since: date | None = None
    until: date | None = None
    offset: Annotated[int, Field(ge=0, le=100_000)] = 0
    limit: Annotated[int, Field(ge=1, le=_MOST)] = PAGE


class DocumentOut(Schema):
    """A document; ``hash`` as ``Document`` says, ``token`` for the door of its ``place``."""

    place: Literal["vault", "recording", "bundle", "statement"]
    kind: str
    token: str
    name: str
    at: datetime
    by: str
    origin: str
    size: int
    seconds: int | None
    hash: str
    may_open: bool
    destroyed_at: datetime | None


class DocumentsOut(Schema):
    """The documents asked for, the newest first; ``more`` where older ones are left."""

    rows: list[DocumentOut]
    more: bool


@router.get("/{case_id}/documents", response=DocumentsOut)
def list_documents(request: HttpRequest, case_id: int, asked: Query[DocumentsIn]) -> Documents:
    """Every document of the case's loan that the user may see."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm("vault.view_storedobject"):
        raise PermissionDenied("this user lacks the permission vault.view_storedobject")
    case: Case = get_object_or_404(visible_cases(user), pk=case_id)
    cases = list(visible_cases(user).filter(loan_no=case.loan_no))
    wanted = Wanted(
        kind=asked.kind,
        since=asked.since,
        until=asked.until,
        offset=asked.offset,
        most=asked.limit,
    )
    return documents_of(user, cases, wanted)
