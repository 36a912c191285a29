"""Bring in the lists that others keep: read, put into force, added to, removed.

A new version is read whole beside the one in force, which it then replaces at once; what the
replaced one listed is dropped. Lists of one name follow each other under a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from django.db import connection, transaction

from carrears.access.models import User
from carrears.conduct.foreign import Scheme
from carrears.conduct.list_files import ListFile
from carrears.conduct.models import IndustryList, Listing, ListState, RejectedListing
from carrears.conduct.services import ConductError, Scope, check_scope
from carrears.database.bulk import copy_rows
from carrears.evidence.services import Record, record_many
from carrears.parties.blind import foreign_indexes
from carrears.parties.services import keyring, seal_all_for_house
from carrears.parties.words import commit_words

SEALED = RejectedListing.SEALED_AS
_TOLD_EVERY = 20_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTerms:
    """What a list is, whom it bars, and how its values are hashed.

    ``whole_person``: it speaks of people (of those who sue, of the vulnerable), so that everyone
    who has a listed number is not contacted by any other either.
    """

    name: str
    version: str
    source: str
    reason: str
    scheme: Scheme
    from_on: date
    until_on: date | None = None
    scope: Scope = field(default_factory=Scope)
    whole_person: bool = False


def import_list(
    stream: IO[bytes],
    terms: ListTerms,
    *,
    file_name: str,
    column: str = "",
    by: User | None,
    at: datetime,
    progress: Progress | None = None,
) -> tuple[IndustryList, bool]:
    """Read a list's file and put it into force; tells whether anything changed.

    The same file as the same version again changes nothing.

    Raises:
        ConductError: as ``read_list``.
        ListFileError: the file cannot be read as such a list; nothing of it is kept.
    """
    with transaction.atomic():
        read, is_new = read_list(
            stream, terms, file_name=file_name, column=column, by=by, at=at, progress=progress
        )
        return (put_in_force(read, by=by, at=at), True) if is_new else (read, False)


@transaction.atomic
def read_list(
    stream: IO[bytes],
    terms: ListTerms,
    *,
    file_name: str,
    column: str = "",
    by: User | None,
    at: datetime,
    progress: Progress | None = None,
) -> tuple[IndustryList, bool]:
    """Read a list's file; it bars nobody before ``put_in_force``. False: it is known already.

    Raises:
        ConductError: no name, version, source or reason; an end before the beginning; an unknown
            channel; or another file came as this version before.
        ListFileError: the file cannot be read as such a list.
    """
    check_terms(terms)
    _lock(terms.name)
    known = IndustryList.objects.filter(name=terms.name, version=terms.version).first()
    if known is not None and known.state == ListState.READ:
        known.delete()
        known = None
    if known is not None:
        file = ListFile(stream, terms.scheme.reader(), column)
        _exhaust(file.digests())
        if file.sha256 != known.file_sha256:
            raise ConductError(
                f"another file came as version {terms.version!r} of {terms.name!r}; "
                "give this one another version, or add it"
            )
        return known, False
    row = IndustryList.objects.create(
        **_columns(terms),
        index_key=keyring().index_id,
        file_name=file_name[:255],
        read_at=at,
        imported_by=by,
    )
    file = ListFile(stream, terms.scheme.reader(), column)
    row.entries = _store(row, file.digests(), progress)
    _keep_rejects(row, file, file_name)
    row.file_sha256, row.rows, row.rejected = file.sha256, file.rows, len(file.bad)
    row.twice = file.rows - len(file.bad) - row.entries
    row.known = _count_known(row)
    row.save()
    return row, True


@transaction.atomic
def put_in_force(row: IndustryList, *, by: User | None, at: datetime) -> IndustryList:
    """Let a list that was read bar, and drop what the version before it listed.

    Raises:
        ConductError: it was not read, or is in force or over.
    """
    _lock(row.name)
    new = IndustryList.objects.select_for_update().get(pk=row.pk)
    if new.state != ListState.READ:
        raise ConductError("only a list that was read can be put into force")
    former = IndustryList.objects.filter(name=new.name, state=ListState.LIVE).first()
    if former is not None:
        _end(former, ListState.REPLACED, reason=f"→ {new.version}"[:120], by=by, at=at)
    new.state, new.live_at = ListState.LIVE, at
    new.save(update_fields=["state", "live_at"])
    payload = _told(new) | {"replaces": former.pk if former else None}
    _record(new, "contact.list_imported", payload, key="live", by=by, at=at)
    return new


@transaction.atomic
def add_to_list(
    stream: IO[bytes],
    name: str,
    *,
    file_name: str,
    column: str = "",
    by: User | None,
    at: datetime,
    progress: Progress | None = None,
) -> tuple[IndustryList, bool]:
    """Add a file of the same scheme to the version in force: what came since, or was corrected.

    A row that names the kept one it corrects (``_id``) settles that. The same file again changes
    nothing.

    Raises:
        ConductError: no list of this name is in force.
        ListFileError: the file cannot be read as such a list.
    """
    _lock(name)
    row = IndustryList.objects.filter(name=name, state=ListState.LIVE).first()
    if row is None:
        raise ConductError(f"no list {name!r} is in force")
    file = ListFile(stream, row.scheme.reader(), column)
    entries = _store(row, file.digests(), progress)
    known = {row.file_sha256, *(each["sha256"] for each in row.added)}
    if file.sha256 in known:
        return row, False
    _keep_rejects(row, file, f"{file_name[:240]} +{len(row.added) + 1}")
    row.rejects.filter(pk__in=file.corrected, corrected_at=None).update(corrected_at=at)
    added: dict[str, Any] = {
        "file": file_name[:255],
        "sha256": file.sha256,
        "rows": file.rows,
        "entries": entries,
        "rejected": len(file.bad),
    }
    row.added = [*row.added, added]
    row.rows, row.entries = row.rows + file.rows, row.entries + entries
    row.twice += file.rows - len(file.bad) - entries
    row.rejected = row.rejects.filter(corrected_at=None).count()
    row.save()
    payload = {"name": row.name, "version": row.version, **added, "corrected": len(file.corrected)}
    _record(row, "contact.list_added_to", payload, key=f"added:{file.sha256}", by=by, at=at)
    return row, True


@transaction.atomic
def remove_list(row: IndustryList, *, reason: str, by: User | None, at: datetime) -> bool:
    """Take a list out of force, and drop what it listed. False: it is not in force.

    Raises:
        ConductError: no reason.
    """
    if not reason.strip():
        raise ConductError("a reason is needed")
    _lock(row.name)
    found = IndustryList.objects.select_for_update().get(pk=row.pk)
    if found.state != ListState.LIVE:
        return False
    _end(found, ListState.REMOVED, reason=reason.strip()[:120], by=by, at=at)
    payload = _told(found) | {"reason": found.end_reason}
    _record(found, "contact.list_removed", payload, key="removed", by=by, at=at)
    return True


@transaction.atomic
def drop_read(row: IndustryList) -> bool:
    """Forget a list that was read and not put into force."""
    return bool(IndustryList.objects.filter(pk=row.pk, state=ListState.READ).delete()[0])


def check_terms(terms: ListTerms) -> None:
    """Look at what is told of a list before its file is read.

    Raises:
        ConductError: as ``read_list``, but for the file.
    """
    told = {"name": 80, "version": 40, "source": 120, "reason": 120}
    for name, longest in told.items():
        text = getattr(terms, name)
        if not text.strip() or len(text) > longest or "\0" in text:
            raise ConductError(f"a {name} of 1 to {longest} characters is needed")
    if terms.until_on is not None and terms.until_on < terms.from_on:
        raise ConductError("a list cannot end before it begins")
    check_scope(terms.scope)


def _columns(terms: ListTerms) -> dict[str, Any]:
    scheme, scope = terms.scheme, terms.scope
    return {
        "name": terms.name.strip(),
        "version": terms.version.strip(),
        "source": terms.source.strip(),
        "reason": terms.reason.strip(),
        "form": scheme.form,
        "algorithm": scheme.algorithm,
        "salt": scheme.salt,
        "salt_at": scheme.salt_at,
        "country": scheme.country,
        "whole_person": terms.whole_person,
        "channel": scope.channel,
        "product": scope.product,
        "actor": scope.actor,
        "from_on": terms.from_on,
        "until_on": terms.until_on,
    }


def _lock(name: str) -> None:
    with connection.cursor() as cursor:
        key = f"industry list {name}"
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _exhaust(digests: Iterable[bytes]) -> None:
    for _ in digests:
        pass


_TAKE = """
insert into conduct_listing (list_id, value_index)
select distinct %s::bigint, value_index from given_listing order by value_index
on conflict do nothing
"""


def _store(row: IndustryList, digests: Iterable[bytes], progress: Progress | None) -> int:
    """Copy what a file lists, in the order of the index, each value once; how many are new."""
    ring, *_ = keyring().indexed_by(row.index_key)  # what comes to a list is hashed as it is
    indexes = foreign_indexes(ring, row.name, _counted(digests, progress))
    with connection.cursor() as cursor:
        cursor.execute("create temp table given_listing (value_index bytea) on commit drop")
        with cursor.copy("copy given_listing (value_index) from stdin (format binary)") as copy:
            copy.set_types(["bytea"])
            for index in indexes:
                copy.write_row((index,))
        cursor.execute(_TAKE, [row.pk])
        count = int(cursor.rowcount)
        cursor.execute("drop table given_listing")
    return count


def _counted(digests: Iterable[bytes], progress: Progress | None) -> Iterator[bytes]:
    count = 0
    for count, digest in enumerate(digests, start=1):
        yield digest
        if progress is not None and count % _TOLD_EVERY == 0:
            progress(count)
    if progress is not None:
        progress(count)


def _keep_rejects(row: IndustryList, file: ListFile, file_name: str) -> None:
    if not file.bad:
        return
    sealed = seal_all_for_house(SEALED, (bad.raw for bad in file.bad))
    copy_rows(
        RejectedListing,
        ("list_id", "file_name", "row_no", "field", "reason", "raw_sealed"),
        (
            (row.pk, file_name[:255], bad.row, bad.field[:80], bad.reason[:120], raw)
            for bad, raw in zip(file.bad, sealed, strict=True)
        ),
    )


def _count_known(row: IndustryList) -> int | None:
    """How many values the version in force lists too.

    None without one, or where it cannot be told: it is of another scheme or under another key.
    """
    former = IndustryList.objects.filter(name=row.name, state=ListState.LIVE).first()
    if former is None or former.scheme != row.scheme:
        return None
    ring = keyring()
    if ring.indexed_by(former.index_key) != ring.indexed_by(row.index_key):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from conduct_listing old join conduct_listing new using (value_index)"
            " where old.list_id = %s and new.list_id = %s",
            [former.pk, row.pk],
        )
        return int(cursor.fetchone()[0])


def _end(
    row: IndustryList, state: ListState, *, reason: str, by: User | None, at: datetime
) -> None:
    Listing.objects.filter(list=row).delete()
    row.rejects.all().delete()
    row.state, row.ended_at, row.ended_by, row.end_reason = state, at, by, reason
    row.save(update_fields=["state", "ended_at", "ended_by", "end_reason"])


def _told(row: IndustryList) -> dict[str, Any]:
    until = row.until_on.isoformat() if row.until_on else None
    return {
        "list": row.pk,
        "name": row.name,
        "version": row.version,
        "source": row.source,
        "purpose": row.reason,
        "form": row.form,
        "algorithm": row.algorithm,
        "salted": bool(row.salt),
        "whole_person": row.whole_person,
        "channel": row.channel,
        "product": row.product,
        "actor": row.actor,
        "from_on": row.from_on.isoformat(),
        "until_on": until,
        "file_sha256": row.file_sha256,
        "rows": row.rows,
        "entries": row.entries,
        "rejected": row.rejected,
    }


def _record(
    row: IndustryList,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str,
    by: User | None,
    at: datetime,
) -> None:
    key = f"industry-list:{row.pk}:{key}"
    said = {name: str(value) for name, value in payload.items() if name in {"purpose", "reason"}}
    told = {name: value for name, value in payload.items() if name not in said}
    record_many(
        [
            Record(
                kind=kind,
                subject=f"list:{row.pk}",
                key=key,
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload=told | commit_words(key, said, party=None),
            )
        ]
    )
