"""Every screen that a person can reach by links, held against WCAG 2.2 AA by axe.

Each role walks from the dashboard along all links, one page for each name that addresses have, on
a desk and on a phone. Axe finds what a machine can find (contrast, names, roles, targets); the
rest is for eyes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from browser.conftest import PATIENCE_MS
from browser.steps import PASSWORD, ready, sign_in
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page, expect

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
ROLES = ("collector", "lead", "strategy", "compliance", "operator", "auditor", "admin", "agency")
# What is no page: files, and what ends the walk.
FILES = (".csv", ".pdf", ".json", ".xlsx", ".zip", ".txt")
ENOUGH = 60  # names of pages
ENDS = ("sign-out", "static", "api")
# What follows the width (ResizeObserver) is done once a second frame begins.
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_FOUND = """
async (tags) => {
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return found.violations.flatMap((each) =>
    each.nodes.map((node) => `${each.id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}`));
}
"""


@pytest.mark.skipif(not AXE.exists(), reason="the front end's packages are not installed")
def test_what_each_role_can_reach_is_accessible(browser: Browser, address: str) -> None:
    known: set[str] = set()
    found: list[str] = []
    for role in ROLES:
        page = sign_in_as(browser, address, role)
        for name in walk(page, address, known):
            found += [f"{name} as {role}, {said}" for said in on_each_width(page)]
        page.context.close()
    assert len(known) > ENOUGH, "the walk has lost its way"
    assert not found, "\n".join(found)


def sign_in_as(browser: Browser, address: str, username: str) -> Page:
    page = browser.new_context(locale="zh-CN").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{address}/sign-in/")
    page.locator("input[name=username]").first.fill(username)
    page.locator("input[name=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="登录").first.click()
    ready(page, re.compile("^(?!.*/sign-in/)"))
    return page


def on_each_width(page: Page) -> Iterator[str]:
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        page.evaluate(_DRAWN)
        for said in violations(page):
            yield f"{page.url} on a {width}: {said}"


def walk(page: Page, address: str, known: set[str]) -> Iterator[str]:
    """Go to one page of each name that nobody has looked at yet; the name, once it is there."""
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        name = name_of(path)
        if name in known and path != "/":
            continue
        if not go(page, f"{address}{path}"):
            continue
        waiting += [link for link in links_of(page) if name_of(link) not in known | {"", name}]
        if name not in known:
            known.add(name)
            yield name


def name_of(path: str) -> str:
    """The name of an address, empty of what is no page."""
    plain = urlsplit(path).path
    try:
        found = resolve(plain)
    except Resolver404:
        return ""
    is_file = plain.endswith(FILES) or any(end in plain.split("/") for end in ENDS)
    return "" if is_file else found.view_name


def go(page: Page, url: str) -> bool:
    """Whether the address is a page, which is there then and has settled."""
    answer: Any = page.context.request.head(url)
    if not answer.ok:
        answer = page.context.request.get(url)
    if "text/html" not in answer.headers.get("content-type", ""):
        return False
    page.goto(url)
    ready(page)
    return True


def links_of(page: Page) -> list[str]:
    """The addresses of this site to which links of the page lead."""
    links: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])",
        "found => found.filter(a => a.origin === location.origin).map(a => a.pathname + a.search)",
    )
    return list(dict.fromkeys(links))


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    said: list[str] = page.evaluate(_FOUND, TAGS)
    return said


@pytest.mark.skipif(not AXE.exists(), reason="the front end's packages are not installed")
@pytest.mark.parametrize(("language", "colours"), [("zh-hans", "light"), ("en", "dark")])
def test_what_opens_on_a_case_is_accessible(
    browser: Browser, address: str, language: str, colours: Literal["light", "dark"]
) -> None:
    context = browser.new_context(locale="zh-CN", color_scheme=colours)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    sign_in(page, address, "lead")
    case = until_recorded(page, address)
    context.add_cookies([{"name": "django_language", "value": language, "url": address}])
    found: list[str] = []
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        page.goto(case)
        ready(page)
        open_forms(page)
        found += [f"opened, on a {width}: {said}" for said in violations(page)]
        openers = page.locator("main [data-dialog-open]:visible")
        for opener in openers.all():
            opener.click()
            ready(page)
            found += [f"dialog, on a {width}: {said}" for said in violations(page)]
            page.keyboard.press("Escape")
    context.close()
    assert not found, "\n".join(found)


def until_recorded(page: Page, address: str) -> str:
    """A case on which is told what was recorded of a call: one that others made, else one made now.

    Cases that others called as often as the gate allows are passed over.
    """
    line = page.locator(".recording-line .text-link")
    page.goto(f"{address}/queue/")
    ready(page)
    links = [one for one in links_of(page) if re.fullmatch(r"/case/[^/]+/", one)]
    for case in (f"{address}{one}" for one in links):
        page.goto(case)
        ready(page)
        if line.count():
            return case
        call = page.locator("[data-number]").get_by_role("button", name="拨打")
        is_free = page.locator("[data-holder]").count() == 0
        if is_free and call.count() and call.first.is_enabled():
            call.first.click()
            expect(page.locator("[data-open-call]")).to_have_count(1)
            break
    else:
        pytest.fail("no case can be called")
    for _ in range(20):
        page.goto(case)  # leaves the page, and so sends what it recorded
        ready(page)
        if line.count():
            return case
        page.wait_for_timeout(500)
    pytest.fail("nothing was recorded of a call from the case")


def open_forms(page: Page) -> None:
    """Open all that is folded up, and each form that asks why one looks at a value."""
    page.eval_on_selector_all("main details", "found => found.forEach(one => { one.open = true })")
    eyes = page.locator("[data-reveal]:visible")
    assert eyes.count() > 0
    for eye in eyes.all():
        eye.click()
    ready(page)
    expect(page.locator(".reveal-why")).to_have_count(eyes.count())
    # What lies under the bar at the top of a page that was scrolled is no smaller for it.
    page.evaluate("() => scrollTo(0, 0)")
    page.evaluate(_DRAWN)
