"""A browser's side of a recording, as the tests play it."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from factories import MOMENT

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.outreach.models import Attempt
from carrears.recordings import services
from carrears.recordings.chain import first_link, next_link
from carrears.recordings.models import Kind, Recording
from carrears.recordings.services import Beginning, Sent


def frame(text: str = "", *, begins: int = 0, ends: int = 1000, peaks: bytes = b"") -> bytes:
    header: dict[str, Any] = {"from": begins, "to": ends}
    if peaks:
        header["peaks"] = base64.b64encode(peaks).decode()
    return json.dumps(header).encode() + b"\n" + text.encode()


@dataclass
class Tape:
    """What one browser has recorded so far: frames, and the link after each."""

    kind: Kind = Kind.SCREEN
    token: uuid.UUID = field(default_factory=uuid.uuid4)
    frames: list[bytes] = field(default_factory=list)
    links: list[bytes] = field(default_factory=list)

    def add(self, text: str, *, peaks: bytes = b"") -> Sent:
        number = len(self.frames)
        made = frame(text, begins=1000 * number, ends=1000 * (number + 1), peaks=peaks)
        digest = hashlib.sha256(made).digest()
        previous = self.head
        self.frames.append(made)
        self.links.append(next_link(previous, number, digest))
        return Sent(seq=number, previous=previous, sha256=digest, frame=made)

    @property
    def head(self) -> bytes:
        return self.links[-1] if self.links else first_link(self.token, self.kind)


def begin(
    tape: Tape, case: Case, by: User, *, attempt: Attempt | None = None, at: datetime = MOMENT
) -> Recording:
    told = Beginning(
        token=tape.token, kind=tape.kind, case=case, started_at=at, page="case", attempt=attempt
    )
    return services.begin(told, by=by, at=at)
