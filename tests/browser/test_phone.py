"""A phone: nothing is wider than it, also once it was turned, and one sees where one is."""

from __future__ import annotations

import pytest
from browser.steps import enter, ready
from playwright.sync_api import Page, expect

TURNED, UPRIGHT = {"width": 844, "height": 390}, {"width": 390, "height": 844}


@pytest.mark.parametrize("path", ["/", "/compliance/"])
def test_charts_give_way_as_a_phone_is_turned(page: Page, address: str, path: str) -> None:
    page.set_viewport_size(TURNED)
    enter(page, address, "compliance", at=path)
    canvas = page.locator("[data-chart] canvas").first
    expect(canvas).to_be_attached()
    wide = canvas.evaluate("one => one.clientWidth")

    page.set_viewport_size(UPRIGHT)

    page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    assert canvas.evaluate("one => one.clientWidth") < wide
    page.set_viewport_size(TURNED)
    page.wait_for_function(f"document.querySelector('[data-chart] canvas').clientWidth === {wide}")


def test_the_bar_of_places_shows_where_one_is(page: Page, address: str) -> None:
    page.set_viewport_size(UPRIGHT)
    enter(page, address, "compliance", at="/queue/")
    bar = page.locator(".bottombar")
    assert bar.evaluate("one => one.scrollWidth > one.clientWidth")
    expect(bar.locator("[aria-current]")).to_be_in_viewport(ratio=1)

    page.goto(f"{address}/evidence/")
    ready(page)

    expect(bar.locator("[aria-current]")).to_be_in_viewport(ratio=1)
    page.goto(f"{address}/people/")
    ready(page)
    for row in page.locator(".bottombar, .tabs-row").all():
        expect(row.locator("[aria-current]")).to_be_in_viewport(ratio=1)
