"""What a person does on most journeys."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, expect

PASSWORD = "carrears-demo"
# Well within the half hour after which what is risky asks for the password again.
_SESSION_SECONDS = 600.0
_sessions: dict[tuple[str, str], tuple[float, Any]] = {}
_INSIDE = re.compile("^(?!.*/sign-in/)")
_BUSY = ".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added"


def enter(page: Page, address: str, username: str, *, at: str = "/") -> None:
    """Be at a page of the house as one of the demo's people, who need not sign in each time.

    For a while the session of the last time is used; the door itself has tests of its own.
    """
    signed_in, cookies = _sessions.get((address, username), (-_SESSION_SECONDS, []))
    if lasts := time.monotonic() - signed_in < _SESSION_SECONDS:
        page.context.add_cookies(cookies)
        page.goto(f"{address}{at}")
    if not lasts or "/sign-in/" in page.url:
        sign_in(page, address, username, at=at)
        _sessions[address, username] = time.monotonic(), page.context.cookies()
    ready(page)


def sign_in(page: Page, address: str, username: str, *, at: str = "/") -> None:
    """Sign in with the demo's password; be at a page then, else at the dashboard."""
    page.goto(f"{address}/sign-in/?next={quote(at)}")
    page.locator("input[name=username]").first.fill(username)
    page.locator("input[name=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="登录").first.click()
    ready(page, at=_INSIDE)


def ready(page: Page, at: str | re.Pattern[str] = "") -> None:
    """Wait until the page listens and nothing that it fetched is still to be put in place.

    What is seen may not listen yet: a browser paints before scripts run, and a part that was
    fetched before its own controls are wired. After a click that leads to another page, ``at``
    is the address there: until then the page that one leaves would answer.
    """
    if at:
        expect(page).to_have_url(at)
    expect(page.locator("html[data-ready]")).to_be_attached()
    expect(page.locator(_BUSY)).to_have_count(0)


def press_in_time(page: Page, *keys: str) -> None:
    """Press keys that must follow each other within a time, on a machine however busy.

    They come in one turn of the browser, since between two calls from outside it may be at
    work on something else for longer than a person would wait.
    """
    page.evaluate(
        """(keys) => {
            for (const key of keys)
                document.activeElement.dispatchEvent(
                    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        }""",
        list(keys),
    )


def draft_on(page: Page, address: str, title: str) -> None:
    page.goto(f"{address}/strategy/")
    page.get_by_label("用几个字说明改什么").fill(title)
    page.get_by_role("button", name="新建草稿").click()
    expect(page.get_by_text("可以用于全部贷款。")).to_be_visible()
    ready(page)


def cell(page: Page, row: int, column: str) -> Locator:
    """A cell of the treatment table; ``row`` counts from 0."""
    return page.locator(f'[id="cell:treatment:{row}:{column}"]')


def row_of(page: Page, rule: str) -> int:
    names = page.locator(".rule-head input")
    values = [names.nth(n).input_value() for n in range(names.count())]
    return values.index(rule)
