"""Two browsers ask for the next case in the same moment, and one opens what the other has."""

from __future__ import annotations

import re

from browser.steps import ready, sign_in
from playwright.sync_api import Browser, Page, expect

_CASE = re.compile(r"/case/[^/]+/$")
_PRESS = "document.querySelector(\"form[action$='/queue/next/']\").requestSubmit()"


def test_two_browsers_never_get_the_same_case(page: Page, browser: Browser, address: str) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    other = context.new_page()
    for one in (page, other):
        sign_in(one, address, "lead")
        one.goto(f"{address}/queue/")
        ready(one)
    for one in (page, other):
        one.evaluate(_PRESS)  # returns before the server has answered
    for one in (page, other):
        ready(one, at=_CASE)
    assert page.url != other.url
    context.close()


def test_who_opens_a_case_second_sees_who_has_it(
    page: Page, browser: Browser, address: str
) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    context.set_default_timeout(120_000)
    lead = context.new_page()
    sign_in(page, address, "collector")
    page.goto(f"{address}/queue/")
    ready(page)
    page.get_by_role("button", name="下一个案件").click()
    ready(page, at=_CASE)

    sign_in(lead, address, "lead")
    lead.goto(page.url)
    expect(lead.get_by_text("李催收正在查看此案")).to_be_visible()
    lead.get_by_role("button", name="接管", exact=True).click()
    expect(lead.locator(".timeline", has_text="组长接管").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("组长正在查看此案")).to_be_visible()
    context.close()
