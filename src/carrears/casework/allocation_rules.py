"""Who gets a new case: dated rules as data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from carrears.homefiles import HomeFileError, read_yaml, told

_SHIPPED = Path(__file__).with_name("allocation.yaml")


class AllocationRulesError(HomeFileError):
    """A file of rules that cannot be used; names the file, the entry and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class When(_Strict):
    """What a case must be; an empty list and None ask for nothing."""

    stage: frozenset[str] = frozenset()
    band: frozenset[str] = frozenset()
    product: frozenset[str] = frozenset()
    treatment: frozenset[str] = frozenset()
    language: frozenset[str] = frozenset()
    region: frozenset[str] = frozenset()
    currency: frozenset[str] = frozenset()
    bucket_from: int | None = Field(default=None, ge=0)
    bucket_to: int | None = Field(default=None, ge=0)
    arrears_from: int | None = Field(default=None, ge=0)


class To(_Strict):
    """Who may get it: of one of the teams, and with all of the skills."""

    teams: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()


class Rule(_Strict):
    """One rule; ``allocation.yaml`` says what each field does."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Mapping[Literal["zh", "en"], str]
    when: When = When()
    to: To = To()
    speaks: bool = False
    knows_region: bool = False
    even_by: Literal["people", "room", "arrears"] = "room"
    otherwise: Literal["next", "pool"] = "next"


class AllocationRules(_Strict):
    """The rules from a day on."""

    from_on: date = Field(alias="from")
    most_people: int = Field(ge=1)
    back_within_days: int = Field(ge=0, le=31)
    cover_after_days: int = Field(ge=1, le=366)
    undo_minutes: int = Field(ge=0, le=1440)
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]


def load_allocation_rules(home: Path, *, on: date) -> AllocationRules:
    """The rules of a day: those of ``home/allocation.yaml`` where a lender keeps one.

    Raises:
        AllocationRulesError: a file that is no list of rules, a field out of its range, two rules
            of one name, or none that hold yet on that day.
    """
    own = home / "allocation.yaml"
    path = own if own.exists() else _SHIPPED
    holding = [one for one in _read(path, path.stat().st_mtime_ns) if one.from_on <= on]
    if not holding:
        raise AllocationRulesError(f"{path}: no rules hold on {on}")
    return holding[-1]


_FILE = TypeAdapter(tuple[AllocationRules, ...])


@cache
def _read(path: Path, _changed_ns: int) -> tuple[AllocationRules, ...]:
    try:
        entries = _FILE.validate_python(read_yaml(path, AllocationRulesError))
    except ValidationError as error:
        raise AllocationRulesError(f"{path}: {told(error)}") from error
    days = [one.from_on for one in entries]
    if not days or days != sorted(set(days)):
        raise AllocationRulesError(f"{path}: entries follow each other by their days")
    for entry in entries:
        names = [rule.name for rule in entry.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise AllocationRulesError(f"{path}: from {entry.from_on}: two rules {twice[0]!r}")
    return entries
