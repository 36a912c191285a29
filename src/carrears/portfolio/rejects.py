"""The rows kept aside: shown, and written out to be corrected and sent again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet

from carrears.exchange.faults_kept import told_fault
from carrears.exchange.models import ERASED, RejectedRow, TapeImport
from carrears.parties.services import open_for_house

# Columns of a corrections file that say where a row came from; no mapping reads them.
_NOTE, _IMPORT, _TABLE, _ROW = "_why", "_import", "_table", "_row"


@dataclass(frozen=True, slots=True)
class OpenReject:
    """One row in clear, with every field that was wrong."""

    import_id: int
    file: str
    mapping: str
    table: str
    row_no: int
    line_no: int | None
    errors: tuple[dict[str, str], ...]
    raw: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """What ``carrears book rejects --json`` prints of it."""
        return {
            "import": self.import_id,
            "file": self.file,
            "table": self.table,
            "row": self.row_no,
            "line": self.line_no,
            "errors": list(self.errors),
            "raw": self.raw,
        }


def open_rejects(*, import_id: int | None = None) -> list[OpenReject]:
    """All rows that are still aside, of one import or of all, in the order of their files.

    Those that went with an erased person are not among them: nothing of them is left.
    """
    rows = _still_aside().select_related("tape")
    if import_id is not None:
        rows = rows.filter(tape=import_id)
    return [_opened(row) for row in rows.order_by("tape_id", "row_no")]


def has_open_rejects(tape: TapeImport) -> bool:
    """Whether any row of an import is still aside and can be mended."""
    return _still_aside().filter(tape=tape).exists()


def _still_aside() -> QuerySet[RejectedRow]:
    gone = Q(errors__contains=[{"reason": ERASED}])
    return RejectedRow.objects.filter(~gone, resolved_by=None)


def _opened(row: RejectedRow) -> OpenReject:
    raw = json.loads(open_for_house(row.SEALED_AS, row.raw_sealed))
    return OpenReject(
        import_id=row.tape_id,
        file=row.tape.file_name,
        mapping=row.tape.mapping,
        table=row.table,
        row_no=row.row_no,
        line_no=row.line_no,
        errors=tuple(told_fault(one, raw) for one in row.errors),
        raw=raw,
    )


def write_corrections(rows: Sequence[OpenReject], out: Path) -> int:
    """Write rows as JSON lines that the same mapping reads again once they are corrected.

    Each line carries what was wrong under ``_why`` and where it came from, which the reader
    passes over and ``resolve_rejects`` reads.
    """
    with out.open("w", encoding="utf-8") as file:
        for row in rows:
            why = [f"{error['field']}: {error['reason']}" for error in row.errors]
            place = {_IMPORT: row.import_id, _TABLE: row.table, _ROW: row.row_no}
            file.write(json.dumps(row.raw | {_NOTE: why} | place, ensure_ascii=False) + "\n")
    return len(rows)


def resolve_rejects(tape: TapeImport, path: Path) -> int:
    """Mark the rows that ``tape`` has just brought in right; returns how many.

    A corrections file names each of its rows; a file of the same name and mapping stands for
    the whole earlier one. What is still wrong has been kept aside anew.
    """
    aside = RejectedRow.objects.filter(resolved_by=None).exclude(tape=tape)
    resolved = aside.filter(
        tape__file_name=tape.file_name, tape__mapping=tape.mapping, tape__pk__lt=tape.pk
    ).update(resolved_by=tape)
    if path.suffix != ".jsonl":
        return resolved
    again = set(tape.rejects.values_list("row_no", flat=True))
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            row = json.loads(line)
            if number not in again and _IMPORT in row:
                resolved += aside.filter(
                    tape=row[_IMPORT], table=row[_TABLE], row_no=row[_ROW]
                ).update(resolved_by=tape)
    return resolved
