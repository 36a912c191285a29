"""Where a person may be, for the clock: by what was told, the state, and the area code.

A mobile number keeps its area code when its owner moves, and an address may be old, so where
they disagree every zone they point to counts (12 CFR 1006.6(b)(1)(i), comment 2).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import phonenumbers
from phonenumbers import timezone

from carrears.yamls import load_yaml

_STATES = Path(__file__).with_name("us_states.yaml")
_NANP = 1  # the numbering plan of North America, the one whose area codes tell a zone
_NOWHERE = 5  # a number that may be in more zones than this is in no place: toll-free and the like


def plausible_zones(*, declared: str, region: str, number: str, country: str) -> tuple[str, ...]:
    """The IANA zones in which a person may be; none when nothing is known.

    ``declared`` is a zone that was told, ``region`` a state of the United States as its two
    letters. A ``number`` without a country code follows the dialling plan of ``country``.
    """
    home = (declared,) if declared else us_states().get(region, ())
    return tuple(dict.fromkeys((*home, *_zones_of(number, country))))


def country_of(language: str) -> str:
    """Whose dialling plan the numbers of a person of this ``language`` follow."""
    return "US" if language.endswith("-US") else "CN"


def _zones_of(number: str, country: str) -> tuple[str, ...]:
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return ()
    if parsed.country_code != _NANP:
        return ()
    zones: tuple[str, ...] = timezone.time_zones_for_number(parsed)
    known = tuple(zone for zone in zones if zone != "Etc/Unknown")
    return known if len(known) <= _NOWHERE else ()


@cache
def us_states() -> Mapping[str, tuple[str, ...]]:
    """The zones of each state of the United States, by its two letters."""
    read = load_yaml(_STATES.read_text(encoding="utf-8"))
    return {state: tuple(zones) for state, zones in read.items()}
