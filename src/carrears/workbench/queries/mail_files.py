"""The files that hung on replies, and what became of each: on the case, or with what waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import QuerySet
from django.db.models.functions import Left

from carrears.casework.models import CaseEvent
from carrears.outreach.mail_in.attachments import name_of
from carrears.outreach.models import MailAttachment
from carrears.parties.vault import SubjectErasedError
from carrears.vault.reading import read_name
from carrears.workbench.view_models.mail_files import MailFile

_DIGEST = 32  # as a reply's line names its mail


def files_of_replies(events: Iterable[CaseEvent]) -> Mapping[str, tuple[MailFile, ...]]:
    """The files of those lines of timelines that brought some, by the key of the line."""
    lines = {(one.case_id, one.key.rpartition(":")[2]): one.key for one in events if _many(one)}
    if not lines:
        return {}
    found: dict[str, list[MailFile]] = defaultdict(list)
    rows = (
        _whole()
        .annotate(digest=Left("mail__key", _DIGEST))
        .filter(case__in={case for case, _ in lines}, digest__in={digest for _, digest in lines})
    )
    for row in rows.order_by("mail", "nth"):
        if row.case_id is not None and (key := lines.get((row.case_id, row.digest))):
            found[key].append(_shown(row))
    return {key: tuple(files) for key, files in found.items()}


def _many(event: CaseEvent) -> int:
    """How many files a reply brought."""
    return int(event.data.get("files", 0))


def files_of_unknown(pks: Iterable[int]) -> Mapping[int, tuple[MailFile, ...]]:
    """The files of mails that fit no case, by the number of the text."""
    found: dict[int, list[MailFile]] = defaultdict(list)
    for row in _whole().filter(unknown__in=list(pks)).order_by("mail", "nth"):
        if row.unknown_id is not None:
            found[row.unknown_id].append(_shown(row))
    return {pk: tuple(files) for pk, files in found.items()}


def _whole() -> QuerySet[MailAttachment]:
    return MailAttachment.objects.select_related("mail", "case", "stored__party")


def _shown(row: MailAttachment) -> MailFile:
    return MailFile(
        name=_name(row),
        size=row.size,
        state=_state(row),
        loan_no=row.case.loan_no if row.case else "",
    )


def _state(row: MailAttachment) -> str:
    if row.why:
        return row.why
    if row.stored is None:
        return "waiting" if row.case else "unplaced"
    return "kept" if row.stored.destroyed_at is None else "destroyed"


def _name(row: MailAttachment) -> str:
    if row.stored is None:
        return name_of(row)
    try:
        return read_name(row.stored) if row.stored.destroyed_at is None else ""
    except SubjectErasedError:
        return ""
