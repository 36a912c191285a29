"""Files that came with mails: judged, sealed at once, and brought into the vault of their case.

What a mail brings is kept with the mail in one transaction, sealed under the borrower's key, and
goes to the vault afterwards, so that neither a store that is away nor a crash between loses a file
or the words that came with it. Of a mail that fits no case the files wait with it. What is not
taken in is not kept: its name, its size and why stay.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from carrears.casework.models import Case
from carrears.evidence.services import Record, record_many
from carrears.outreach.delivery_models import UnknownText
from carrears.outreach.mail_in.attached import Attached
from carrears.outreach.mail_models import MailAttachment, ReceivedMail, Refusal
from carrears.parties.models import Party
from carrears.parties.services import data_key
from carrears.parties.vault import SubjectErasedError, SubjectKey
from carrears.vault.judging import judge_file
from carrears.vault.models import Kind, Origin
from carrears.vault.sniffing import HEAD_BYTES, RefusedFileError, foreign_to_rows
from carrears.vault.stores import StoreError
from carrears.vault.storing import store

MOST = 20  # files of one mail
_FIELD, _NAME = "attachment:{}:{}", "attachment name:{}:{}"
_log = logging.getLogger(__name__)


def keep_attachments(
    mail: ReceivedMail,
    files: Sequence[Attached],
    *,
    cases: Iterable[Case],
    unknown: UnknownText | None,
    people: Sequence[Party],
) -> None:
    """Keep what hung on a mail for each of the cases that it stands on, else with it.

    Of a case whose borrower did not write it, it comes from somebody else. In the caller's
    transaction.
    """
    judged = [(one, *_judge(nth, one)) for nth, one in enumerate(files, 1)]
    writers = {one.pk for one in people}
    for place in _places(mail, cases, unknown, writers):
        rows = [
            place.row(nth, file, media_type, why)
            for nth, (file, media_type, why) in enumerate(judged, 1)
        ]
        MailAttachment.objects.bulk_create(rows)
        if place.case is not None and rows:
            record_many([_record(mail, place.case, rows)])


def _places(
    mail: ReceivedMail, cases: Iterable[Case], unknown: UnknownText | None, writers: set[UUID]
) -> Iterator[_Place]:
    for case in cases:
        origin = Origin.DEBTOR if case.party_id in writers else Origin.OTHER
        yield _Place(mail=mail, case=case, unknown=None, owner=_owner(case), origin=origin)
    if unknown is not None:
        yield _Place(
            mail=mail, case=None, unknown=unknown, owner=_owner(None), origin=Origin.DEBTOR
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where files of a mail belong, and under whose key; no ``owner`` of who was erased."""

    mail: ReceivedMail
    case: Case | None
    unknown: UnknownText | None
    owner: SubjectKey | None
    origin: str

    def row(self, nth: int, file: Attached, media_type: str, why: str) -> MailAttachment:
        """One file, sealed."""
        row = MailAttachment(
            mail=self.mail,
            nth=nth,
            case=self.case,
            unknown=self.unknown,
            origin=self.origin,
            media_type=media_type,
            size=len(file.content),
            why=why if self.owner is not None else Refusal.ERASED,
            received_at=self.mail.received_at,
        )
        if self.owner is not None:
            _seal(row, self.owner, name=file.name, content=None if why else file.content)
        return row


def _owner(case: Case | None) -> SubjectKey | None:
    """Under whose key it is sealed; None of somebody who was erased: nothing of his is kept."""
    try:
        return data_key(case.party_id if case is not None else None)
    except SubjectErasedError:
        return None


def _seal(row: MailAttachment, owner: SubjectKey, *, name: str, content: bytes | None) -> None:
    if name:
        row.name_sealed = owner.seal(_NAME.format(row.mail.key, row.nth), name)
    if content is not None:
        field = _FIELD.format(row.mail.key, row.nth)
        row.content_sealed = owner.seal(field, content.decode("latin-1"))


def _judge(nth: int, file: Attached) -> tuple[str, str]:
    """The media type of a file that is taken in, or why it is not."""
    if nth > MOST:
        return "", Refusal.TOO_MANY
    if not file.content:
        return "", Refusal.EMPTY
    if len(file.content) > settings.VAULT_UPLOAD_MB << 20:
        return "", Refusal.TOO_LARGE
    try:
        media_type = judge_file(io.BytesIO(file.content), declared=file.declared)
    except RefusedFileError as error:
        if error.why != "unknown":
            return "", error.why
        found = foreign_to_rows(file.content[:HEAD_BYTES])
        return "", found if found in Refusal.values else Refusal.UNKNOWN
    return media_type, ""


def _record(mail: ReceivedMail, case: Case, rows: Sequence[MailAttachment]) -> Record:
    refused = [{"nth": one.nth, "why": one.why, "size": one.size} for one in rows if one.why]
    told: dict[str, Any] = {"mail": mail.pk, "files": len(rows), "refused": refused}
    return Record(
        kind="mail.attachments",
        subject=case.loan_no,
        key=f"mail:{mail.key}:attachments:{case.pk}",
        actor="",
        occurred_at=mail.received_at,
        payload=told,
    )


def assign_attachments(unknown: UnknownText, case: Case) -> None:
    """Let the files of a mail that fitted no case be those of one; in the caller's transaction."""
    house, owner = data_key(None), _owner(case)
    rows = list(_waiting_with(unknown))
    for row in rows:
        name, content = name_of(row), _content(row, house)
        row.case, row.unknown = case, None
        row.name_sealed = row.content_sealed = None
        if owner is None:
            row.why = Refusal.ERASED
        else:
            _seal(row, owner, name=name, content=content)
        row.save()
    if rows:
        record_many([_record(rows[0].mail, case, rows)])


def drop_attachments(unknown: UnknownText) -> None:
    """Keep nothing of the files of a mail of which nothing follows."""
    _waiting_with(unknown).exclude(content_sealed=None).update(
        content_sealed=None, why=Refusal.DISMISSED
    )


def _waiting_with(unknown: UnknownText) -> QuerySet[MailAttachment]:
    return MailAttachment.objects.filter(unknown=unknown).select_related("mail", "case")


def name_of(row: MailAttachment) -> str:
    """What a file is called that is not in the vault; nothing of somebody who was erased."""
    owner = _owner(row.case)
    if owner is None or row.name_sealed is None:
        return ""
    return owner.open(_NAME.format(row.mail.key, row.nth), bytes(row.name_sealed))


def _content(row: MailAttachment, owner: SubjectKey) -> bytes | None:
    if row.content_sealed is None:
        return None
    field = _FIELD.format(row.mail.key, row.nth)
    return owner.open(field, bytes(row.content_sealed)).encode("latin-1")


def file_attachments() -> int:
    """Bring what waits into the vault of its case; returns how many. Bears a second start.

    What the store does not take now waits until the next time.
    """
    waiting = MailAttachment.objects.exclude(content_sealed=None).exclude(case=None)
    filed = 0
    for pk in waiting.order_by("pk").values_list("pk", flat=True):
        try:
            filed += _file(pk)
        except (StoreError, OSError):
            _log.exception("the vault takes no files of mails")
            break
    return filed


@transaction.atomic
def _file(pk: int) -> int:
    found = MailAttachment.objects.select_for_update(of=("self",)).select_related("mail", "case")
    row = found.get(pk=pk)
    if row.content_sealed is None or row.case is None:
        return 0
    owner = _owner(row.case)
    content = _content(row, owner) if owner is not None else None
    if owner is None or content is None:
        row.content_sealed, row.name_sealed, row.why = None, None, Refusal.ERASED
        row.save(update_fields=["content_sealed", "name_sealed", "why"])
        return 0
    row.stored = store(
        kind=_kind(row.media_type),
        stream=io.BytesIO(content),
        case=row.case,
        media_type=row.media_type,
        actor=None,
        at=row.received_at,
        name=name_of(row),
        key=f"mail:{row.mail.key}:{row.nth}:{row.case.pk}",
        origin=row.origin,
    )
    row.content_sealed = row.name_sealed = None  # both are in the vault now
    row.save(update_fields=["stored", "content_sealed", "name_sealed"])
    return 1


def _kind(media_type: str) -> Kind:
    main = media_type.partition("/")[0]
    return {"image": Kind.PHOTO, "audio": Kind.AUDIO}.get(main, Kind.DOCUMENT)
