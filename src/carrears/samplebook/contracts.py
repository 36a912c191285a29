"""Draw the contracts of a chunk of loans: who borrowed how much for which car."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from carrears.samplebook.calibration import SEGMENTS, Calibration, read_data
from carrears.samplebook.market import Market
from carrears.samplebook.measure import Flags, Floats, Ints
from carrears.samplebook.schedule import RATE_UNIT, level_instalment

PRIME_NEW, PRIME_USED, SUBPRIME = range(3)
LAST_DUE_DAY = 28  # every month has it
_ROUND_TO = 1_000_00


@dataclass(frozen=True)
class Contracts:
    """One chunk's loans as arrays.

    Money is in minor units, ``rate`` in hundredths of a percent a year, ``first_month`` in
    months since 1970, ``pti`` (payment to income) in millionths. ``place`` and ``model``
    index the market.
    """

    index: Ints
    obligor: Ints
    segment: Ints
    is_used: Flags
    term: Ints
    first_month: Ints
    due_day: Ints
    rate: Ints
    principal: Ints
    instalment: Ints
    value: Ints
    score: Ints
    pti: Ints
    model: Ints
    model_year: Ints
    place: Ints
    dealer: Ints
    channel: Ints


def month_number(day: date) -> int:
    """Months since January 1970."""
    return (day.year - 1970) * 12 + day.month - 1


def draw_contracts(
    rng: np.random.Generator,
    index: Ints,
    *,
    market: Market,
    calibration: Calibration,
    as_of: date,
    history_months: int,
) -> Contracts:
    """Contracts numbered ``index``, written in the ``history_months`` before ``as_of``'s month."""
    data, n = read_data("assumptions.yaml"), len(index)
    segment, is_used = _draw_segments(rng, n, data["segments"])
    score = _draw_scores(rng, segment, calibration)
    obligor, place = _draw_obligors(rng, index, market, data["second_loan_share"])
    first_month = month_number(as_of) - rng.integers(0, history_months, n)
    model = rng.choice(len(market.models), n, p=market.model_share)
    age = np.where(is_used, whole_between(rng, data["used_age_years"], n), 0)
    value = _car_values(rng, market.list_price[model], age, data)
    share = 1 - _by_segment(rng, segment, data["down_payment"])
    principal = np.maximum(rounded(value * share / _ROUND_TO), 10) * _ROUND_TO
    term = rng.choice(data["terms"]["months"], n, p=data["terms"]["shares"])
    rate = _draw_rates(rng, segment, score, data)
    return Contracts(
        index=index,
        obligor=obligor,
        segment=segment,
        is_used=is_used,
        term=term,
        first_month=first_month,
        due_day=rng.integers(1, LAST_DUE_DAY, n, endpoint=True),
        rate=rate,
        principal=principal,
        instalment=level_instalment(principal, rate, term),
        value=value,
        score=score,
        pti=_draw_pti(rng, segment, score, data["payment_to_income"]),
        model=model,
        model_year=1970 + (first_month - 1) // 12 - age,
        place=place,
        dealer=place * market.dealers_per_city + rng.integers(0, market.dealers_per_city, n),
        channel=rng.choice(len(market.channels), n, p=market.channel_share),
    )


def _draw_segments(
    rng: np.random.Generator, n: int, shares: dict[str, float]
) -> tuple[Ints, Flags]:
    is_tail = rng.random(n) < shares["subprime_share"]
    used = rng.random(n) < np.where(is_tail, shares["subprime_used_share"], shares["used_share"])
    return np.where(is_tail, SUBPRIME, np.where(used, PRIME_USED, PRIME_NEW)), used


def _draw_scores(rng: np.random.Generator, segment: Ints, calibration: Calibration) -> Ints:
    """Scores spread as on the tapes: between their measured quantiles."""
    level = rng.random(len(segment))
    prime = np.interp(level, calibration.score_levels, calibration.prime_scores)
    tail = np.interp(level, calibration.score_levels, calibration.subprime_scores)
    return rounded(np.where(segment == SUBPRIME, tail, prime))


def _draw_obligors(
    rng: np.random.Generator, index: Ints, market: Market, second_share: float
) -> tuple[Ints, Ints]:
    """Who borrows and where; a few have borrowed once before, from the loan just before."""
    place = rng.choice(len(market.cities), len(index), p=market.city_share)
    again = rng.random(len(index)) < second_share
    again[0] = False
    again[1:] &= ~again[:-1]  # at most two loans each
    again[2:] &= ~again[:-2]
    before = np.arange(len(index)) - again
    return index[before], place[before]


def _car_values(
    rng: np.random.Generator, list_price: Ints, age: Ints, data: dict[str, Any]
) -> Ints:
    trim = between(rng, data["trim_price"], len(list_price))
    price = list_price * trim * (1 - data["yearly_depreciation"]) ** age
    return rounded(price / 100_00) * 100_00


def _by_segment(rng: np.random.Generator, segment: Ints, bounds: dict[str, list[float]]) -> Floats:
    low, mode, high = np.array([bounds[name] for name in SEGMENTS]).T[:, segment]
    drawn: Floats = rng.triangular(low, mode, high)
    return drawn


def _draw_rates(rng: np.random.Generator, segment: Ints, score: Ints, data: dict[str, Any]) -> Ints:
    """Prices follow risk: within a segment a hundred points less cost half a point more."""
    rate = _by_segment(rng, segment, data["annual_rate"])
    middle = np.where(segment == SUBPRIME, 570, 710)
    rate = np.clip(rate + (middle - score) / 100 * 0.005, 0.025, 0.235)
    offers = np.array(data["subvented"]["rates"])
    offered = offers[rng.integers(0, len(offers), len(segment))]
    takes = (segment == PRIME_NEW) & (rng.random(len(segment)) < data["subvented"]["share"])
    return rounded(np.where(takes, offered, rate) * RATE_UNIT)


def _draw_pti(rng: np.random.Generator, segment: Ints, score: Ints, data: dict[str, Any]) -> Ints:
    """Lower scores carry heavier instalments."""
    median = np.array([data["median"][name] for name in SEGMENTS])[segment]
    tilt = np.clip((700 - score) / 1000, -0.2, 0.2)
    pti = median * np.exp(tilt + data["spread"] * rng.standard_normal(len(segment)))
    return rounded(np.clip(pti, 0.01, 0.5) * 1_000_000)


def between(rng: np.random.Generator, bounds: list[float], n: int) -> Floats:
    """Numbers spread evenly between two bounds."""
    low, high = bounds
    return rng.uniform(low, high, n)


def whole_between(rng: np.random.Generator, bounds: list[int], n: int) -> Ints:
    """Whole numbers spread evenly between two bounds, both of them possible."""
    low, high = bounds
    return rng.integers(low, high, n, endpoint=True)


def rounded(number: Floats) -> Ints:
    """To the nearest whole number."""
    whole: Ints = np.rint(number).astype(np.int64)
    return whole
