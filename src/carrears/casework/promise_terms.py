"""What a promise to pay may be and when it counts as kept: dated terms of each product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from carrears.homefiles import HomeFileError, read_yaml, told

_SHIPPED = Path(__file__).with_name("promises.yaml")


class PromiseTermsError(HomeFileError):
    """A file of terms that cannot be used; names the file and what is wrong in it."""


class RemindBy(BaseModel):
    """One way to remind of a promise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Literal["sms", "email", "portal"]
    template: Annotated[str, Field(min_length=1, max_length=40)]


class PromiseTerms(BaseModel):
    """The terms from a day on; ``promises.yaml`` says what each does."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_on: date = Field(alias="from")
    slack_minor: int = Field(ge=0)
    slack_days: int = Field(ge=0, le=31)
    longest_days: int = Field(ge=1, le=366)
    most_parts: int = Field(ge=1, le=60)
    rejudged_days: int = Field(ge=0, le=3653)
    remind_days: tuple[Annotated[int, Field(ge=0, le=60)], ...] = ()
    remind_by: tuple[RemindBy, ...] = ()


@dataclass(frozen=True, slots=True)
class AllPromiseTerms:
    """The terms of all products, each product's oldest first."""

    named: Mapping[str, tuple[PromiseTerms, ...]]

    def of(self, product: str, *, on: date) -> PromiseTerms:
        """The terms of a product that hold on a day.

        Raises:
            PromiseTermsError: none hold yet on that day.
        """
        terms = self.named.get(product, self.named["default"])
        holding = [one for one in terms if one.from_on <= on]
        if not holding:
            raise PromiseTermsError(f"no terms of promises of {product!r} hold on {on}")
        return holding[-1]

    @property
    def longest_rejudged_days(self) -> int:
        """For how long after its last day any promise may still change."""
        return max(one.rejudged_days for terms in self.named.values() for one in terms)


def load_promise_terms(home: Path) -> AllPromiseTerms:
    """The shipped terms, overridden by ``home/promises.yaml`` where a lender keeps one.

    Raises:
        PromiseTermsError: a file that is no mapping of products, or a term out of its range.
    """
    own = home / "promises.yaml"
    return _merge(own if own.exists() else None, own.stat().st_mtime_ns if own.exists() else 0)


@cache
def _merge(own: Path | None, _changed_ns: int) -> AllPromiseTerms:
    return AllPromiseTerms(_read(_SHIPPED) | (_read(own) if own else {}))


_FILE = TypeAdapter(dict[str, tuple[PromiseTerms, ...]])


def _read(path: Path) -> dict[str, tuple[PromiseTerms, ...]]:
    try:
        named = _FILE.validate_python(read_yaml(path, PromiseTermsError))
    except ValidationError as error:
        raise PromiseTermsError(f"{path}: {told(error)}") from error
    for name, terms in named.items():
        days = [one.from_on for one in terms]
        if not days or days != sorted(set(days)):
            raise PromiseTermsError(f"{path}: {name}: terms follow each other by their days")
    return named
