"""Who gets a new case: dated rules as data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from carrears.homefiles import HomeFileError, entry_on

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

    @model_validator(mode="after")
    def _whole(self) -> AllocationRules:
        names = [rule.name for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules {twice[0]!r}")
        return self


_FILE = TypeAdapter(tuple[AllocationRules, ...])


def load_allocation_rules(home: Path, *, on: date) -> AllocationRules:
    """The rules of a day: those of ``home/allocation.yaml`` where a lender keeps one.

    Raises:
        AllocationRulesError: a file that is no list of rules, a field out of its range, two rules
            of one name, or none that hold yet on that day.
    """
    return entry_on(
        home / "allocation.yaml", _SHIPPED, on=on, file=_FILE, error=AllocationRulesError
    )
