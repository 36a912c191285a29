"""The rows of industry lists that were kept aside: shown, and written out to be corrected."""

from __future__ import annotations

import csv
from typing import TextIO

from carrears.conduct.industry_lists import SEALED
from carrears.conduct.list_files import ID, VALUE, WHY
from carrears.conduct.models import IndustryList
from carrears.conduct.striking import STRUCK
from carrears.parties.services import open_all_for_house


def write_corrections(row: IndustryList, out: TextIO) -> int:
    """Write the rows that are still aside as CSV that ``add_to_list`` reads; how many there are.

    Without those that went with an erased person.
    """
    aside = list(row.rejects.filter(corrected_at=None).order_by("pk"))
    texts = open_all_for_house(SEALED, (one.raw_sealed for one in aside))
    writer = csv.writer(out)
    writer.writerow([VALUE, ID, WHY])
    left = [(one, text) for one, text in zip(aside, texts, strict=True) if text != STRUCK]
    for one, text in left:
        writer.writerow([text, one.pk, f"{one.file_name}, {one.row_no}, {one.field}: {one.reason}"])
    return len(left)
