"""The market a book is written in: cars with list prices, places, dealers, channels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from carrears.samplebook.calibration import SEGMENTS, read_data
from carrears.samplebook.measure import Floats, Ints

LOCALES = ("zh-CN", "en-US")


@dataclass(frozen=True)
class Market:
    """One country's market; places are cities, ``region_of`` gives the region of each."""

    locale: str
    currency: str
    products: tuple[str, ...]
    makes: tuple[str, ...]
    models: tuple[str, ...]
    list_price: Ints
    model_share: Floats
    regions: tuple[str, ...]
    cities: tuple[str, ...]
    plate_prefix: tuple[str, ...]
    region_of: Ints
    city_share: Floats
    dealers: tuple[str, ...]
    dealers_per_city: int
    channels: tuple[str, ...]
    channel_share: Floats


@cache
def load_market(locale: str) -> Market:
    """The shipped market of ``locale``; list prices are in minor units.

    Raises:
        ValueError: no such market.
    """
    if locale not in LOCALES:
        raise ValueError(f"no market for {locale!r}; there are {', '.join(LOCALES)}")
    data = read_data(f"market-{locale}.yaml")
    regions = data["regions"]
    places = [
        (place, city, row.get("plate", "") + letter, row["weight"] / len(row["cities"]))
        for place, row in enumerate(regions.values())
        for city, letter in row["cities"].items()
    ]
    region_of, cities, prefixes, weights = (tuple(column) for column in zip(*places, strict=True))
    per_city = data["dealers_per_city"]
    return Market(
        locale=locale,
        currency=data["currency"],
        products=tuple(data["product"][name] for name in SEGMENTS),
        makes=tuple(row[0] for row in data["models"]),
        models=tuple(row[1] for row in data["models"]),
        list_price=np.array([row[2] * 100 for row in data["models"]], np.int64),
        model_share=_shares([row[3] for row in data["models"]]),
        regions=tuple(regions),
        cities=cities,
        plate_prefix=prefixes,
        region_of=np.array(region_of, np.int64),
        city_share=_shares(weights),
        dealers=tuple(
            data["dealer"].format(city=city, number=number)
            for city in cities
            for number in range(1, per_city + 1)
        ),
        dealers_per_city=per_city,
        channels=tuple(data["channels"]["names"]),
        channel_share=_shares(data["channels"]["shares"]),
    )


def _shares(weights: list[float] | tuple[float, ...]) -> Floats:
    values = np.array(weights, float)
    shares: Floats = values / values.sum()
    return shares
