"""When a case is taken back from its collector (收回): dated rules, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from carrears.casework.allocation_rules import When
from carrears.homefiles import HomeFileError, entry_on

_SHIPPED = Path(__file__).with_name("pull_back.yaml")

Why = Literal["no_right_party", "no_action", "absent", "stage_changed", "overload"]
_WITHOUT_DAYS = ("stage_changed", "overload")


class PullBackRulesError(HomeFileError):
    """A file of rules that cannot be used; names the file, the entry and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class PullBackRule(_Strict):
    """One rule; ``pull_back.yaml`` says what each field does."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Mapping[Literal["zh", "en"], str]
    why: Why
    days: int | None = Field(default=None, ge=1, le=366)
    when: When = When()
    to: Literal["others", "others_or_pool", "pool"]
    even_promised: bool = False
    even_open: bool = False

    @model_validator(mode="after")
    def _fits(self) -> PullBackRule:
        if (self.days is None) != (self.why in _WITHOUT_DAYS):
            raise ValueError(f"days: {self.why} asks for {'none' if self.days else 'them'}")
        return self


class PullBackRules(_Strict):
    """The rules from a day on."""

    from_on: date = Field(alias="from")
    promise_days: int = Field(ge=0, le=90)
    rules: tuple[PullBackRule, ...]

    @model_validator(mode="after")
    def _whole(self) -> PullBackRules:
        names = [rule.name for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules {twice[0]!r}")
        return self

    def titles(self) -> dict[str, Mapping[Literal["zh", "en"], str]]:
        """What each rule is called."""
        return {rule.name: rule.title for rule in self.rules}


_FILE = TypeAdapter(tuple[PullBackRules, ...])


def load_pull_back_rules(home: Path, *, on: date) -> PullBackRules:
    """The rules of a day: those of ``home/pull_back.yaml`` where a lender keeps one.

    Raises:
        PullBackRulesError: a file that is no list of entries, a field that does not fit, two rules
            of one name, or none that hold yet on that day.
    """
    return entry_on(home / "pull_back.yaml", _SHIPPED, on=on, file=_FILE, error=PullBackRulesError)
