"""What makes a case worth the next minute: weights as data, shipped or the lender's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from carrears.homefiles import HomeFileError, read_yaml, told

_SHIPPED = Path(__file__).with_name("next_case.yaml")

Term = Literal[
    "promise_due", "promise_waits", "broken", "reply", "unsent", "follow_up", "follow_up_later",
    "closing", "shut", "held", "worked",
]  # fmt: skip
# What a lender's own file, written for an earlier release, need not name.
_ADDED: Mapping[Term, float] = {"unsent": 2}
_Share = Annotated[float, Field(ge=0, le=1)]
_Factor = Annotated[float, Field(ge=0, le=100)]


class NextCaseTermsError(HomeFileError):
    """A file of terms that cannot be used; names the file and what is wrong in it."""


class NextCaseTerms(BaseModel):
    """The terms; ``next_case.yaml`` says what each does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lease_seconds: int = Field(ge=10, le=3600)
    renew_seconds: int = Field(ge=5, le=1800)
    leave_seconds: int = Field(default=10, ge=1, le=120)
    closing_minutes: int = Field(ge=0, le=600)
    recovery: Mapping[str, _Share]
    recovery_unknown: _Share
    times: Mapping[Term, _Factor]

    @field_validator("times")
    @classmethod
    def _with_added(cls, times: Mapping[Term, float]) -> Mapping[Term, float]:
        return {**_ADDED, **times}

    @model_validator(mode="after")
    def _whole(self) -> NextCaseTerms:
        if self.renew_seconds * 2 > self.lease_seconds:
            raise ValueError("a lease is renewed at least twice before it ends")
        lacking = set(Term.__args__) - self.times.keys()  # type: ignore[attr-defined]
        if lacking:
            raise ValueError(f"times lacks {', '.join(sorted(lacking))}")
        return self


def load_next_case_terms(home: Path) -> NextCaseTerms:
    """The shipped terms, or those of ``home/next_case.yaml`` where a lender keeps one.

    Raises:
        NextCaseTermsError: a field that is missing, unknown or out of its range.
    """
    own = home / "next_case.yaml"
    path = own if own.exists() else _SHIPPED
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _changed_ns: int) -> NextCaseTerms:
    try:
        return NextCaseTerms.model_validate(read_yaml(path, NextCaseTermsError))
    except ValidationError as error:
        raise NextCaseTermsError(f"{path}: {told(error)}") from error
