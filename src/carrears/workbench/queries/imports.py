"""Files brought in, and the rows kept aside."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.exchange.models import ERASED, RejectedRow, TapeImport
from carrears.workbench.fault_words import fault_words
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.imports import (
    FieldError,
    ImportPage,
    ImportRow,
    ImportsPage,
    ReasonCount,
    RejectRow,
    TableCount,
)

_REASONS_SHOWN = 20


def imports_page(params: QueryDict) -> ImportsPage:
    """All imports, newest first."""
    tapes = TapeImport.objects.select_related("imported_by")
    pager = make_pager(params, total=tapes.count())
    return ImportsPage(rows=tuple(_row(tape) for tape in tapes[rows_of(pager)]), pager=pager)


def import_page(user: User, tape: TapeImport, params: QueryDict) -> ImportPage:
    """One import; its rejects only for those who may see them."""
    rejects = tape.rejects.all()
    if not user.has_perm("exchange.view_rejectedrow"):
        rejects = rejects.none()
    pager = make_pager(params, total=rejects.count())
    return ImportPage(
        summary=_row(tape),
        path=_origin(tape),
        tables=tuple(TableCount(name, rows) for name, rows in tape.tables.items()),
        reasons=_reasons(tape),
        rejects=tuple(_reject(row) for row in rejects[rows_of(pager)]),
        pager=pager,
        retry_command=f"carrears book import FILE --mapping {tape.mapping}",
    )


def _origin(tape: TapeImport) -> str:
    """Where the file lay; an upload was not kept."""
    inbox = Path(settings.CARREARS_HOME) / "inbox"
    return gettext("uploaded here") if Path(tape.path).is_relative_to(inbox) else tape.path


def _row(tape: TapeImport) -> ImportRow:
    taken = (tape.finished_at - tape.started_at).total_seconds() if tape.finished_at else None
    return ImportRow(
        pk=tape.pk,
        file_name=tape.file_name,
        size_bytes=tape.size_bytes,
        mapping=tape.mapping,
        state=tape.state,
        rows_read=tape.rows_read,
        rows_accepted=tape.rows_accepted,
        rows_rejected=tape.rows_rejected,
        started_at=tape.started_at,
        seconds=taken,
        imported_by=str(tape.imported_by) if tape.imported_by else "",
        as_of_from=tape.as_of_from,
        as_of_to=tape.as_of_to,
        error=tape.error,
    )


def _reject(row: RejectedRow) -> RejectRow:
    return RejectRow(
        table=row.table,
        row_no=row.row_no,
        line_no=row.line_no,
        errors=tuple(FieldError(one["field"], fault_words(one["reason"])) for one in row.errors),
        resolved_by=row.resolved_by_id,
        erased=any(one["reason"] == ERASED for one in row.errors),
    )


def _reasons(tape: TapeImport) -> tuple[ReasonCount, ...]:
    """Which fields were wrong and how often, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    for errors in tape.rejects.values_list("errors", flat=True).iterator(chunk_size=2000):
        counts.update({(one["field"], one["reason"]) for one in errors})
    return tuple(
        ReasonCount(field=field, reason=fault_words(reason), rows=rows)
        for (field, reason), rows in counts.most_common(_REASONS_SHOWN)
    )
