"""Which debtors go to which agency, and on which terms: dated rules as data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from carrears.homefiles import HomeFileError, entry_on

_SHIPPED = Path(__file__).with_name("placing.yaml")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
RecallCause = Literal[
    "paid", "dispute", "hardship", "hospital", "bereavement", "legal", "complaint", "disaster",
    "death", "insolvency", "moratorium",
]  # fmt: skip
Title = Mapping[Literal["zh", "en"], str]


class PlacingRulesError(HomeFileError):
    """A file of rules that cannot be used; names the file, the entry and what is wrong in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Aged(_Strict):
    """A range of days past due, both ends included; None is open."""

    dpd_from: int | None = Field(default=None, ge=0)
    dpd_to: int | None = Field(default=None, ge=0)
    stage: frozenset[str] = frozenset()

    def fits_age(self, *, dpd: int, stage: str) -> bool:
        """Whether a debtor of this stage is within."""
        return (
            (self.dpd_from is None or dpd >= self.dpd_from)
            and (self.dpd_to is None or dpd <= self.dpd_to)
            and (not self.stage or stage in self.stage)
        )


class Rate(Aged):
    """The share of a payment that is the agency's, from 0 to 1."""

    rate: Decimal = Field(ge=0, le=1, max_digits=7, decimal_places=6)


class Fees(_Strict):
    """What an agency is paid; ``placing.yaml`` says what each field does."""

    name: Name
    title: Title
    tail_days: int = Field(ge=0, le=366)
    rates: Annotated[tuple[Rate, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Fees:
        last = self.rates[-1]
        if last.stage or last.dpd_from is not None or last.dpd_to is not None:
            raise ValueError(f"fees {self.name!r}: the last rate has to fit all")
        return self

    def rate_of(self, *, dpd: int, stage: str) -> Decimal:
        """The rate of a debtor who was so many days past due when he was placed."""
        return next(one.rate for one in self.rates if one.fits_age(dpd=dpd, stage=stage))


class When(Aged):
    """What a debtor must be; an empty list and None ask for nothing. Amounts in minor units."""

    band: frozenset[str] = frozenset()
    product: frozenset[str] = frozenset()
    treatment: frozenset[str] = frozenset()
    region: frozenset[str] = frozenset()
    currency: frozenset[str] = frozenset()
    arrears_from: int | None = Field(default=None, ge=0)
    arrears_to: int | None = Field(default=None, ge=0)


class PlacingRule(_Strict):
    """One rule; ``placing.yaml`` says what each field does."""

    name: Name
    title: Title
    when: When = When()
    to: Mapping[Key, Annotated[int, Field(ge=1)]] = {}
    share_by: Literal["people", "arrears"] = "arrears"
    at_most: Mapping[Key, Annotated[int, Field(ge=0)]] = {}
    term_days: int = Field(ge=1, le=1096)
    fees: Name


class PlacingRules(_Strict):
    """The rules from a day on."""

    from_on: date = Field(alias="from")
    rest_days: int = Field(ge=0, le=366)
    again: bool = False
    recall_on: frozenset[RecallCause] = frozenset()
    keep_days: int = Field(default=0, ge=0, le=366)
    keep_times: int = Field(default=0, ge=0, le=99)
    destroy_days: int = Field(default=0, ge=0, le=366)
    fees: tuple[Fees, ...]
    rules: Annotated[tuple[PlacingRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> PlacingRules:
        for kind, names in (
            ("rules", [one.name for one in self.rules]),
            ("fees", [one.name for one in self.fees]),
        ):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"two {kind} {twice[0]!r}")
        known = {one.name for one in self.fees}
        for rule in self.rules:
            if rule.fees not in known:
                raise ValueError(f"rule {rule.name!r}: no fees {rule.fees!r}")
        return self

    def fees_of(self, name: str) -> Fees:
        """The fees of that name; a rule names none that is not there."""
        return next(one for one in self.fees if one.name == name)


_FILE = TypeAdapter(tuple[PlacingRules, ...])


def load_placing_rules(home: Path, *, on: date) -> PlacingRules:
    """The rules of a day: those of ``home/placing.yaml`` where a lender keeps one.

    Raises:
        PlacingRulesError: a file that is no list of rules, a field out of its range, two of one
            name, fees that a rule names and nobody wrote, rates that leave somebody out, or none
            that hold yet on that day.
    """
    return entry_on(home / "placing.yaml", _SHIPPED, on=on, file=_FILE, error=PlacingRulesError)
