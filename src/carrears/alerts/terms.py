"""Which alerts go where and when: dated data, shipped or the lender's own (``alerts.yaml``)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from carrears.alerts.kinds import AlertKind, Language
from carrears.clock import at_local, local_day
from carrears.homefiles import HomeFileError, entry_on

_SHIPPED = Path(__file__).with_name("alerts.yaml")

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
# A string: YAML reads 22:00 without quotes as a number of minutes.
Clock = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", strict=True),
]


class AlertTermsError(HomeFileError):
    """A file of alerts that cannot be used; names the file, the entry and what is wrong in it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Target(_Part):
    """Where alerts go; its address stands in a key file."""

    kind: Literal["wecom", "dingtalk", "feishu", "apprise"]
    language: Language = "zh-CN"


class Quiet(_Part):
    """Hours in which nobody is told; past midnight where they end before they begin."""

    from_at: Annotated[Clock, Field(alias="from")]
    until: Clock


class Route(_Part):
    """Which alerts go to which targets, and how often."""

    alerts: Annotated[tuple[AlertKind, ...], Field(min_length=1)]
    to: Annotated[tuple[Name, ...], Field(min_length=1)]
    every_minutes: int = Field(60, ge=1, le=10_080)
    remind_hours: int = Field(0, ge=0, le=168)
    quiet: Quiet | None = None
    digest_at: Clock | None = None


class Limits(_Part):
    """From where on something is amiss; ``alerts.yaml`` says what each means."""

    pool_cases: int = Field(ge=1)
    dead_letters: int = Field(ge=1)
    jobs_minutes: int = Field(ge=1)
    sender_minutes: int = Field(ge=1)
    entries_minutes: int = Field(ge=1)
    mailbox_failures: int = Field(ge=1)
    day_run_days: int = Field(ge=1)
    day_run_by: Clock
    day_run_hours: int = Field(ge=1)
    gate_blocked: int = Field(ge=1)
    gate_times: float = Field(gt=1)
    rules_values: int = Field(ge=1)
    # With values of their own: houses' files are older than these.
    witness_minutes: int = Field(15, ge=10)
    stamp_minutes: int = Field(30, ge=1)
    anchor_minutes: int = Field(60, ge=1)
    log_check_days: int = Field(2, ge=1)


class AlertTerms(_Part):
    """One entry of the file."""

    from_on: Annotated[date, Field(alias="from")]
    targets: Mapping[Name, Target]
    routes: tuple[Route, ...]
    retry_seconds: tuple[Annotated[int, Field(ge=1)], ...]
    limits: Limits

    @model_validator(mode="after")
    def _whole(self) -> AlertTerms:
        named = {name for route in self.routes for name in route.to}
        if unknown := named - self.targets.keys():
            raise ValueError(f"routes lead to no target: {', '.join(sorted(unknown))}")
        return self

    def routes_of(self, kind: AlertKind) -> dict[str, Route]:
        """By target, the route by which it is told of a kind; of several the first."""
        found: dict[str, Route] = {}
        for route in self.routes:
            if kind in route.alerts:
                for name in route.to:
                    found.setdefault(name, route)
        return found


def due_at(route: Route, *, at: datetime, last: datetime | None, zone: str) -> datetime:
    """When a target is told of what came up ``at``; ``last`` is when it was told of that kind."""
    due = at if last is None else max(at, last + timedelta(minutes=route.every_minutes))
    if route.digest_at is not None:
        due = _next(due, route.digest_at, zone)
    return due if route.quiet is None else _after(due, route.quiet, zone)


def _after(due: datetime, quiet: Quiet, zone: str) -> datetime:
    """``due`` itself, or the end of the quiet hours that it falls into."""
    day = local_day(due, zone)
    for start in (day - timedelta(days=1), day):
        begins = _on(start, quiet.from_at, zone)
        ends = _on(start, quiet.until, zone)
        if ends <= begins:
            ends = _on(start + timedelta(days=1), quiet.until, zone)
        if begins <= due < ends:
            return ends
    return due


def _next(due: datetime, clock: str, zone: str) -> datetime:
    day = local_day(due, zone)
    today = _on(day, clock, zone)
    return today if today >= due else _on(day + timedelta(days=1), clock, zone)


def _on(day: date, clock: str, zone: str) -> datetime:
    return at_local(day, time.fromisoformat(clock), zone)


_FILE = TypeAdapter(tuple[AlertTerms, ...])


def load_alert_terms(home: Path, *, on: date) -> AlertTerms:
    """The entry that holds on a day, of ``home/alerts.yaml`` where a lender keeps one.

    Raises:
        AlertTermsError: the file cannot be used, or has nothing for so early a day.
    """
    return entry_on(home / "alerts.yaml", _SHIPPED, on=on, file=_FILE, error=AlertTermsError)
