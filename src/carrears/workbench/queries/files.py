"""What the screen of a case's files shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings

from carrears.access.models import User
from carrears.parties.vault import SubjectErasedError
from carrears.recordings.queries import recordings_in
from carrears.vault.holding import holds_on, read_hold_note
from carrears.vault.models import LegalHold, Opening, StoredObject
from carrears.vault.opening import read_note
from carrears.vault.queries import may_open, objects_of_loan
from carrears.vault.serving import file_name, is_shown
from carrears.workbench.view_models.files import (
    FileRow,
    FilesPage,
    HoldRow,
    OpenedFile,
    OpenedRow,
)

_OPENINGS = 5  # shown of each file


def files_page(user: User, loan_no: str) -> FilesPage:
    """The files of a loan that ``user`` may see."""
    found = list(objects_of_loan(user, loan_no))
    of_loan = LegalHold.objects.filter(lifted_at=None, loan_no=loan_no)
    of_each: dict[object, list[LegalHold]] = defaultdict(list)
    for hold in holds_on(found).filter(loan_no="").select_related("placed_by", "asked_by"):
        of_each[hold.stored_id].append(hold)
    opened = _openings(found)
    recorded = recordings_in(found) if user.has_perm("recordings.view_recording") else {}
    return FilesPage(
        loan_no=loan_no,
        files=tuple(
            _row(user, stored, of_each[stored.pk], opened[stored.pk], recorded.get(stored.pk))
            for stored in found
        ),
        holds=_holds(user, of_loan.select_related("placed_by", "asked_by")),
        may_add=user.has_perm("vault.add_storedobject"),
        may_hold=user.has_perm("vault.place_hold"),
        most_megabytes=settings.VAULT_UPLOAD_MB,
    )


def opened_file(opening: Opening, stored: StoredObject) -> OpenedFile:
    """An opened file on its page."""
    shown = stored.media_type.partition("/")[0] if is_shown(stored) else ""
    return OpenedFile(
        loan_no=stored.loan_no,
        token=stored.token,
        opening=opening.token,
        name=file_name(stored),
        kind=stored.kind,
        media_type=stored.media_type,
        size=stored.size,
        address=stored.address,
        sha256=bytes(stored.sha256 or b"").hex(),
        until=opening.until,
        shown_as=shown,
    )


def _openings(found: Iterable[StoredObject]) -> dict[object, list[Opening]]:
    through = Opening.objects_opened.through
    tokens = [stored.pk for stored in found]
    links = through.objects.filter(storedobject__in=tokens).select_related("opening__by")
    opened: dict[object, list[Opening]] = defaultdict(list)
    for link in links.order_by("-opening__at"):
        if len(opened[link.storedobject_id]) < _OPENINGS:
            opened[link.storedobject_id].append(link.opening)
    return opened


def _row(
    user: User,
    stored: StoredObject,
    holds: Iterable[LegalHold],
    opened: Iterable[Opening],
    recording: UUID | None,
) -> FileRow:
    return FileRow(
        token=stored.token,
        kind=stored.kind,
        origin=stored.origin,
        name=_name(stored),
        created_at=stored.created_at,
        created_by=_who(stored.created_by),
        size=stored.size,
        seconds=stored.seconds,
        address=stored.address,
        retained_until=stored.retained_until,
        retained_by=stored.retained_by,
        destroyed_at=stored.destroyed_at,
        holds=_holds(user, holds),
        opened=tuple(
            OpenedRow(by=_who(one.by), at=one.at, why=one.why, note=read_note(one))
            for one in opened
        ),
        may_open=stored.destroyed_at is None and may_open(user, stored),
        recording=recording,
    )


def _name(stored: StoredObject) -> str:
    if stored.destroyed_at is not None:
        return ""
    try:
        return file_name(stored)
    except SubjectErasedError:
        return ""


def _holds(user: User, holds: Iterable[LegalHold]) -> tuple[HoldRow, ...]:
    lifts = user.has_perm("vault.lift_hold")
    return tuple(
        HoldRow(
            pk=hold.pk,
            why=hold.why,
            note=read_hold_note(hold.note_sealed),
            placed_by=_who(hold.placed_by),
            placed_at=hold.placed_at,
            whole_loan=bool(hold.loan_no),
            asked_by=_who(hold.asked_by),
            ask_note=read_hold_note(hold.ask_note_sealed),
            may_ask=lifts and hold.asked_at is None,
            may_decide=lifts and hold.asked_at is not None and hold.asked_by != user,
        )
        for hold in holds
    )


def _who(user: User | None) -> str:
    return str(user) if user else ""
