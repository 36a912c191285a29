"""Status files of print houses as they were brought: what was taken, and the rows that were not."""

from __future__ import annotations

import csv
import hashlib
import io
import json

from django.db import transaction

from carrears.access.models import User
from carrears.clock import now
from carrears.outreach.print_models import LetterStatusFile, LetterStatusReject
from carrears.outreach.print_status import BadRow, StatusRead, bad_rows_csv, read_status
from carrears.parties.services import open_for_house, seal_for_house


def bring_status(name: str, raw: bytes, *, by: User | None) -> tuple[StatusRead, LetterStatusFile]:
    """Take in a file and keep what came of it.

    The rows are taken one by one: a file that a crash cut short is brought again, and each row
    of it counts once. The same file again is known by what it holds, and says what it says now.

    Raises:
        StatusFileError: not UTF-8, or without the columns.
    """
    told = read_status(name, raw, by=by)
    with transaction.atomic():
        kept, _ = LetterStatusFile.objects.get_or_create(
            sha256=hashlib.sha256(raw).hexdigest(), defaults={"brought_at": now()}
        )
        kept.name, kept.brought_by, kept.brought_at = name[:120], by, now()
        kept.taken, kept.known = kept.taken + told.taken, told.known
        kept.save()
        kept.rejects.all().delete()
        LetterStatusReject.objects.bulk_create(
            LetterStatusReject(
                file=kept,
                line=one.line,
                field=one.field,
                problem=one.problem,
                row_sealed=seal_for_house(
                    LetterStatusReject.SEALED_AS, json.dumps(one.row, ensure_ascii=False)
                ),
            )
            for one in told.bad
        )
    return told, kept


def bad_rows_of(kept: LetterStatusFile) -> tuple[BadRow, ...]:
    """The rows of a file that were not taken, as they were."""
    return tuple(
        BadRow(one.line, one.field, one.problem, tuple(json.loads(open_row(one))))
        for one in kept.rejects.order_by("line")
    )


def open_row(reject: LetterStatusReject) -> str:
    """A row as it was, as a JSON list."""
    return open_for_house(reject.SEALED_AS, reject.row_sealed)


def row_as_text(reject: LetterStatusReject) -> str:
    """A row as a line of CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(json.loads(open_row(reject)))
    return out.getvalue()


def rejects_csv(kept: LetterStatusFile) -> str:
    """The rows that were not taken, to be mended and brought again."""
    return bad_rows_csv(bad_rows_of(kept))
