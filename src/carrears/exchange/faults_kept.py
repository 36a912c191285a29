"""What was wrong with a row, as it is kept beside it: without the value, which lies sealed.

In a row that slipped by a column a name stands where a date should, and is told to be none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # who shows rows reads no tapes
    from carrears.exchange.tape import FieldError

# A reason about a value begins with it, as Python writes it.
_VALUE = re.compile(r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*") """, re.DOTALL)
_OF_VALUE = "of_value"


def kept_fault(error: FieldError) -> dict[str, Any]:
    """The fault as the database has it: ``field``, ``reason``, and whether it is of a value."""
    found = _VALUE.match(error.reason)
    if found is None:
        return {"field": error.field, "reason": error.reason}
    return {"field": error.field, "reason": error.reason[found.end() :], _OF_VALUE: True}


def told_fault(kept: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, str]:
    """The same for who reads the row: with the value again, where the row has it."""
    field, reason = str(kept["field"]), str(kept["reason"])
    if kept.get(_OF_VALUE) and field in raw:
        reason = f"{str(raw[field])!r} {reason}"
    return {"field": field, "reason": reason}
