"""The records that the log keeps of statements which were handed out."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import QuerySet

from carrears.evidence.models import Entry

KIND = "loan.statement"


def statements_made(loan_no: str) -> QuerySet[Entry]:
    """The records of a loan's statements."""
    return Entry.objects.filter(subject=loan_no, kind=KIND)


def vault_key(entry: Entry) -> str:
    """Under which key the vault has the paper, where it was kept."""
    return f"statement:{entry.key.removeprefix(f'{KIND}:')}"


def told_of(entry: Entry) -> dict[str, Any]:
    """What a record says: ``as_of``, ``known_on``, ``language``, ``payoff`` and ``sha256``."""
    told: dict[str, Any] = json.loads(entry.payload)
    return told
