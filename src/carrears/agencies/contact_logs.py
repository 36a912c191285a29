"""Take in what an agency says it did, row by row: the same gate, the same counters.

A row is taken once by the agency's own reference. One that cannot be taken is kept aside, sealed,
and comes again under the same reference once it is mended.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TextIO

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet

from carrears.access.models import Kind, Organisation, User
from carrears.access.seeing import acts_for
from carrears.agencies.contact_log_files import (
    COLUMNS,
    ID,
    MOST_ROWS,
    REQUIRED,
    WHY,
    LogRow,
    read_row,
)
from carrears.agencies.explaining import explain_all
from carrears.agencies.fitting import Records
from carrears.agencies.models import ContactLog, ContactLogReject, LoggedContact
from carrears.agencies.queries import require_house
from carrears.agencies.row_files import TOO_MANY, Fault, Reject, Row, RowFileError, read_rows
from carrears.agencies.rows_aside import sealed_rows, to_mend, told_faults
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import record
from carrears.outreach.logged import Logged, keep_logged
from carrears.outreach.models import Attempt, Breach, ContactOutcome

SEALED = ContactLogReject.SEALED_AS
TWICE = "this reference stands twice here"
ANOTHER = "this reference stands for another contact"


def logs_of(user: User) -> QuerySet[ContactLog]:
    """The logs that a user may see: those of his agency, or for the house all.

    Raises:
        PermissionDenied: none.
    """
    if not user.has_perm("agencies.view_contactlog"):
        raise PermissionDenied("this user may not see contact logs")
    logs = ContactLog.objects.select_related("agency", "brought_by")
    if agency := acts_for(user):
        return logs.filter(agency__key=agency, agency__kind=Kind.AGENCY)
    require_house(user, "agencies.view_contactlog")
    return logs


def agency_of(user: User) -> Organisation:
    """The agency whose log he may bring in: his own.

    Raises:
        PermissionDenied: he acts for none, or may not.
    """
    key = acts_for(user)
    if not (key and user.has_perm("agencies.add_contactlog")):
        raise PermissionDenied("an agency brings its own log")
    return Organisation.objects.get(key=key, kind=Kind.AGENCY)


def take_file(content: bytes, *, name: str, by: User, at: datetime) -> ContactLog:
    """Take in a log as CSV in UTF-8 or GB 18030.

    Raises:
        PermissionDenied: somebody of no agency.
        RowFileError: no such file.
    """
    columns = dict(COLUMNS) | {ID: (ID,), WHY: (WHY,)}
    rows = list(read_rows(content, name=name, columns=columns, required=REQUIRED, most=MOST_ROWS))
    return _take(rows, source="file", name=name, by=by, at=at)


def take_rows(told: Sequence[Mapping[str, str]], *, by: User, at: datetime) -> ContactLog:
    """Take in rows that a program sends; ``row_no`` counts them from 1.

    Raises:
        PermissionDenied: somebody of no agency.
        RowFileError: too many at once.
    """
    if len(told) > MOST_ROWS:
        raise RowFileError("rows", TOO_MANY, str(MOST_ROWS))
    rows = [
        Row(number, {field: str(value).strip() for field, value in one.items()}, "")
        for number, one in enumerate(told, start=1)
    ]
    return _take(rows, source="api", name="", by=by, at=at)


@transaction.atomic
def _take(rows: Iterable[Row], *, source: str, name: str, by: User, at: datetime) -> ContactLog:
    agency = agency_of(by)
    since = now()
    with as_house():  # what was placed with it then may be with nobody, or others, now
        Organisation.objects.select_for_update().get(pk=agency.pk)  # one log at a time
        log = ContactLog.objects.create(
            agency=agency, source=source, file_name=name[:255], brought_by=by, brought_at=at
        )
        read = [read_row(row) for row in rows]
        rejects = [one for one in read if isinstance(one, Reject)]
        told = [one for one in read if isinstance(one, LogRow)]
        fresh, known, unfit = _sorted_out(told, agency)
        rejects += unfit
        _keep(fresh, log, agency=agency, by=by)
        references = [one.reference for one in told] + [one.reference for one in rejects]
        _settle_rejects(agency, references, [one.reject for one in told], log=log, at=at)
        _keep_aside(rejects, log)
        log.taken, log.known, log.rejected = len(fresh), known, len(rejects)
        log.save(update_fields=["taken", "known", "rejected"])
        _count_breaches(log, since=since)
        _record(log, by=by, at=at)
    return log


def _count_breaches(log: ContactLog, *, since: datetime) -> None:
    """Of this log, and of earlier ones of which a row is found to be one only now."""
    found = Breach.objects.filter(found_at__gte=since, attempt__logged__log__agency=log.agency)
    for pk in found.values_list("attempt__logged__log", flat=True).distinct().order_by():
        many = Breach.objects.filter(attempt__logged__log=pk).count()
        ContactLog.objects.filter(pk=pk).update(breaches=many)
    log.refresh_from_db(fields=["breaches"])


def _sorted_out(
    told: Sequence[LogRow], agency: Organisation
) -> tuple[list[tuple[LogRow, Logged]], int, list[Reject]]:
    """The rows that are new, how many came before, and those that do not fit."""
    records = Records(told, agency)
    before = {
        one.reference: one
        for one in LoggedContact.objects.filter(
            agency=agency, reference__in=[one.reference for one in told]
        ).select_related("attempt", "outcome__case", "attempt__case", "attempt__outcome")
    }
    fresh: dict[str, tuple[LogRow, Logged]] = {}
    known, unfit = 0, []
    for row in told:
        if (kept := before.get(row.reference)) is not None:
            if _is_same(kept, row):
                known += 1
            else:
                unfit.append(_reject(row, [Fault("reference", ANOTHER)]))
        elif row.reference in fresh:
            unfit.append(_reject(row, [Fault("reference", TWICE)]))
        elif isinstance(fit := records.fit(row), Logged):
            fresh[row.reference] = (row, fit)
        else:
            unfit.append(_reject(row, fit))
    return list(fresh.values()), known, unfit


def _is_same(kept: LoggedContact, row: LogRow) -> bool:
    """Whether a reference stands for the contact that is told again."""
    contact = kept.attempt or kept.outcome
    assert contact is not None  # noqa: S101  as the database holds
    direction = "out" if kept.attempt_id is not None else "in"
    came = getattr(kept.attempt, "outcome", None) if kept.attempt is not None else contact
    code = came.code if isinstance(came, ContactOutcome) else ""
    return (contact.case.loan_no, contact.at, contact.channel, direction, code) == (
        row.loan_no, row.at, row.channel, row.direction, row.result,
    )  # fmt: skip


def _reject(row: LogRow, faults: Iterable[Fault]) -> Reject:
    return Reject(row.row_no, tuple(faults), row.raw, row.reference)


def _keep(
    fresh: Sequence[tuple[LogRow, Logged]], log: ContactLog, *, agency: Organisation, by: User
) -> None:
    kept = keep_logged([one for _, one in fresh], agency=agency.key, by=by)
    LoggedContact.objects.bulk_create(
        LoggedContact(
            log=log,
            agency=agency,
            reference=row.reference,
            row_no=row.row_no,
            acted_by=row.acted_by,
            attempt=one if isinstance(one, Attempt) else None,
            outcome=one if isinstance(one, ContactOutcome) else None,
        )
        for (row, _), one in zip(fresh, kept, strict=True)
    )


def _settle_rejects(
    agency: Organisation,
    references: Iterable[str],
    rejects: Iterable[int | None],
    *,
    log: ContactLog,
    at: datetime,
) -> None:
    """What came again has its answer in this log, and is aside in an earlier one no more."""
    again = Q(reference__in=[one for one in references if one])
    again |= Q(pk__in=[one for one in rejects if one is not None])
    ContactLogReject.objects.filter(
        again, log__agency=agency, log__lt=log, corrected_at=None
    ).update(corrected_at=at)


def _keep_aside(rejects: Sequence[Reject], log: ContactLog) -> None:
    ContactLogReject.objects.bulk_create(
        ContactLogReject(log=log, **kept) for kept in sealed_rows(SEALED, rejects)
    )


def write_corrections(log: ContactLog, out: TextIO) -> int:
    """Write the rows still aside as CSV that is mended and brought again; how many there are."""
    aside = to_mend(SEALED, list(log.rejects.filter(corrected_at=None)))
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, ID, WHY])
    for one, cells in aside:
        told = told_faults(one.errors, dict(zip(COLUMNS, cells, strict=False)))
        writer.writerow([*cells, one.pk, explain_all(told)])
    return len(aside)


def _record(log: ContactLog, *, by: User, at: datetime) -> None:
    record(
        "agencies.contact_log.taken",
        subject=f"contact-log:{log.pk}",
        payload={
            "agency": log.agency.key,
            "source": log.source,
            "taken": log.taken,
            "known": log.known,
            "rejected": log.rejected,
            "breaches": log.breaches,
        },
        actor=by.get_username(),
        key=f"agencies.contact_log.taken:{log.pk}",
        occurred_at=at,
    )
