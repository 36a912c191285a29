"""What others sent as JSON: read where it is what it should be, else nothing."""

from __future__ import annotations

import json
from typing import Any


def read_json(body: bytes) -> Any:
    """The value; None where it is no JSON, which no service sends by itself."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def rows_of(told: Any) -> list[dict[str, Any]]:
    """The objects of an array; what is no object is left out."""
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
