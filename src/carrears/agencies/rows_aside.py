"""Rows of agencies' files that were kept aside: sealed by the house's key, and opened again."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from carrears.agencies.contact_log_models import ContactLogReject
from carrears.agencies.recording_models import RecordingReject
from carrears.agencies.row_files import Reject
from carrears.database.wall import as_house
from carrears.parties.services import open_all_for_house, seal_all_for_house

_Aside = TypeVar("_Aside", ContactLogReject, RecordingReject)


def sealed_rows(field: str, rejects: Sequence[Reject]) -> Iterator[dict[str, Any]]:
    """What a model of rows kept aside keeps of each; ``field`` names what is sealed."""
    sealed = seal_all_for_house(field, (one.raw for one in rejects))
    for one, raw in zip(rejects, sealed, strict=True):
        yield {
            "row_no": one.row_no,
            "reference": one.reference,
            "errors": [fault.as_list() for fault in one.faults],
            "raw_sealed": raw,
        }


def open_rows(field: str, aside: Sequence[_Aside]) -> Iterator[tuple[_Aside, list[str]]]:
    """Each row with its cells, as the agency sent them."""
    with as_house():  # its key is the house's
        texts = open_all_for_house(field, [one.raw_sealed for one in aside])
    for one, text in zip(aside, texts, strict=True):
        [cells] = csv.reader([text])
        yield one, cells
