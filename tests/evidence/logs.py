"""Records for a log, and what a superuser could do to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from carrears.evidence import merkle
from carrears.evidence.canonical import canonical_bytes
from carrears.evidence.models import Entry
from carrears.evidence.services import (
    Record,
    record_many,
    sequence,
)

NOW = datetime(2026, 11, 24, 2, 10, 0, 123456, tzinfo=UTC)
TABLES = (
    "entry",
    "queuedentry",
    "position",
    "storedtile",
    "storedcheckpoint",
    "storedcosignature",
    "storedtimestamp",
    "storedanchor",
)


def made(number: int, **changes: Any) -> Record:
    values: dict[str, Any] = {
        "kind": "case.opened",
        "subject": f"loan-{number % 7}",
        "key": f"case:{number}",
        "actor": "",
        "occurred_at": NOW + timedelta(seconds=number),
        "payload": {"case": number, "text": "入催", "open": True},
    }
    return Record(**(values | changes))


def write(count: int, *, start: int = 0, batch_size: int = 1000) -> None:
    record_many(made(number) for number in range(start, start + count))
    sequence(batch_size=batch_size)


def tamper(sql: str, *values: Any) -> None:
    """Do what a superuser can: switch the triggers off, alter, and switch them on again."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"alter table evidence_{table} disable trigger user")
        cursor.execute(sql, values)
        assert cursor.rowcount > 0
        for table in TABLES:
            cursor.execute(f"alter table evidence_{table} enable trigger user")


def leaf_of_stored(key: str) -> bytes:
    one = Entry.objects.get(key=key)
    return merkle.leaf_hash(
        canonical_bytes(
            {
                "v": 1,
                "key": one.key,
                "kind": one.kind,
                "subject": one.subject,
                "actor": one.actor,
                "occurred_at": one.occurred_at.astimezone(UTC)
                .isoformat(timespec="microseconds")
                .replace("+00:00", "Z"),
                "payload": json.loads(one.payload),
            }
        )
    )
