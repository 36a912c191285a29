"""Cadences: on which days around an instalment's due date it is reminded of, and how.

Data of the strategy: its document's own under ``cadences``, else those of ``cadences.yaml``, which
says what each word does. This module tells which step is due on a day; whether anything may be said
then is for others to decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrears.calendars import Calendar, Convention
from carrears.homefiles import HomeFileError, read_yaml, told
from carrears.resources import shipped
from carrears.strategy.errors import DocumentError, Place
from carrears.strategy.reasons import say

PART = "cadences"  # of a strategy's document
ClosedDay = Literal["earlier", "later", "skip", "as_is"]
ClosedHours = Literal["later", "skip"]
BeforeDue = Literal["watched", "all"]
_LOCALE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FROZEN = ConfigDict(extra="forbid", frozen=True)
_MOVES = {"earlier": Convention.PRECEDING, "later": Convention.FOLLOWING}


class CadenceError(HomeFileError):
    """A file of cadences that cannot be used; names the file and what is wrong in it."""


class StepWay(BaseModel):
    """One way to say a step. A call has no template."""

    model_config = _FROZEN

    channel: Literal["sms", "email", "letter", "portal", "call"]
    template: Annotated[str, Field(max_length=40)] = ""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.channel == "call") == bool(self.template):
            raise ValueError("a message has a template, a call has none")
        return self


class CadenceStep(BaseModel):
    """One step; what it does not say itself its cadence says."""

    model_config = _FROZEN

    day: int = Field(ge=-60, le=90)
    by: tuple[StepWay, ...] = ()
    treatments: tuple[str, ...] | None = None
    closed_day: ClosedDay | None = None
    closed_hours: ClosedHours | None = None
    language: str | None = None
    before_due: BeforeDue | None = None

    @model_validator(mode="after")
    def _is_before(self) -> Self:
        if self.day > 0 and self.before_due is not None:
            raise ValueError("before_due is for steps up to the due date")
        return self

    @property
    def label(self) -> str:
        """``T-3``, ``T+7``; the due date itself is ``T0``."""
        return f"T{self.day:+d}" if self.day else "T0"

    def key(self, due_on: date) -> str:
        """Its key within a loan, for the instalment that falls due then."""
        return f"due:{due_on}:T{self.day:+d}" if self.day > 0 else f"due:{due_on}:T-{-self.day}"


class Cadence(BaseModel):
    """One cadence of the file, its steps in the order of their days."""

    model_config = _FROZEN

    key: str
    zh: str
    en: str
    products: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    closed_day: ClosedDay = "as_is"
    closed_hours: ClosedHours = "later"
    language: str = "debtor"
    last_days: int = Field(default=7, ge=0, le=31)
    before_due: BeforeDue = "watched"
    steps: tuple[CadenceStep, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        days = [step.day for step in self.steps]
        if days != sorted(set(days)):
            raise ValueError("steps follow each other by their days")
        for language in (self.language, *(s.language for s in self.steps if s.language)):
            if language not in {"debtor", "product"} and not _LOCALE.fullmatch(language):
                raise ValueError(f"{language!r} is no language")
        if any(way.channel == "call" for step in self.before_all for way in step.by):
            raise ValueError("before the due date all are written to, and nobody is called")
        return self

    @property
    def before_all(self) -> tuple[CadenceStep, ...]:
        """The steps up to the due date that are said to whoever is not behind, watched or not."""
        return tuple(one for one in self.steps if one.day <= 0 and self.before_due_of(one) == "all")

    @property
    def after(self) -> tuple[CadenceStep, ...]:
        """The steps after the due date."""
        return tuple(step for step in self.steps if step.day > 0)

    def step(self, day: int) -> CadenceStep | None:
        """The step of a day, if there is one."""
        return next((step for step in self.steps if step.day == day), None)

    def treatments_of(self, step: CadenceStep) -> tuple[str, ...]:
        """Under which treatments a step after the due date is said."""
        return self.treatments if step.treatments is None else step.treatments

    @property
    def covered(self) -> frozenset[str]:
        """The treatments for which it speaks after the due date."""
        return frozenset(one for step in self.after for one in self.treatments_of(step))

    @property
    def last_day(self) -> int:
        """How many days past due it has nothing more to say."""
        return max((step.day for step in self.after), default=0) + self.last_days

    def before_due_of(self, step: CadenceStep) -> BeforeDue:
        """To whom a step up to the due date is said."""
        return step.before_due or self.before_due

    def closed_day_of(self, step: CadenceStep) -> ClosedDay:
        """Where a step goes from a day that is no working day."""
        return step.closed_day or self.closed_day

    def closed_hours_of(self, day: int) -> ClosedHours:
        """What becomes of the step of a day where it may not be said at its hour."""
        step = self.step(day)
        return (step.closed_hours if step else None) or self.closed_hours

    def language_of(self, day: int) -> str:
        """In which language the step of a day is said."""
        step = self.step(day)
        return (step.language if step else None) or self.language


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step whose turn it is: from ``on`` until ``until_on``, or skipped as its day is closed."""

    step: CadenceStep
    on: date
    until_on: date
    is_skipped: bool = False


@dataclass(frozen=True, slots=True)
class Cadences:
    """All cadences by name."""

    named: Mapping[str, Cadence]

    def of(self, product: str, *, named: str = "") -> Cadence | None:
        """The one the strategy names, else the product's; None where there is none.

        One that nobody knows by that name is none: what it would say is not known.
        """
        if named:
            return self.named.get(named)
        return self.of_product(product)

    def of_product(self, product: str) -> Cadence | None:
        """The one for a product where the strategy names none."""
        plain = None
        for cadence in self.named.values():
            if product in cadence.products:
                return cadence
            if not cadence.products and plain is None:
                plain = cadence
        return plain


def step_day(
    cadence: Cadence, step: CadenceStep, *, due_on: date, calendar: Calendar
) -> tuple[date, bool]:
    """On which day a step is said, and whether it is skipped since that day is closed."""
    on, rule = due_on + timedelta(days=step.day), cadence.closed_day_of(step)
    if rule == "as_is" or calendar.is_working_day(on):
        return on, False
    if rule == "skip":
        return on, True
    return calendar.shift(on, _MOVES[rule]), False


def due_step(cadence: Cadence, *, due_on: date, today: date, calendar: Calendar) -> DueStep | None:
    """The step after the due date whose turn it is on ``today``.

    That is the last whose day has come: one that was missed is made up for until the next one's day
    comes, and the last for ``last_days``. Nothing is made up for on a day that is closed to it.
    """
    days = _days(cadence, cadence.after, due_on, calendar)
    last = timedelta(days=cadence.last_days)
    return _turn(cadence, days, today=today, calendar=calendar, last_on=lambda on: on + last)


def due_step_before(
    cadence: Cadence, *, due_on: date, today: date, calendar: Calendar
) -> DueStep | None:
    """The step up to the due date, said to all who are not behind, whose turn it is on ``today``.

    By the same rule; the last may be said until the due date, and past that none is.
    """
    if today > due_on:
        return None
    days = _days(cadence, cadence.before_all, due_on, calendar)
    return _turn(cadence, days, today=today, calendar=calendar, last_on=lambda _: due_on)


def _turn(
    cadence: Cadence,
    days: Iterable[tuple[CadenceStep, date, bool]],
    *,
    today: date,
    calendar: Calendar,
    last_on: Callable[[date], date],
) -> DueStep | None:
    """The last of these steps whose day has come; ``last_on`` tells how long the very last may."""
    found: tuple[CadenceStep, date, bool] | None = None
    until_on = None
    for step, on, is_skipped in days:
        if on > today:
            until_on = on - timedelta(days=1)
            break
        found = step, on, is_skipped
    if found is None:
        return None
    step, on, is_skipped = found
    until_on = until_on or last_on(on)
    if today > until_on:
        return None
    makes_up = today > on and cadence.closed_day_of(step) != "as_is"
    if makes_up and not calendar.is_working_day(today):
        return None
    return DueStep(step, on, until_on, is_skipped)


def _days(
    cadence: Cadence, steps: Iterable[CadenceStep], due_on: date, calendar: Calendar
) -> Iterator[tuple[CadenceStep, date, bool]]:
    for step in steps:
        on, is_skipped = step_day(cadence, step, due_on=due_on, calendar=calendar)
        yield step, on, is_skipped


def load_cadences(home: Path) -> Cadences:
    """The shipped cadences, with what ``home/strategies/cadences.yaml`` adds or replaces by name.

    Raises:
        CadenceError: a file that is no mapping of cadences, or a term out of its range.
    """
    own = home / "strategies" / "cadences.yaml"
    is_kept = own.exists()
    return _merge(own if is_kept else None, own.stat().st_mtime_ns if is_kept else 0)


@cache
def _merge(own: Path | None, _changed_ns: int) -> Cadences:
    # The lender's own come first: of two for all products his holds.
    named = _read(own) if own else {}
    return Cadences(named | {k: c for k, c in _shipped().items() if k not in named})


@cache
def _shipped() -> dict[str, Cadence]:
    return _read(shipped("strategies") / "cadences.yaml")


def _read(path: Path) -> dict[str, Cadence]:
    raw = read_yaml(path, CadenceError)
    return read_cadences(raw.get("cadences") if isinstance(raw, dict) else None, where=str(path))


def read_cadences(entries: object, *, where: str) -> dict[str, Cadence]:
    """Cadences as a file or a strategy's document has them, by name; ``where`` is named in errors.

    Raises:
        CadenceError: no mapping of cadences, or a term out of its range.
    """
    if not isinstance(entries, dict):
        raise CadenceError(f"{where}: cadences are expected as a mapping of names to terms")
    found = {}
    for key, terms in entries.items():
        if not isinstance(terms, dict) or not re.fullmatch("[a-z][a-z0-9_]{0,39}", str(key)):
            raise CadenceError(f"{where}: {key!r}: a name (a–z, 0–9, _) and its terms are expected")
        try:
            found[str(key)] = Cadence(key=str(key), **terms)
        except (ValidationError, TypeError) as error:
            why = told(error, within=str(key)) if isinstance(error, ValidationError) else error
            raise CadenceError(f"{where}: {why}") from error
    return found


def find_cadence_fault(document: Mapping[str, Any]) -> DocumentError | None:
    """Why the cadences that a strategy's document carries cannot be used; None where they can."""
    if PART not in document:
        return None
    try:
        read_cadences(document[PART], where=PART)
    except CadenceError as error:
        return DocumentError(Place(PART), say("{error}", error=error))
    return None


def write_cadences(cadences: Cadences) -> dict[str, Any]:
    """What ``read_cadences`` reads back, with nothing that a term is without being said."""
    return {
        key: one.model_dump(mode="json", exclude={"key"}, exclude_defaults=True)
        for key, one in cadences.named.items()
    }
