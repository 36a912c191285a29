"""Where a person may be."""

from __future__ import annotations

import pytest

from carrears.clock import zone
from carrears.parties.places import plausible_zones, us_states

EAST, PACIFIC = "America/New_York", "America/Los_Angeles"


@pytest.mark.parametrize(
    ("told", "zones"),
    [
        ({}, ()),
        ({"declared": "Asia/Urumqi", "number": "13900000001"}, ("Asia/Urumqi",)),
        ({"region": "CA"}, (PACIFIC,)),
        ({"region": "TN"}, ("America/Chicago", EAST)),
        ({"region": "浙江"}, ()),
        ({"region": "CA", "number": "+1 212 555 0123"}, (PACIFIC, EAST)),
        ({"region": "CA", "number": "(212) 555-0123", "country": "US"}, (PACIFIC, EAST)),
        ({"region": "CA", "number": "+1 310 555 0123"}, (PACIFIC,)),
        # Toll-free numbers are at no place, and numbers of other countries tell no zone.
        ({"region": "CA", "number": "+1 800 555 0123"}, (PACIFIC,)),
        ({"region": "CA", "number": "+86 139 0000 0001"}, (PACIFIC,)),
        ({"region": "CA", "number": "no number"}, (PACIFIC,)),
        ({"declared": EAST, "number": "+13105550123"}, (EAST, PACIFIC)),
    ],
)
def test_plausible_zones(told: dict[str, str], zones: tuple[str, ...]) -> None:
    nothing = {"declared": "", "region": "", "number": "", "country": "CN"}
    assert plausible_zones(**(nothing | told)) == zones


def test_every_state_lies_in_zones_that_exist() -> None:
    assert len(us_states()) == 50 + 4  # and the capital, Guam, Puerto Rico, the Virgin Islands
    for zones in us_states().values():
        assert [zone(name).key for name in zones] == list(zones)
