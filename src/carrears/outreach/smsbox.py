"""The built-in box for SMS: what a replayed or a demonstration book says reaches nobody.

Each text is one file, named by a hash of its key, so that the same text kept twice is one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from carrears.outreach.channels import Handed, LineError, Parcel

NAME = "smsbox"


@dataclass(frozen=True, slots=True)
class SmsBox:
    """A folder that takes texts."""

    folder: Path
    name: str = NAME
    window: int = 200
    repeatable: bool = True

    @contextmanager
    def open(self) -> Iterator[SmsBox]:
        """The box itself.

        Raises:
            LineError: the folder cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise LineError(f"the box for SMS: {error}") from error
        yield self

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        """Keep each text."""
        for parcel in parcels:
            name = hashlib.sha256(parcel.key.encode()).hexdigest()[:32]
            told = {"to": parcel.to, "text": parcel.message.text, "at": parcel.at.isoformat()}
            path = self.folder / f"{name}.json"
            path.touch(mode=0o600)
            path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
            yield Handed(parcel.key, "accepted", "", (name,))


def list_texts(folder: Path) -> list[dict[str, str]]:
    """What the box has, in no order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
