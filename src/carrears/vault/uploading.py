"""Take in a file that somebody sends: measured, looked into, sealed."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from django.conf import settings

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.vault.errors import TooLargeError
from carrears.vault.judging import judge_file
from carrears.vault.models import Kind, Origin, StoredObject
from carrears.vault.sniffing import RefusedFileError
from carrears.vault.storing import Filed, store

UPLOADED = (Kind.CONTRACT, Kind.DOCUMENT, Kind.LETTER, Kind.PHOTO, Kind.AUDIO)
SENDERS = tuple(Origin)
_LONGEST_NAME = 200


def take_upload(
    file: IO[bytes],
    *,
    kind: str,
    case: Filed,
    name: str,
    declared: str,
    by: User,
    at: datetime,
    origin: str = Origin.HOUSE,
) -> StoredObject:
    """Keep a file that can be rewound; its type is what its bytes say.

    Args:
        file: open for reading.
        kind: one of ``UPLOADED``.
        case: what it belongs to.
        name: as the sender calls it.
        declared: the media type that the sender says.
        by: the sender.
        at: when.
        origin: who sent it to the house; what somebody of an agency brings is the agency's.

    Raises:
        RefusedFileError: it is of a type that is not taken in, of another than it says or than
            its kind has, or does something when it is opened.
        TooLargeError: it is larger than ``CARREARS_VAULT_UPLOAD_MB``.
    """
    if kind not in UPLOADED or origin not in SENDERS:
        raise RefusedFileError("unknown")
    most = settings.VAULT_UPLOAD_MB << 20
    if file.seek(0, 2) > most:
        raise TooLargeError(f"longer than {most} bytes")
    media_type = judge_file(file, declared=declared)
    is_audio, is_image = media_type.startswith("audio/"), media_type.startswith("image/")
    if is_audio != (kind == Kind.AUDIO) or (kind == Kind.PHOTO and not is_image):
        raise RefusedFileError("mismatch")
    file.seek(0)
    return store(
        kind=kind,
        stream=file,
        case=case,
        media_type=media_type,
        actor=by,
        at=at,
        name=name.replace("\0", "")[:_LONGEST_NAME],
        most_bytes=most,
        origin=Origin.AGENCY if acts_for(by) else origin,
    )
