"""How much room a rule left a contact that it let go: of a count, or until the hours end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carrears.conduct.rules.base import Ruling


@dataclass(frozen=True, slots=True)
class Room:
    """``used`` of the ``of`` permitted contacts, this one among them, or ``minutes_left``.

    ``near_miss``: it was the last of several permitted, or came shortly before the hours end.
    Where only one is permitted at all, the one is no near miss.
    """

    near_miss: bool
    used: int | None = None
    of: int | None = None
    minutes_left: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON; what is not told is left out."""
        told = {"used": self.used, "of": self.of, "minutes_left": self.minutes_left}
        known = {name: number for name, number in told.items() if number is not None}
        return {"near_miss": self.near_miss, **known}


def room_left(ruling: Ruling, *, minutes: int | None) -> Room | None:
    """The room of a ruling that permits, where it speaks of a count or comes close to the end.

    ``minutes`` before the end of the hours a contact comes close; None: this pack asks for none
    of it, so that verdicts of packs from before come out as they were.
    """
    if minutes is None or ruling.outcome not in {"allow", "presumed_compliance"}:
        return None
    if ruling.spent is not None:
        before, most = ruling.spent
        return Room(most > 1 and before + 1 >= most, used=before + 1, of=most)
    if ruling.minutes_left is not None and ruling.minutes_left <= minutes:
        return Room(near_miss=True, minutes_left=ruling.minutes_left)
    return None
