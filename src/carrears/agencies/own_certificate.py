"""The certificate that an agency has of its own, such as a shredder's: kept in the vault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO
from uuid import UUID

from carrears.access.models import User
from carrears.agencies.destruction_models import Destruction
from carrears.evidence.services import record
from carrears.vault.models import Kind, StoredObject
from carrears.vault.reading import read_content
from carrears.vault.uploading import take_upload


@dataclass(frozen=True, slots=True)
class Paper:
    """A file as it was sent."""

    file: IO[bytes]
    name: str
    declared: str


@dataclass(frozen=True, slots=True)
class _OfNobody:
    """It belongs to no case: it is sealed under the key of the house."""

    pk: None = None
    loan_no: str = ""
    party_id: UUID | None = None
    jurisdiction: str = ""


def keep_paper(paper: Paper, *, by: User, at: datetime) -> StoredObject:
    """Put it into the vault.

    Raises:
        RefusedFileError: it is no document, or does something when it is opened.
        TooLargeError: it is larger than an upload may be.
    """
    return take_upload(
        paper.file,
        kind=Kind.DOCUMENT,
        case=_OfNobody(),
        name=paper.name,
        declared=paper.declared,
        by=by,
        at=at,
    )


def read_paper(made: Destruction, *, by: User, at: datetime) -> Iterator[bytes]:
    """The paper of a statement, piece by piece; that it was read is recorded."""
    assert made.certificate is not None  # noqa: S101  whoever asks has looked
    record(
        "agencies.destruction.paper_read",
        subject=f"destruction:{made.pk}",
        payload={"agency": made.agency.key, "object": str(made.certificate_id)},
        actor=by.get_username(),
        key=f"agencies.destruction.paper_read:{made.pk}:{by.pk}:{at.isoformat()}",
        occurred_at=at,
    )
    return read_content(made.certificate)
