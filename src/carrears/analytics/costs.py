"""What collecting costs the lender, by prices of its own.

None are shipped: no law and no market sets them, and a guess would be an invented figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from carrears.homefiles import HomeFileError, entry_on

NAME = "collection_costs.yaml"
_Minor = Annotated[Decimal, Field(ge=0, le=10_000_000, allow_inf_nan=False)]


class CostTermsError(HomeFileError):
    """A file of costs that cannot be used; names the file, the entry and what is wrong in it."""


class NoPriceError(ValueError):
    """Something was done that the file has no price for; ``channels`` says by what."""

    def __init__(self, channels: tuple[str, ...]) -> None:
        super().__init__(", ".join(channels))
        self.channels = channels


class CostTerms(BaseModel):
    """One entry: prices in minor units of ``currency``, of a contact by channel and of an hour.

    Parts of a minor unit are allowed (a text at 3.5 fen).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_on: Annotated[date, Field(alias="from")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    per_contact_minor: Mapping[str, _Minor]
    per_hour_minor: _Minor


_FILE = TypeAdapter(tuple[CostTerms, ...])


def load_cost_terms(home: Path, *, on: date) -> CostTerms | None:
    """The prices that hold on a day by ``home/collection_costs.yaml``; None without such a file.

    Raises:
        CostTermsError: the file cannot be used, or has nothing for so early a day.
    """
    own = home / NAME
    if not own.exists():
        return None
    return entry_on(own, own, on=on, file=_FILE, error=CostTermsError)


def cost_of(terms: CostTerms, *, contacts: Mapping[str, int], minutes: int) -> int:
    """What so many contacts by channel and so many minutes of collectors cost, in minor units.

    Summed exactly, then rounded once, half up.

    Raises:
        NoPriceError: a channel that was used has no price: a sum without it would be too low.
    """
    lacking = {name for name, many in contacts.items() if many} - terms.per_contact_minor.keys()
    if lacking:
        raise NoPriceError(tuple(sorted(lacking)))
    sums = [terms.per_contact_minor[name] * many for name, many in contacts.items() if many]
    hours = terms.per_hour_minor * minutes / 60
    return int((sum(sums, Decimal()) + hours).quantize(Decimal(1), rounding=ROUND_HALF_UP))
