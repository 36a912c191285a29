"""A collector works by the plan of the day and comes back on a day of his own; his lead sees it."""

from __future__ import annotations

import re

import pytest
from browser.steps import enter, ready
from playwright.sync_api import Browser, Page, expect

_CASE = re.compile(r"/case/[^/]+/$")
_QUEUE = re.compile(r"/queue/")


def test_a_plan_is_worked_and_seen_by_the_lead(page: Page, browser: Browser, address: str) -> None:
    enter(page, address, "collector", at="/queue/?flag=today")
    ready(page)
    day = page.locator("section", has=page.locator("#day-plan"))
    expect(day).to_contain_text("排得下")
    before = _done(day.inner_text())
    _open_a_free_case(page)

    page.get_by_text("改定跟进日", exact=True).click()
    form = page.locator("#follow-up-form")
    form.get_by_label("跟进日").fill("2026-07-06")
    form.get_by_label("不早于").fill("15:30")
    form.get_by_label("原因").fill("发薪日后再联系")
    form.get_by_role("button", name="保存跟进日").click()
    head = page.locator(".case-figures")
    expect(head).to_contain_text("2026-07-06 15:30")
    expect(head).to_contain_text("发薪日后再联系")
    expect(page.locator(".timeline", has_text="改定跟进日").first).to_be_visible()

    page.goto(f"{address}/queue/")
    ready(page)
    assert _done(day.inner_text()) == before + 1

    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    context.set_default_timeout(120_000)
    lead = context.new_page()
    enter(lead, address, "lead", at="/team/")
    ready(lead)
    expect(lead.locator("#sum-plan")).to_contain_text("当日计划")
    expect(lead.locator("#sum-over")).to_be_visible()
    lead.goto(f"{address}/allocation/pull-back/")
    expect(lead.get_by_text("长期未跟进")).to_be_visible()
    context.close()


def _open_a_free_case(page: Page) -> None:
    """Of today's plan the first that nobody else has before him: other tests leave some so."""
    rows = page.locator("[data-row]", has_text="今日计划").locator("a.row-link")
    for each in range(rows.count()):
        rows.nth(each).click()
        ready(page, at=_CASE)
        if page.locator("[data-holder]").count() == 0:
            return
        page.go_back()
        ready(page, at=_QUEUE)
    pytest.fail("somebody else has each case of the day's plan")


def _done(text: str) -> int:
    """The first number of “已完成 2 / 5”."""
    found = re.search(r"已完成\s*(\d+)", text)
    assert found is not None, text
    return int(found.group(1))
