"""Who was erased, kept apart from backups, so that an old backup brings nobody back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import connection

from carrears.backups.sealing import BackupError
from carrears.conduct.erasure import erase_again
from carrears.parties.models import Party
from carrears.vault.errors import KeptError


def erased_people() -> dict[str, str]:
    """By token, when each person was erased (ISO 8601), by the evidence log of the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select subject, min(occurred_at) from evidence_entry where kind = 'person.erased'"
            " group by 1 order by 2, 1"
        )
        return {str(token): _iso(at) for token, at in cursor.fetchall()}


def write_erasures(path: Path, erased: dict[str, str]) -> None:
    """Keep the list: tokens and times, nothing that says who somebody is."""
    path.write_text(json.dumps({"erased": erased}, indent=1) + "\n", encoding="utf-8")


def read_erasures(path: Path) -> dict[str, str]:
    """The list that ``write_erasures`` wrote.

    Raises:
        BackupError: it is none.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["erased"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{path} is no list of erased people: {error}") from error
    return {str(token): str(at) for token, at in told.items()}


def replay_erasures(tokens: Iterable[str], *, at: datetime) -> tuple[int, list[str]]:
    """Erase again whoever a backup brought back.

    Returns:
        How many, and the tokens of those of whom the copy says that a file has to be kept: a hold
        that was lifted after the backup was made, say. Those are for a person to look at.
    """
    done, kept = 0, []
    for party in Party.objects.filter(pk__in=list(tokens), erased_at=None).order_by("pk"):
        try:
            done += erase_again(party, at=at)
        except KeptError:
            kept.append(str(party.token))
    return done, kept


def _iso(at: datetime | str) -> str:
    return at if isinstance(at, str) else at.isoformat()
