"""When to come back to a case: dated rules as data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from carrears.homefiles import HomeFileError, entry_on

_SHIPPED = Path(__file__).with_name("follow_ups.yaml")

After = Literal["outcome", "promise", "kept", "partly", "broken"]
In = Annotated[int, Field(ge=0, le=250)] | Literal["none", "keep"]


class FollowUpRulesError(HomeFileError):
    """A file of rules that cannot be used; names the file, the entry and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FollowUpRule(_Strict):
    """One rule; ``follow_ups.yaml`` says what each field does."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    title: Mapping[Literal["zh", "en"], str]
    after: After
    codes: frozenset[str] = frozenset()
    stage: frozenset[str] = frozenset()
    bucket_from: int | None = Field(default=None, ge=0)
    bucket_to: int | None = Field(default=None, ge=0)
    attempts_from: int = Field(default=0, ge=0, le=100)
    in_days: In = Field(alias="in")
    at: time | None = None

    @model_validator(mode="after")
    def _fits(self) -> FollowUpRule:
        if self.after != "outcome" and (self.codes or self.attempts_from):
            raise ValueError("codes and attempts_from are of an outcome")
        if self.at is not None and isinstance(self.in_days, str):
            raise ValueError("at: an hour asks for a day")
        return self


class FollowUpRules(_Strict):
    """The rules from a day on."""

    from_on: date = Field(alias="from")
    at_most_days: int = Field(ge=1, le=366)
    rules: tuple[FollowUpRule, ...]

    @model_validator(mode="after")
    def _whole(self) -> FollowUpRules:
        names = [rule.name for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two rules {twice[0]!r}")
        return self

    def find(self, happened: Happened) -> FollowUpRule | None:
        """The first rule that fits what happened."""
        return next((rule for rule in self.rules if _is_for(rule, happened)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What asks for a date: after what, of a case of which stage and bucket.

    ``attempts`` is how many contacts in a row did not reach the right party, this one included.
    """

    after: After
    stage: str
    bucket: int
    code: str = ""
    attempts: int = 0


def _is_for(rule: FollowUpRule, happened: Happened) -> bool:
    return (
        rule.after == happened.after
        and (not rule.codes or happened.code in rule.codes)
        and (not rule.stage or happened.stage in rule.stage)
        and (rule.bucket_from is None or happened.bucket >= rule.bucket_from)
        and (rule.bucket_to is None or happened.bucket <= rule.bucket_to)
        and happened.attempts >= rule.attempts_from
    )


_FILE = TypeAdapter(tuple[FollowUpRules, ...])


def load_follow_up_rules(home: Path, *, on: date) -> FollowUpRules:
    """The rules of a day: those of ``home/follow_ups.yaml`` where a lender keeps one.

    Raises:
        FollowUpRulesError: a file that is no list of entries, a field that does not fit, two rules
            of one name, or none that hold yet on that day.
    """
    return entry_on(home / "follow_ups.yaml", _SHIPPED, on=on, file=_FILE, error=FollowUpRulesError)
