"""A recording as a line of a timeline, and on its own page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLine:
    """``wave`` is the path of a sound's waveform in a box of 240 by 32; a screen has none.

    ``kept`` says that there is something to be played.
    """

    token: str
    kind: str
    state: str
    reason: str
    started_at: datetime
    by: str
    seconds: int
    kept: bool
    wave: str = ""

    @property
    def length(self) -> str:
        """The length as minutes and seconds."""
        return f"{self.seconds // 60}:{self.seconds % 60:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """A contact that was made while it was recorded, and how many seconds after its beginning."""

    attempt: int
    channel: str
    state: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """That somebody played it."""

    at: datetime
    by: str
    why: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPage:
    """One recording. ``playing`` says that this reader gave his reason and may play it now.

    ``addresses`` are of its objects in the vault; none while it is in the database still.
    """

    line: RecordingLine
    loan_no: str
    page: str
    masked: bool
    chunks: int
    size: int
    head: str
    vouched: int
    erased: bool
    destroyed_at: datetime | None
    retained_until: date | None
    retained_by: str
    addresses: tuple[str, ...]
    tied: tuple[Tied, ...]
    played: tuple[Played, ...]
    may_play: bool
    playing: bool
    form: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsPage:
    """What was recorded on a loan's cases, the newest first."""

    loan_no: str
    rows: tuple[RecordingLine, ...]
    pager: Any
