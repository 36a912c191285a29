"""How often and after which pauses a message is tried again, by dated data (``retries.yaml``)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from carrears.yamls import load_yaml


class Retrying(BaseModel):
    """The pauses between tries, in seconds, and what bounds them. The house's own policy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: date
    waits_seconds: tuple[PositiveInt, ...]
    verdict_seconds: PositiveInt
    answer_seconds: PositiveInt
    receipt_hours: NonNegativeInt
    parts_minutes: PositiveInt = 60
    line_hours: NonNegativeInt = 0
    source: str

    @property
    def fresh(self) -> timedelta:
        """How long after its judgement a message may still leave."""
        return timedelta(seconds=self.verdict_seconds)

    @property
    def patience(self) -> timedelta:
        """How long it may wait for its line; older than ``fresh`` it is judged anew before."""
        return max(self.fresh, timedelta(hours=self.line_hours))

    @property
    def longest(self) -> timedelta:
        """The last of the pauses."""
        return timedelta(seconds=self.waits_seconds[-1])

    def wait_after(self, tries: int) -> timedelta | None:
        """The pause after that many tries; None where it is not tried again."""
        if not 1 <= tries <= len(self.waits_seconds):
            return None
        return timedelta(seconds=self.waits_seconds[tries - 1])


def retrying_on(channel: str, day: date) -> Retrying:
    """What holds for a channel on a day.

    Raises:
        KeyError: nothing is written for that channel or so early a day.
    """
    held = [one for one in _read()[channel] if one.from_on <= day]
    if not held:
        raise KeyError(f"no rules for tries by {channel} on {day}")
    return max(held, key=lambda one: one.from_on)


@cache
def _read() -> dict[str, list[Retrying]]:
    raw = load_yaml(Path(__file__).with_name("retries.yaml").read_bytes())
    return {
        channel: [Retrying.model_validate(one) for one in entries]
        for channel, entries in raw.items()
    }
