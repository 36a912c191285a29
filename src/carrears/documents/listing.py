"""Every document of a loan in one list, wherever it lies, as far as its reader may see it.

Files, letters, photos, signatures and statements lie in the vault; a recording is one document,
however many objects it has there; a proof bundle leaves its hash in the evidence log. Nothing is
opened here: each kind has its own door, with its permission, reason and trace. Of a statement that
was handed out before the vault kept them the log has the record; from it, it is worked out again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import Case
from carrears.clock import at_local
from carrears.documents.statements import statements_made, told_of, vault_key
from carrears.evidence.models import Entry
from carrears.outreach.visit_models import StepKind
from carrears.parties.vault import SubjectErasedError
from carrears.recordings.models import Recording
from carrears.vault.models import Kind, Origin, StoredObject
from carrears.vault.queries import OPENED_ELSEWHERE, may_open, objects_of_loan
from carrears.vault.serving import file_name

_Row = TypeVar("_Row", bound=Model)
Place = Literal["vault", "recording", "bundle", "statement"]
SIGNATURE, BUNDLE = "signature", "bundle"
KINDS: Final = (
    Kind.CONTRACT, Kind.LETTER, Kind.STATEMENT, Kind.DOCUMENT, Kind.PHOTO, SIGNATURE, Kind.AUDIO,
    Kind.SCREEN, BUNDLE,
)  # fmt: skip
PAGE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which documents: of a kind (all without), of days by the clock of the house, from an offset.

    Both days are included; None: no bound.
    """

    kind: str = ""
    since: date | None = None
    until: date | None = None
    offset: int = 0
    most: int = PAGE

    @property
    def reach(self) -> int:
        """How many of each source could be on the page, and one more."""
        return self.offset + self.most + 1

    def takes(self, *kinds: str) -> bool:
        """Whether documents of one of these kinds are asked for."""
        return not self.kind or self.kind in kinds

    def among(self, rows: QuerySet[_Row], moment: str) -> QuerySet[_Row]:
        """Those of ``rows`` whose ``moment`` is in the days, the newest first."""
        if self.since is not None:
            begin = at_local(self.since, time(0), settings.TIME_ZONE)
            rows = rows.filter(**{f"{moment}__gte": begin})
        if self.until is not None and self.until != date.max:
            end = at_local(self.until + timedelta(days=1), time(0), settings.TIME_ZONE)
            rows = rows.filter(**{f"{moment}__lt": end})
        return rows.order_by(f"-{moment}", "pk")[: self.reach]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document. ``token`` names it where it lies (of a bundle, its hash).

    Of a statement of which only the record is kept, ``token`` is that entry's number, ``name`` says
    of which day and in which language it was, and ``size`` is 0.

    ``hash`` is the SHA-256 of its content in hex; of a recording the head of its chain; empty once
    it was destroyed. ``size`` is in bytes.
    """

    place: Place
    kind: str
    token: str
    name: str
    at: datetime
    by: str
    origin: str = Origin.HOUSE
    size: int
    seconds: int | None = None
    hash: str
    may_open: bool
    destroyed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """A page of documents, the newest first; ``more`` where older ones are left."""

    rows: tuple[Document, ...]
    more: bool


def documents_of(user: User, cases: Sequence[Case], wanted: Wanted) -> Documents:
    """The documents of one loan's cases that ``user`` may see."""
    found = [
        *_in_vault(user, cases[0].loan_no, wanted),
        *_recorded(user, cases, wanted),
        *_bundles(user, cases[0].loan_no, wanted),
        *_recorded_statements(user, cases[0].loan_no, wanted),
    ]
    found.sort(key=lambda one: (one.at, one.token), reverse=True)
    page = found[wanted.offset : wanted.offset + wanted.most]
    return Documents(rows=tuple(page), more=len(found) > wanted.offset + wanted.most)


def _in_vault(user: User, loan_no: str, wanted: Wanted) -> Iterable[Document]:
    if wanted.kind == BUNDLE or not user.has_perm("vault.view_storedobject"):
        return
    found = objects_of_loan(user, loan_no).select_related("created_by", "party", "visit_step")
    found = found.exclude(media_type__in=OPENED_ELSEWHERE)
    signed = {"visit_step__kind": StepKind.SIGNATURE}
    if wanted.kind == SIGNATURE:
        found = found.filter(**signed)
    elif wanted.kind:
        found = found.filter(kind=wanted.kind).exclude(**signed)
    for stored in wanted.among(found, "created_at"):
        yield Document(
            place="vault",
            kind=_kind_of(stored),
            token=str(stored.token),
            name=_name(stored),
            at=stored.created_at,
            by=str(stored.created_by) if stored.created_by else "",
            origin=stored.origin,
            size=stored.size,
            seconds=stored.seconds,
            hash=bytes(stored.sha256).hex() if stored.sha256 is not None else "",
            may_open=stored.destroyed_at is None and may_open(user, stored),
            destroyed_at=stored.destroyed_at,
        )


def _kind_of(stored: StoredObject) -> str:
    step = getattr(stored, "visit_step", None)
    return SIGNATURE if step is not None and step.kind == StepKind.SIGNATURE else stored.kind


def _name(stored: StoredObject) -> str:
    if stored.destroyed_at is not None:
        return ""
    try:
        return file_name(stored)
    except SubjectErasedError:
        return ""


def _recorded(user: User, cases: Sequence[Case], wanted: Wanted) -> Iterable[Document]:
    allowed = user.has_perm("recordings.view_recording")
    if not allowed or not wanted.takes(Kind.AUDIO, Kind.SCREEN):
        return
    found = Recording.objects.filter(case__in=cases, chunk_count__gt=0).select_related("staff")
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    for one in wanted.among(found, "started_at"):
        yield Document(
            place="recording",
            kind=one.kind,
            token=str(one.token),
            name="",
            at=one.started_at,
            by=str(one.staff),
            size=one.byte_count,
            seconds=one.duration_ms // 1000,
            hash=bytes(one.head).hex(),
            may_open=True,
        )


def _bundles(user: User, loan_no: str, wanted: Wanted) -> Iterable[Document]:
    if not wanted.takes(BUNDLE) or not user.has_perm("evidence.make_bundle"):
        return
    found = Entry.objects.filter(subject=loan_no, kind="bundle.made")
    for entry in wanted.among(found, "occurred_at"):
        told = json.loads(entry.payload)
        yield Document(
            place="bundle",
            kind=BUNDLE,
            token=told["sha256"],
            name="",
            at=entry.occurred_at,
            by=entry.actor,
            size=told["size"],
            hash=told["sha256"],
            may_open=True,
        )


def _recorded_statements(user: User, loan_no: str, wanted: Wanted) -> Iterable[Document]:
    """The statements that the vault does not have; of the lender, not of an agency."""
    if not wanted.takes(Kind.STATEMENT) or acts_for(user):
        return
    if not user.has_perm("vault.view_storedobject"):
        return
    made = list(wanted.among(statements_made(loan_no), "occurred_at"))
    keys = [vault_key(entry) for entry in made]
    kept = set(StoredObject.objects.filter(key__in=keys).values_list("key", flat=True))
    for entry in made:
        if vault_key(entry) in kept:
            continue
        told = told_of(entry)
        yield Document(
            place="statement",
            kind=Kind.STATEMENT,
            token=str(entry.pk),
            name=f"{told['as_of']} · {_LANGUAGES[told['language']]}",
            at=entry.occurred_at,
            by=entry.actor,
            size=0,
            hash=told["sha256"],
            may_open=True,
        )


_LANGUAGES = {"zh": "中文", "en": "English"}
