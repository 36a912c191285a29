"""Tiles beneath the way of a day: off by default, from one named server, where they belong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from math import hypot
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from factories import make_user
from hypothesis import given
from hypothesis import strategies as st
from workbench.test_visits_route import day, place, visited

from carrears.parties.coordinates import wgs84_to_gcj02
from carrears.workbench.queries.map_tiles import MOST_ZOOM, TILE, TileServer, background

SERVER = TileServer("https://tiles.example:8443/{z}/{x}/{y}.png?k=1", "© somebody", "WGS-84")
SIZE, INNER = (360.0, 270.0), (296.0, 176.0)
PLACES = st.lists(st.tuples(st.floats(-60, 60), st.floats(-170, 170)), min_size=1, max_size=6)


def test_a_place_lies_on_the_tile_that_the_world_knows() -> None:
    # The example of the OpenStreetMap wiki, "Slippy map tilenames": zoom 17, London.
    found = background(SERVER, [(51.51202, 0.02435)], size=SIZE, inner=INNER)
    [(x, y)] = found.points
    [under] = [
        one for one in found.tiles
        if one.x <= x < one.x + TILE and one.y <= y < one.y + TILE
    ]  # fmt: skip
    assert under.url == f"https://tiles.example:8443/{MOST_ZOOM}/65544/43582.png?k=1"


@given(places=PLACES)
def test_tiles_cover_the_drawing_and_places_fit_it(places: list[tuple[float, float]]) -> None:
    found = background(SERVER, places, size=SIZE, inner=INNER)
    assert len(found.tiles) <= 16
    if re.search(r"/0/0/0\.png", found.tiles[0].url) is None:
        for x, y in found.points:
            assert 31.9 <= x <= SIZE[0] - 31.9
            assert 46.9 <= y <= SIZE[1] - 46.9
    left, right = min(one.x for one in found.tiles), max(one.x + TILE for one in found.tiles)
    assert left <= 0
    assert right >= SIZE[0]


def test_a_map_of_china_is_drawn_by_its_own_system() -> None:
    shanghai = (31.1774276, 121.5272106)
    theirs = background(
        TileServer(SERVER.template, "", "GCJ-02"), [shanghai], size=SIZE, inner=INNER
    )
    same = background(SERVER, [wgs84_to_gcj02(*shanghai)], size=SIZE, inner=INNER)
    assert theirs.tiles == same.tiles
    assert theirs.tiles != background(SERVER, [shanghai], size=SIZE, inner=INNER).tiles


def test_the_scale_is_that_of_the_map() -> None:
    north, south = (30.27, 120.15), (30.25, 120.15)
    found = background(SERVER, [north, south], size=SIZE, inner=INNER)
    (x, y), (other_x, other_y) = found.points
    assert hypot(x - other_x, y - other_y) * found.metres == pytest.approx(2224, rel=0.01)


@pytest.mark.django_db
def test_the_page_asks_nobody_unless_the_house_names_one(
    sign_in: Any, settings: LazySettings
) -> None:
    pair = (make_user(role="collector", username="li"), make_user(role="collector", username="w"))
    visited(1, pair, 16, **place(30.25, 120.17))
    address = f"/visits/route/?day={day(1, 0).date().isoformat()}"
    client = sign_in(pair[0], language="en")
    usual = client.get(address)
    assert "<image" not in usual.content.decode()
    assert "img-src 'self' data:;" in usual.headers["Content-Security-Policy"]

    settings.MAP_TILES, settings.MAP_ATTRIBUTION = SERVER.template, "© <Somebody>"
    shown = client.get(address)
    text = shown.content.decode()
    assert text.count('<image href="https://tiles.example:8443/17/') == len(
        shown.context["page"].drawing.tiles
    )
    assert "Map: © &lt;Somebody&gt;. tiles.example:8443 learns which part" in text
    assert (
        "img-src 'self' data: https://tiles.example:8443;"
        in shown.headers["Content-Security-Policy"]
    )
    other = client.get("/visits/").headers["Content-Security-Policy"]
    assert "tiles.example" not in other


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"CARREARS_MAP_TILES": "http://tiles.example/{z}/{x}/{y}"}, "CARREARS_MAP_TILES"),
        ({"CARREARS_MAP_TILES": "https://tiles.example/{z}/{x}"}, "CARREARS_MAP_TILES"),
        ({"CARREARS_MAP_TILES": "https://a;b/{z}/{x}/{y}"}, "CARREARS_MAP_TILES"),
        ({"CARREARS_MAP_TILES": "https://u:p@a/{z}/{x}/{y}"}, "CARREARS_MAP_TILES"),
        ({"CARREARS_MAP_TILES": "https://a/{z}/{x}/{y}"}, "CARREARS_MAP_ATTRIBUTION"),
        ({"CARREARS_MAP_CRS": "BD-09"}, "CARREARS_MAP_CRS"),
    ],
)
def test_a_server_that_cannot_be_is_refused_at_the_start(
    tmp_path: Path, told: dict[str, str], fault: str
) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", "import carrears.settings"],
        env=os.environ | {"CARREARS_HOME": str(tmp_path)} | told,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 1
    assert f"ImproperlyConfigured: {fault}" in asked.stderr
