"""Objects for tests."""

from __future__ import annotations

import io
from typing import Any

from factories import MOMENT

from carrears.casework.models import Case
from carrears.vault.models import StoredObject
from carrears.vault.services import store


def store_words(case: Case, content: bytes = b"words", **changes: Any) -> StoredObject:
    """A recording of a few bytes, stored by the house."""
    given: dict[str, Any] = {
        "kind": "audio",
        "stream": io.BytesIO(content),
        "case": case,
        "media_type": "audio/webm",
        "actor": None,
        "at": MOMENT,
    }
    return store(**given | changes)
