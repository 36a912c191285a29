"""What amounts of different currencies are worth beside each other, where the lender says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from carrears.homefiles import HomeFileError, read_yaml, told
from carrears.money import MoneyError, exponent


class CurrencyRatesError(HomeFileError):
    """A file of rates that cannot be used; names the file and what is wrong in it."""


def _known(currency: str) -> str:
    try:
        exponent(currency)
    except MoneyError as error:
        raise ValueError(str(error)) from error
    return currency


_Currency = Annotated[str, AfterValidator(_known)]
_Rate = Annotated[Decimal, Field(gt=0, le=1_000_000)]


class CurrencyRates(BaseModel):
    """What one major unit of each currency is worth in major units of ``reference``.

    ``as_of`` is the day of the rates, ``source`` who tells them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: _Currency
    as_of: date
    source: str = Field(min_length=1)
    rates: Mapping[_Currency, _Rate]


@dataclass(frozen=True, slots=True)
class Weights:
    """By what an amount in minor units of each currency is multiplied to stand beside the others.

    Not ``comparable`` where a rate is lacking: then amounts of one currency stand in their own
    order alone, and all weights are 1.
    """

    by_currency: Mapping[str, Decimal]
    comparable: bool


def weigh(currencies: Collection[str], home: Path) -> Weights:
    """How amounts of these currencies are put into one order; one alone needs no rate.

    Raises:
        CurrencyRatesError: the lender's file of rates cannot be used.
    """
    found = load_currency_rates(home)
    alike = dict.fromkeys(sorted(currencies), Decimal(1))
    if len(alike) < 2 or found is None:  # noqa: PLR2004  nothing to compare
        return Weights(alike, comparable=len(alike) < 2)  # noqa: PLR2004  see above
    rates = {**found.rates, found.reference: Decimal(1)}
    if alike.keys() - rates.keys():
        return Weights(alike, comparable=False)
    return Weights({one: rates[one].scaleb(-exponent(one)) for one in alike}, comparable=True)


def load_currency_rates(home: Path) -> CurrencyRates | None:
    """The rates of ``home/currency_rates.yaml``; None where the lender keeps none.

    Raises:
        CurrencyRatesError: a field that is missing, unknown or out of its range.
    """
    path = home / "currency_rates.yaml"
    return _read(path, path.stat().st_mtime_ns) if path.exists() else None


@cache
def _read(path: Path, _changed_ns: int) -> CurrencyRates:
    try:
        return CurrencyRates.model_validate(read_yaml(path, CurrencyRatesError))
    except ValidationError as error:
        raise CurrencyRatesError(f"{path}: {told(error)}") from error
