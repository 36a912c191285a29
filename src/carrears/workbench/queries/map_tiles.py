"""A map of somebody's behind a drawing: tiles of 256 pixels in Web Mercator (EPSG:3857), z/x/y.

None is drawn unless the house names a server of tiles (``CARREARS_MAP_TILES``); the reader's
browser asks it, which tells the server roughly where the stops lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asinh, cos, floor, pi, radians, tan
from urllib.parse import urlsplit

from django.conf import settings

from carrears.parties.coordinates import wgs84_to_gcj02
from carrears.workbench.view_models.visits import Tile

TILE = 128.0  # units of a drawing that a tile takes: drawings are shown twice as large
MOST_ZOOM = 17
_EQUATOR_M = 40_075_016.686  # around WGS 84's equator, which Web Mercator rolls up


@dataclass(frozen=True, slots=True)
class TileServer:
    """Where tiles come from, whose they are, and by which coordinate system they are drawn."""

    template: str
    attribution: str
    crs: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, for the policy of the page."""
        parts = urlsplit(self.template)
        return f"{parts.scheme}://{parts.netloc}"

    def url(self, zoom: int, x: int, y: int) -> str:
        """The address of a tile."""
        values = {"{z}": zoom, "{x}": x, "{y}": y}
        address = self.template
        for name, value in values.items():
            address = address.replace(name, str(value))
        return address


@dataclass(frozen=True, slots=True)
class Background:
    """Where places lie in a drawing, the tiles under them, and the metres of one unit."""

    points: tuple[tuple[float, float], ...]
    tiles: tuple[Tile, ...]
    metres: float


def tile_server() -> TileServer | None:
    """The one that the house named; None: no map is asked."""
    if not settings.MAP_TILES:
        return None
    return TileServer(settings.MAP_TILES, settings.MAP_ATTRIBUTION, settings.MAP_CRS)


def background(
    server: TileServer,
    places: Sequence[tuple[float, float]],
    *,
    size: tuple[float, float],
    inner: tuple[float, float],
) -> Background:
    """Put places (degrees of WGS 84) on tiles, as large as fits ``inner``, in the middle."""
    shown = [wgs84_to_gcj02(*one) if server.crs == "GCJ-02" else one for one in places]
    zoom = max((one for one in range(MOST_ZOOM + 1) if _fits(shown, one, inner)), default=0)
    at = [_on_map(lat, lon, zoom) for lat, lon in shown]
    left = (min(x for x, _ in at) + max(x for x, _ in at) - size[0]) / 2
    top = (min(y for _, y in at) + max(y for _, y in at) - size[1]) / 2
    most = 2**zoom
    tiles = [
        Tile(
            x=round(x * TILE - left, 1),
            y=round(y * TILE - top, 1),
            size=TILE,
            url=server.url(zoom, x % most, y),
        )
        for y in range(max(0, floor(top / TILE)), min(most - 1, floor((top + size[1]) / TILE)) + 1)
        for x in range(floor(left / TILE), floor((left + size[0]) / TILE) + 1)
    ]
    middle = radians(sum(lat for lat, _ in shown) / len(shown))
    return Background(
        points=tuple((round(x - left, 1), round(y - top, 1)) for x, y in at),
        tiles=tuple(tiles),
        metres=_EQUATOR_M * cos(middle) / (TILE * most),
    )


def _fits(places: Sequence[tuple[float, float]], zoom: int, inner: tuple[float, float]) -> bool:
    at = [_on_map(lat, lon, zoom) for lat, lon in places]
    wide = max(x for x, _ in at) - min(x for x, _ in at)
    high = max(y for _, y in at) - min(y for _, y in at)
    return wide <= inner[0] and high <= inner[1]


def _on_map(lat: float, lon: float, zoom: int) -> tuple[float, float]:
    """Units from the map's north-west corner."""
    whole = TILE * 2**zoom
    return (lon + 180) / 360 * whole, (1 - asinh(tan(radians(lat))) / pi) / 2 * whole
