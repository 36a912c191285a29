"""How much a collector gets done in a day: dated figures as data, and what of a queue fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from carrears.homefiles import HomeFileError, entry_on

_SHIPPED = Path(__file__).with_name("day_plan.yaml")

Task = Literal["reply", "promise", "call", "visit", "letter", "message", "follow_up", "other"]


class DayPlanRulesError(HomeFileError):
    """A file of figures that cannot be used; names the file, the entry and what is wrong in it."""


class DayPlanRules(BaseModel):
    """The figures from a day on; ``day_plan.yaml`` says what each is."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_on: date = Field(alias="from")
    work_minutes: int = Field(ge=0, le=1440)
    begins_at: time
    pause_minutes: int = Field(ge=0, le=720)
    minutes: Mapping[Task, Annotated[int, Field(ge=1, le=480)]]

    @model_validator(mode="after")
    def _whole(self) -> DayPlanRules:
        lacking = set(Task.__args__) - self.minutes.keys()  # type: ignore[attr-defined]
        if lacking:
            raise ValueError(f"minutes lacks {', '.join(sorted(lacking))}")
        return self

    @property
    def hours(self) -> tuple[time, time]:
        """From when until when a day lasts where his desk names no shift, its pause included."""
        begins = self.begins_at.hour * 60 + self.begins_at.minute
        ends = min(begins + self.work_minutes + self.pause_minutes, 24 * 60 - 1)
        return self.begins_at, time(*divmod(ends, 60))

    def longest(self, tasks: Iterable[Task]) -> int:
        """The minutes of a case that asks for these; of none, those of ``other``."""
        return max((self.minutes[one] for one in tasks), default=self.minutes["other"])

    def shift_minutes(self, begins_at: time | None, ends_at: time | None) -> int:
        """What a day at work has, of a shift or where there is none."""
        if begins_at is None or ends_at is None:
            return self.work_minutes
        lasts = (ends_at.hour - begins_at.hour) * 60 + ends_at.minute - begins_at.minute
        return max(0, lasts - self.pause_minutes)


@dataclass(frozen=True, slots=True)
class Need:
    """A case that asks for work today, and for how many minutes of it."""

    case: int
    minutes: int


def fitting(needs: Sequence[Need], *, minutes: int, at_most: int | None = None) -> int:
    """How many of the needs, from the first on, fit into a day; the first that does not ends it.

    ``at_most`` is how many he gets done in a day, whatever each takes.
    """
    left = minutes
    for place, need in enumerate(needs):
        left -= need.minutes
        if left < 0 or (at_most is not None and place >= at_most):
            return place
    return len(needs)


_FILE = TypeAdapter(tuple[DayPlanRules, ...])


def load_day_plan_rules(home: Path, *, on: date) -> DayPlanRules:
    """The figures of a day: those of ``home/day_plan.yaml`` where a lender keeps one.

    Raises:
        DayPlanRulesError: a file that is no list of entries, a field that is missing or out of its
            range, or none that hold yet on that day.
    """
    return entry_on(home / "day_plan.yaml", _SHIPPED, on=on, file=_FILE, error=DayPlanRulesError)
