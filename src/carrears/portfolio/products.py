"""Terms of each product that the book cannot say by itself.

The words are those of ``products.yaml``; what each does is worked out in ``delinquency``.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, Self, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carrears import layout
from carrears.calendars import Calendar, CalendarError, Calendars, Convention, load_calendars
from carrears.homefiles import HomeFileError, read_yaml, told

# What the screen must know of each product.
TERMS = pa.schema(
    [
        pa.field("product", pa.string()),
        pa.field("grace_days", pa.int32()),
        pa.field("materiality_minor", pa.int64()),
        pa.field("materiality_share", layout.RATE),
        pa.field("grace_shifts", pa.bool_()),  # DPD counts from the end of the grace
        pa.field("calendar", pa.string()),
        pa.field("convention", pa.string()),
    ]
)
# Due dates are moved by the calendar this far around the day; older and later ones stand as
# agreed, for the days off of far years are not known, or not needed.
SHIFTED_BACK, SHIFTED_AHEAD = timedelta(days=3653), timedelta(days=62)
Days: TypeAlias = NDArray[np.int32]
_EPOCH = date(1970, 1, 1).toordinal()
_FROZEN = ConfigDict(extra="forbid", frozen=True)


class ProductError(HomeFileError):
    """A products file that cannot be used; names the file and what is wrong in it."""


class Counting(StrEnum):
    """From where days count once the grace is over."""

    FROM_DUE = "from_due"  # from the due date itself
    FROM_GRACE = "from_grace"  # from the last day of the grace


class Part(StrEnum):
    """What a debt is made of (费用、罚息、复利、利息、本金)."""

    FEE = "fee"
    PENALTY = "penalty"
    COMPOUND = "compound"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class Materiality(BaseModel):
    """Shortfalls up to the larger of the two do not count as unpaid."""

    model_config = _FROZEN

    amount_minor: int = Field(default=0, ge=0)
    share: Decimal = Field(default=Decimal(0), ge=0, lt=1)


class Allocation(BaseModel):
    """How money is spread: which instalments first, and within them which parts.

    The words are those of ``carrears.delinquency.ledger.waterfall``.
    """

    model_config = _FROZEN

    style: Literal[
        "installment_by_installment",
        "due_then_advance",
        "horizontal",
        "vertical",
        "principal_first",
    ] = "installment_by_installment"
    order: tuple[Part, ...] = tuple(Part)
    advance: Literal["next", "last", "reamortize"] = "next"

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        if set(self.order) != set(Part) or len(self.order) != len(Part):
            raise ValueError(f"order: name each part once: {', '.join(Part)}")
        return self


class Penalty(BaseModel):
    """Penalty interest (罚息) on overdue principal, and compound interest (复利) if agreed.

    ``surcharge`` is a share on top of the contract rate (0.5: half as much again), ``annual_rate``
    a rate of its own; with neither nothing accrues.
    """

    model_config = _FROZEN

    surcharge: Decimal | None = Field(default=None, ge=0)
    annual_rate: Decimal | None = Field(default=None, ge=0, le=10)
    compound: bool = False
    year_days: Literal[360, 365] = 360
    grace_days: int = Field(default=0, ge=0)
    grace_counts: Counting = Counting.FROM_DUE
    stops_in_pause: bool = True
    stops_at_charge_off: bool = False

    @model_validator(mode="after")
    def _has_one_rate(self) -> Self:
        if self.surcharge is not None and self.annual_rate is not None:
            raise ValueError("give either a surcharge on the contract rate or a rate of its own")
        return self

    @property
    def accrues(self) -> bool:
        """Whether any penalty interest is agreed."""
        return self.surcharge is not None or bool(self.annual_rate)

    def yearly(self, contract_rate: Decimal) -> Decimal:
        """The yearly rate that overdue principal bears, for a loan at ``contract_rate``."""
        if self.surcharge is not None:
            return contract_rate * (1 + self.surcharge)
        return self.annual_rate or Decimal(0)


class DueDates(BaseModel):
    """What becomes of due dates that are no working day."""

    model_config = _FROZEN

    calendar: str = "cn"
    convention: Convention = Convention.AS_IS


class Product(BaseModel):
    """One product's terms."""

    model_config = _FROZEN

    grace_days: int = Field(default=0, ge=0)
    grace_counts: Counting = Counting.FROM_DUE
    materiality: Materiality = Materiality()
    behind_by: tuple[Part, ...] = tuple(Part)
    allocation: Allocation = Allocation()
    penalty: Penalty = Penalty()
    pause_stops_days: bool = True
    payoff_interest: Literal["elapsed", "whole", "all"] = "elapsed"
    payoff_unearned: Literal["given_back", "kept"] = "given_back"
    due_dates: DueDates = DueDates()
    jurisdiction: str = "cn"
    codes: tuple[str, ...] | None = None
    time_zone: str = "Asia/Shanghai"
    locale: str = "zh-CN"

    @property
    def by_ledger(self) -> bool:
        """Whether totals of what fell due and what was paid cannot tell how its loans stand.

        They can where money fills the oldest instalment first, within it fee, interest and
        principal in this order, nothing accrues, and due dates stand as agreed.
        """
        plain = [part for part in self.allocation.order if part in _SCREENED]
        return (
            self.penalty.accrues
            or self.allocation.style in {"vertical", "principal_first"}
            or self.allocation.advance != "next"
            or plain != list(_SCREENED)
            or not set(_SCREENED) <= set(self.behind_by)
            or self.due_dates.convention is not Convention.AS_IS
        )


# The parts of an instalment as the tape has them, in the order of Civil Code art. 561.
_SCREENED = (Part.FEE, Part.INTEREST, Part.PRINCIPAL)
_SHIPPED = Path(__file__).with_name("products.yaml")


class Products:
    """All products of a lender; one that is not named takes the default's terms."""

    def __init__(self, named: dict[str, Product], *, calendars: Calendars | None = None) -> None:
        self._named = named
        self._calendars = calendars

    def __getitem__(self, name: str) -> Product:
        return self._named.get(name, self._named["default"])

    @property
    def as_text(self) -> str:
        """All terms in one form, to tell whether any of them changed."""
        return "\n".join(f"{n} {self._named[n].model_dump_json()}" for n in sorted(self._named))

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        """Whose law governs some product."""
        return tuple(sorted({product.jurisdiction for product in self._named.values()}))

    def terms(self, names: list[str]) -> pa.Table:
        """The terms that delinquency needs, a row for each of ``names``."""
        chosen = [self[name] for name in names]
        rows = [
            {
                "product": name,
                "grace_days": product.grace_days,
                "materiality_minor": product.materiality.amount_minor,
                "materiality_share": product.materiality.share,
                "grace_shifts": product.grace_counts is Counting.FROM_GRACE,
                "calendar": product.due_dates.calendar,
                "convention": product.due_dates.convention.value,
            }
            for name, product in zip(names, chosen, strict=True)
        ]
        return pa.Table.from_pylist(rows, schema=TERMS)

    def shifted_days(self, name: str, *, as_of: date) -> tuple[int, Days] | None:
        """Where the product's calendar sends due dates, or None where they stand as agreed.

        Days count from 1970-01-01: the first day, and where it and each day after it go.
        """
        terms = self[name].due_dates
        if terms.convention is Convention.AS_IS:
            return None
        calendar = (self._calendars or load_calendars())[terms.calendar]
        return _shifted_days(calendar, terms.convention, as_of)


@lru_cache(maxsize=16)
def _shifted_days(calendar: Calendar, convention: Convention, as_of: date) -> tuple[int, Days]:
    first, last = as_of - SHIFTED_BACK, as_of + SHIFTED_AHEAD
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    shifted = [calendar.shift(day, convention).toordinal() - _EPOCH for day in days]
    return first.toordinal() - _EPOCH, np.array(shifted, np.int32)


def load_products(home: Path) -> Products:
    """The shipped terms, overridden by ``home/products.yaml`` where a lender keeps one.

    Raises:
        ProductError: a file that is no mapping of products, or a term out of its range.
    """
    own = home / "products.yaml"
    return _merge(own if own.exists() else None, own.stat().st_mtime_ns if own.exists() else 0)


@cache
def _merge(own: Path | None, _changed_ns: int) -> Products:
    named = _read(_SHIPPED) | (_read(own) if own else {})
    calendars = load_calendars(own.parent if own else None)
    for name, product in named.items():
        try:
            _ = calendars[product.due_dates.calendar]
        except CalendarError as error:
            raise ProductError(f"{own}: {name}.due_dates.calendar: {error}") from error
    return Products(named, calendars=calendars)


def _read(path: Path) -> dict[str, Product]:
    raw = read_yaml(path, ProductError)
    if not isinstance(raw, dict):
        raise ProductError(f"{path}: products are expected as a mapping of names to terms")
    named: dict[str, Product] = {}
    for name, terms in raw.items():
        try:
            named[str(name)] = Product.model_validate(terms or {})
        except ValidationError as error:
            raise ProductError(f"{path}: {told(error, within=str(name))}") from error
    return named
