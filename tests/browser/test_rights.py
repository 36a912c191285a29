"""A person's word, and a person's appeal, in a real browser."""

from __future__ import annotations

import re
from datetime import timedelta

from browser.steps import enter, ready
from playwright.sync_api import Page, expect

from carrears.clock import local_day, now

_LOAN = "A-08"


def test_a_consent_is_recorded_and_taken_back(page: Page, address: str) -> None:
    enter(page, address, "compliance", at=f"/case/{_LOAN}/consents/new/")
    page.get_by_label("表示", exact=True).select_option("yes")
    page.locator("input[name=text]").first.check()
    page.get_by_role("button", name="登记同意或撤回").click()
    ready(page, at=re.compile(r"/consents/$"))
    given = page.locator("tr", has_text="同意").filter(has=page.get_by_role("link", name="已撤回"))
    words = page.locator("tbody tr").count()
    expect(given.first).to_be_visible()

    given.first.get_by_role("link", name="已撤回").click()
    ready(page, at=re.compile(r"word=no"))
    expect(page.get_by_label("表示", exact=True)).to_have_value("no")
    page.get_by_role("button", name="登记同意或撤回").click()
    ready(page, at=re.compile(r"/consents/$"))
    expect(page.locator("tbody tr")).to_have_count(words + 1)
    expect(page.get_by_text("已被取代").first).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("拒绝或撤回")


def test_an_appeal_is_judged_by_another_who_decides_a_milder_treatment(
    page: Page, address: str
) -> None:
    enter(page, address, "lead", at=f"/compliance/rights/new/?loan_no={_LOAN}")
    page.get_by_label("请求事项").select_option("appeal")
    page.get_by_label("请求内容").fill("我已住院，请由人工处理")
    page.get_by_role("button", name="登记请求").click()
    ready(page, at=re.compile(r"/rights/\d+/$"))
    there = page.url
    expect(page.locator("[data-contested]")).to_be_visible()
    # Who wrote it down does not judge it.
    expect(page.locator("[data-step=change]")).to_have_count(0)

    page.context.clear_cookies()
    enter(page, address, "compliance", at=there.removeprefix(address))
    change = page.locator("[data-step=change]")
    change.locator("summary").click()
    milder = change.locator("#change-treatment option").last.get_attribute("value")
    change.locator("#change-treatment").select_option(milder)
    until = local_day(now(), "Asia/Shanghai") + timedelta(days=30)
    change.locator("#change-until_on").fill(until.isoformat())
    change.locator("#change-text").fill("住院期间暂停催收，由专人联系")
    change.get_by_role("button").click()
    ready(page, at=there)
    expect(page.locator("[data-course=change]")).to_contain_text("住院期间暂停催收")
    expect(page.locator("[data-contested]")).to_contain_text("由人改定处置")

    page.goto(f"{address}/case/{_LOAN}/")
    expect(page.get_by_text("由人决定").first).to_be_visible()
