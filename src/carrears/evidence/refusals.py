"""That an authority stamped falsely, or a chain contradicts: as long as each attempt meets it anew.

It is kept in the cache and goes by itself when no attempt is made any more, which is another
matter (``standing``); what is for good is the entry in the log.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.core.cache import cache

from carrears.evidence.services import record

STAMPS, ANCHORS = "time-stamps", "anchors"
_KEPT_SECONDS = {STAMPS: 10 * 60, ANCHORS: 30 * 60}  # attempts come each minute, each five


def note_refused(name: str) -> bool:
    """Keep that the last attempt was refused; whether that is new."""
    is_new = not is_refused(name)
    cache.set(_key(name), True, timeout=_KEPT_SECONDS[name])
    return is_new


def note_accepted(name: str) -> None:
    """The last attempt went well."""
    cache.delete(_key(name))


def is_refused(name: str) -> bool:
    """Whether the last attempts were refused."""
    return bool(cache.get(_key(name)))


def record_refused(kind: str, *, subject: str, payload: dict[str, Any], at: datetime) -> None:
    """Leave the entry of a refusal that is new."""
    record(
        kind,
        subject=subject,
        key=f"{kind}:{uuid.uuid4()}",
        actor="",
        occurred_at=at,
        payload=payload,
    )


def _key(name: str) -> str:
    return f"evidence.refused.{name}"
