"""Where an address is, in degrees, and by which coordinate system that was said.

Maps of mainland China are drawn in GCJ-02, which lies some hundred metres beside WGS 84, what
satellites tell. Its formula was never published; this one is that of the open implementations
(googollee/eviltransform), whose published pairs the tests hold it against: it agrees with them to
the metre. The way back is found by repetition. Outside the rectangle around China both are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt
from typing import Literal, get_args

Crs = Literal["WGS-84", "GCJ-02"]
SYSTEMS: tuple[str, ...] = get_args(Crs)

# The ellipsoid of Krasovsky 1940, which the formula is written for.
_AXIS_M, _ECCENTRICITY_2 = 6_378_245.0, 0.00669342162296594323
_NORTH, _SOUTH, _WEST, _EAST = 55.8271, 0.8293, 72.004, 137.8347
_ENOUGH = 1e-9  # degrees: less than a millimetre
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Degrees of latitude and longitude of a coordinate system."""

    lat: float
    lon: float
    crs: Crs

    def in_wgs84(self) -> tuple[float, float]:
        """The same place in degrees of WGS 84."""
        return gcj02_to_wgs84(self.lat, self.lon) if self.crs == "GCJ-02" else (self.lat, self.lon)


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Where a map of China shows a place."""
    if not (_SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST):
        return lat, lon
    north, east = _shift(lat, lon)
    return lat + north, lon + east


def gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """Which place a map of China shows there."""
    found_lat, found_lon = lat, lon
    for _ in range(_ROUNDS):
        shown_lat, shown_lon = wgs84_to_gcj02(found_lat, found_lon)
        off_lat, off_lon = lat - shown_lat, lon - shown_lon
        found_lat, found_lon = found_lat + off_lat, found_lon + off_lon
        if max(abs(off_lat), abs(off_lon)) < _ENOUGH:
            break
    return found_lat, found_lon


def _shift(lat: float, lon: float) -> tuple[float, float]:
    """How far GCJ-02 is from WGS 84 there, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    both = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + both
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + both
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    magic = 1.0 - _ECCENTRICITY_2 * sin(radians(lat)) ** 2
    root = sqrt(magic)
    metres_north = _AXIS_M * (1.0 - _ECCENTRICITY_2) / (magic * root)
    metres_east = _AXIS_M / root * cos(radians(lat))
    return north * 180.0 / (metres_north * pi), east * 180.0 / (metres_east * pi)
