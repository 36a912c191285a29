"""Which bounces take an address out of use, by dated data (``bounces.yaml``)."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, PositiveInt

from carrears.yamls import load_yaml


class BounceRules(BaseModel):
    """What holds from a day on; the file says what each does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_on: date
    hard: tuple[str, ...]
    soft_limit: PositiveInt
    soft_days: PositiveInt
    passing: tuple[str, ...]
    soft_waits_minutes: tuple[PositiveInt, ...]
    source: str

    def is_hard(self, status: str) -> bool:
        """Whether an address that fails with this status is of no use."""
        return status in self.hard

    def is_passing(self, status: str) -> bool:
        """Whether what a status tells of is over after a while: it is worth another try."""
        return any(
            status.startswith(one) if one.endswith(".") else status == one for one in self.passing
        )


def rules_on(day: date) -> BounceRules:
    """What holds on a day."""
    return max((one for one in _read() if one.from_on <= day), key=lambda one: one.from_on)


@cache
def _read() -> tuple[BounceRules, ...]:
    raw = load_yaml(Path(__file__).with_name("bounces.yaml").read_bytes())
    return tuple(BounceRules.model_validate(one) for one in raw)
