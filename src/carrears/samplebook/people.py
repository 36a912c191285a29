"""People to talk to, all invented: obligors, co-obligors, guarantors, contact persons.

What a person is like depends only on the seed and on his serial number, so the same person
comes out whatever list he is in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from carrears.samplebook import identity
from carrears.samplebook.calibration import read_data
from carrears.samplebook.files import TapeWriter
from carrears.samplebook.market import Market, load_market
from carrears.samplebook.measure import Flags, Floats, Ints
from carrears.samplebook.tables import pick

ROLES = ("obligor", "co_obligor", "guarantor", "contact")
_SUFFIXES = ("", "-C", "-G", "-K")
_ADULT_DAYS = (-9_000, 12_000)  # born between 1945 and 2002
_WHOLE = 2**53


@dataclass(frozen=True)
class Borrowers:
    """Loans and who owes them.

    ``obligor`` and ``car`` are serials below 2^61 that say who is who; ``region`` indexes
    ``regions``; ``place`` is a city of the market, -1 where it has none.
    """

    loan_nos: pa.Array
    obligor_nos: pa.Array
    obligor: Ints
    car: Ints
    model_year: Ints
    regions: tuple[str, ...]
    region: Ints
    place: Ints


def generate_people(
    out: Path,
    *,
    loan_nos: Sequence[str],
    obligor_nos: Sequence[str],
    regions: Sequence[str],
    seed: int,
    locale: str,
    file_format: str = "parquet",
) -> int:
    """Write invented people for given loans into ``out``; returns how many rows.

    One row for each person and loan. ``regions`` are provinces (zh-CN) or states (en-US),
    which set the time zone; one that is not known takes the country's default.

    Raises:
        ValueError: lists of different lengths, or a locale or format that is not known.
    """
    if not len(loan_nos) == len(obligor_nos) == len(regions):
        raise ValueError("loan_nos, obligor_nos and regions must have one entry for each loan")
    market = load_market(locale)
    names = tuple(dict.fromkeys(regions))
    region = np.array([names.index(name) for name in regions], np.int64).reshape(-1)
    obligor, car = _hashed(obligor_nos), _hashed(loan_nos)
    borrowers = Borrowers(
        loan_nos=pa.array(loan_nos, pa.string()),
        obligor_nos=pa.array(obligor_nos, pa.string()),
        obligor=obligor,
        car=car,
        model_year=2012 + (uniform(car, seed, "model year") * 14).astype(np.int64),
        regions=names,
        region=region,
        place=_find_places(market, names, region, obligor, seed),
    )
    with TapeWriter(out, file_format=file_format) as writer:
        writer.add("people", people_table(borrowers, market=market, seed=seed))
    return writer.rows["people"]


def _hashed(numbers: Sequence[str]) -> Ints:
    taken = [int.from_bytes(blake2b(n.encode(), digest_size=8).digest()) >> 3 for n in numbers]
    return np.array(taken, np.int64)


def _find_places(
    market: Market, names: tuple[str, ...], region: Ints, obligor: Ints, seed: int
) -> Ints:
    """A city in each loan's region, the same for all loans of an obligor; -1 for none."""
    place = np.full(len(region), -1, np.int64)
    chance = uniform(obligor, seed, "city")
    for number, name in enumerate(names):
        if name in market.regions:
            cities = np.flatnonzero(market.region_of == market.regions.index(name))
            here = region == number
            place[here] = cities[(chance[here] * len(cities)).astype(np.int64)]
    return place


def uniform(serial: Ints, seed: int, what: str) -> Floats:
    """Numbers in [0, 1) that depend on the serial, the seed and what they are for."""
    return (_noise(serial, seed, what) >> np.uint64(11)) / _WHOLE


def _noise(serial: Ints, seed: int, what: str) -> npt.NDArray[np.uint64]:
    """SplitMix64 (https://prng.di.unimi.it/splitmix64.c) over serials, keyed by the purpose."""
    key = blake2b(f"{seed}/{what}".encode(), digest_size=8).digest()
    z = serial.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(int.from_bytes(key))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def people_table(borrowers: Borrowers, *, market: Market, seed: int) -> pa.Table:
    """One row for each person and loan, by loan and role."""
    shares = read_data("assumptions.yaml")["people"]
    chosen = [np.ones(len(borrowers.obligor), bool)]
    chosen += [uniform(borrowers.obligor, seed, role) < shares[role] for role in ROLES[1:]]
    loan, role = np.nonzero(np.stack(chosen, axis=1))
    person = borrowers.obligor[loan] * 4 + role
    columns = {
        "party_no": _party_numbers(borrowers, loan, role),
        "loan_no": borrowers.loan_nos.take(pa.array(loan)),
        "role": pick(ROLES, role),
        **_COUNTRIES[market.locale](borrowers, market, seed, loan, person),
    }
    is_obligor = role == 0
    columns["email"] = _where(columns["email"], uniform(person, seed, "mail") < shares["has_email"])
    columns["plate"] = _where(columns["plate"], is_obligor)
    vin = identity.vins(
        borrowers.car[loan], borrowers.model_year[loan],
        (_noise(borrowers.car[loan], seed, "vin") >> np.uint64(8)).astype(np.int64),
    )  # fmt: skip
    columns["vin"] = _where(vin, is_obligor)
    for channel in ("email", "sms", "call"):
        name = f"consent_{channel}"
        columns[name] = pa.array(uniform(person, seed, name) < shares[name])
    columns["synthetic"] = pa.array(np.ones(len(loan), bool))
    return pa.table(columns)


def _party_numbers(borrowers: Borrowers, loan: Ints, role: Ints) -> pa.Array:
    return _join(borrowers.obligor_nos.take(pa.array(loan)), _taken(_SUFFIXES, role))


def _where(column: pa.Array, kept: Flags) -> pa.Array:
    return pc.if_else(pa.array(kept), column, pa.scalar(None, pa.string()))


def _join(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _taken(words: Sequence[str], place: Ints) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(place))


def _drawn(words: Sequence[str], chance: Floats) -> pa.Array:
    return _taken(words, (chance * len(words)).astype(np.int64))


def _whole(number: Floats) -> pa.Array:
    return pa.array(number.astype(np.int64)).cast(pa.string())


def _chinese(
    borrowers: Borrowers, market: Market, seed: int, loan: Ints, person: Ints
) -> dict[str, pa.Array]:
    data = read_data("people-zh-CN.yaml")
    draw = {what: uniform(person, seed, what) for what in _DRAWS}
    weight = np.cumsum([row[2] for row in data["surnames"]])
    surname = np.searchsorted(weight, draw["last"] * weight[-1], side="right")
    given = list(data["given"])
    second = _where(_drawn(given, draw["second"]), draw["two"] < data["two_signs_share"])
    region, place = borrowers.region[loan], borrowers.place[loan]
    cities = [*(f"{city}市" for city in market.cities), ""]
    regions = [_region_name(name, data["region_names"]) for name in borrowers.regions]
    # A municipality is its own city.
    own = np.array([n.endswith("市") for n in regions])[region]
    city = _where(_taken(cities, place % len(cities)), ~own)
    prefixes = [*market.plate_prefix, "京A"]
    return {
        "name": _join(
            _taken([row[0] for row in data["surnames"]], surname),
            _drawn(given, draw["first"]), second.fill_null(""),
        ),
        "id_no": identity.chinese_ids(person, _birthdays(draw["born"])),
        "phone": identity.chinese_mobiles(person),
        "email": _join(
            _taken([row[1] for row in data["surnames"]], surname),
            _whole((person % 10_000_000).astype(float)), "@example.com",
        ),
        "address": _join(
            _taken(regions, region), city.fill_null(""), "示例路",
            _whole(1 + draw["street"] * 998), "号", _whole(101 + draw["door"] * 1800), "室",
        ),
        "region": pick(borrowers.regions, region),
        "time_zone": pick((data["time_zone"],), np.zeros_like(loan)),
        "language": pick((data["language"],), np.zeros_like(loan)),
        "plate": _join(
            _taken(prefixes, place % len(prefixes)),
            identity.chinese_plate_serials(borrowers.car[loan]),
        ),
    }  # fmt: skip


_DRAWS = ("first", "second", "two", "last", "born", "street", "door")


def _region_name(name: str, special: dict[str, str]) -> str:
    return special.get(name, f"{name}省" if name else "")


def _birthdays(chance: Floats) -> Ints:
    low, high = _ADULT_DAYS
    return (low + chance * (high - low)).astype(np.int64)


def _american(
    borrowers: Borrowers, market: Market, seed: int, loan: Ints, person: Ints
) -> dict[str, pa.Array]:
    data: dict[str, Any] = read_data("people-en-US.yaml")
    draw = {what: uniform(person, seed, what) for what in _DRAWS}
    first, last = _drawn(data["first"], draw["first"]), _drawn(data["last"], draw["last"])
    region, place = borrowers.region[loan], borrowers.place[loan]
    cities = [*market.cities, "Sampletown"]
    default = (data["time_zone"], data["area_code"])
    states = [data["states"].get(name, default) for name in borrowers.regions]
    serial = _whole((person % 10_000_000).astype(float))
    return {
        "name": _join(first, " ", last),
        "id_no": identity.social_security_numbers(person),
        "phone": identity.fictional_us_phones(np.array([s[1] for s in states])[region], person),
        "email": _join(
            pc.utf8_lower(first), ".", pc.utf8_lower(last), ".", serial, "@example.com"
        ),
        "address": _join(
            _whole(1 + draw["street"] * 9998), " Example Street, ",
            _taken(cities, place % len(cities)), ", ", _taken(borrowers.regions, region), " 00000",
        ),
        "region": pick(borrowers.regions, region),
        "time_zone": pick(tuple(s[0] for s in states), region),
        "language": pick((data["language"],), np.zeros_like(loan)),
        "plate": identity.us_plates(borrowers.car[loan]),
    }  # fmt: skip


_COUNTRIES = {"zh-CN": _chinese, "en-US": _american}
