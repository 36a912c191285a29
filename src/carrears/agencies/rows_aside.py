"""Rows of agencies' files that were kept aside: sealed by the house's key, and opened again.

What was wrong is kept beside a row without what stands in its cell, which lies sealed with it: in a
row that slipped by a column that is a number or a name.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from carrears.agencies import contact_log_files, recording_files
from carrears.agencies.contact_log_models import ContactLogReject
from carrears.agencies.recording_models import RecordingReject
from carrears.agencies.row_files import Fault, Reject
from carrears.conduct.striking import STRUCK
from carrears.database.wall import as_house
from carrears.parties.services import open_all_for_house, seal_all_for_house

Aside = TypeVar("Aside", ContactLogReject, RecordingReject)
_OF_CELL, _MOST = "“%(told)s”", 40
_COLUMNS = {
    ContactLogReject: tuple(contact_log_files.COLUMNS),
    RecordingReject: tuple(recording_files.COLUMNS),
}


def sealed_rows(field: str, rejects: Sequence[Reject]) -> Iterator[dict[str, Any]]:
    """What a model of rows kept aside keeps of each; ``field`` names what is sealed."""
    sealed = seal_all_for_house(field, (one.raw for one in rejects))
    for one, raw in zip(rejects, sealed, strict=True):
        yield {
            "row_no": one.row_no,
            "reference": one.reference,
            "errors": [_kept(fault) for fault in one.faults],
            "raw_sealed": raw,
        }


def _kept(fault: Fault) -> list[str]:
    field, why, told = fault.as_list()
    return [field, why, "" if _OF_CELL in why else told]


def faults_of(aside: Sequence[Aside]) -> dict[int, list[list[str]]]:
    """What is wrong with each row, by its number: field, why, and what stands there, cut short."""
    of_cells = [one for one in aside if any(_OF_CELL in why for _, why, _ in one.errors)]
    cells = {
        one.pk: dict(zip(_COLUMNS[type(one)], row, strict=False))
        for model in {type(one) for one in of_cells}
        for one, row in open_rows(model.SEALED_AS, [one for one in of_cells if type(one) is model])
    }
    return {one.pk: told_faults(one.errors, cells.get(one.pk, {})) for one in aside}


def told_faults(errors: Iterable[Sequence[str]], cells: Mapping[str, str]) -> list[list[str]]:
    """What is wrong with a row, with what stands in its cells again."""
    return [
        [field, why, told or (cells.get(field, "")[:_MOST] if _OF_CELL in why else "")]
        for field, why, told in errors
    ]


def open_rows(field: str, aside: Sequence[Aside]) -> Iterator[tuple[Aside, list[str]]]:
    """Each row with its cells, as the agency sent them."""
    with as_house():  # its key is the house's
        texts = open_all_for_house(field, [one.raw_sealed for one in aside])
    for one, text in zip(aside, texts, strict=True):
        yield one, next(csv.reader([text]), [])


def to_mend(field: str, aside: Sequence[Aside]) -> list[tuple[Aside, list[str]]]:
    """The same without what went with an erased person."""
    found = open_rows(field, aside)
    return [(one, cells) for one, cells in found if set(cells) != {STRUCK}]
