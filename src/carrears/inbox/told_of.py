"""Where this room tells of people under the house's key: events that took no effect yet."""

from __future__ import annotations

from carrears.conduct.striking import Told, told_in, without_in_json
from carrears.inbox.models import Event

_NOTHING = "{}"


def connect() -> None:
    """Have these struck out when somebody is erased; of a loan that he owes they go whole."""
    told_in(
        Told.of_files(
            Event,
            column="sealed",
            without=without_in_json,
            goes_whole=lambda row, one: row.loan_no in one.owed,
            leaves=_NOTHING,
        )
    )
