"""Where this room tells of people under the house's key: rows of agencies' files kept aside."""

from __future__ import annotations

import csv
import re
from typing import Any

from carrears.agencies.contact_log_models import ContactLogReject
from carrears.agencies.models import InvoiceReject
from carrears.agencies.recording_models import RecordingReject
from carrears.agencies.row_files import line_of
from carrears.conduct.striking import STRUCK, Erased, Told, row_without, told_in


def connect() -> None:
    """Have these struck out when somebody is erased; of a loan that he owes the row goes whole."""
    told_in(
        *(
            Told.of_files(model, without=_line_without, beside=_faults_without)
            for model in (ContactLogReject, RecordingReject, InvoiceReject)
        )
    )


def _line_without(line: str, pattern: re.Pattern[str], one: Erased) -> str:
    cells = {str(place): cell for row in csv.reader([line]) for place, cell in enumerate(row)}
    left = row_without(cells, pattern, one)
    return line if left == cells else line_of(list(left.values()))


def _faults_without(row: Any, _left: str | None) -> dict[str, Any]:
    """What an older release told of a cell beside the row."""
    return {"errors": [[field, why, STRUCK if told else ""] for field, why, told in row.errors]}
