"""Files brought in, and the rows kept aside."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import Any

from django.http import QueryDict

from carrears.access.models import User
from carrears.exchange.models import RejectedRow, TapeImport
from carrears.parties.services import open_for_house
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
# A spreadsheet runs a cell that begins so as a formula.
_FORMULA = ("=", "@", "\t", "\r")


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
        path=tape.path,
        tables=tuple(TableCount(name, rows) for name, rows in tape.tables.items()),
        reasons=_reasons(tape),
        rejects=tuple(_reject(row) for row in rejects[rows_of(pager)]),
        pager=pager,
        retry_command=f"carrears book import FILE --mapping {tape.mapping}",
    )


def reject_files(tape: TapeImport) -> dict[str, str]:
    """The rejected rows as CSV by table: the raw fields, then why each was kept aside.

    A corrected file of the same layout may carry the two last columns; they are not read.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for reject in tape.rejects.filter(resolved_by=None).iterator(chunk_size=500):
        raw = json.loads(open_for_house("rejected row", reject.raw_sealed))
        why = "; ".join(f"{one['field']}: {one['reason']}" for one in reject.errors)
        rows.setdefault(reject.table, []).append(raw | {"_row": reject.row_no, "_why": why})
    return {table: _csv(found) for table, found in rows.items()}


def _csv(rows: list[dict[str, Any]]) -> str:
    fields = list(dict.fromkeys(name for row in rows for name in row if not name.startswith("_")))
    out = io.StringIO()
    writer = csv.DictWriter(out, [*fields, "_row", "_why"], restval="")
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


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
        errors=tuple(FieldError(one["field"], one["reason"]) for one in row.errors),
        resolved_by=row.resolved_by_id,
    )


def _reasons(tape: TapeImport) -> tuple[ReasonCount, ...]:
    """Which fields were wrong and how often, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    for errors in tape.rejects.values_list("errors", flat=True).iterator(chunk_size=2000):
        counts.update({(one["field"], one["reason"]) for one in errors})
    return tuple(
        ReasonCount(field=field, reason=reason, rows=rows)
        for (field, reason), rows in counts.most_common(_REASONS_SHOWN)
    )


def _safe(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
