"""A dispute in a real browser: raised from the case, answered, and told on the timeline."""

from __future__ import annotations

import re

from browser.steps import enter, ready
from playwright.sync_api import Page, expect


def test_a_dispute_stops_collection_until_it_is_answered(page: Page, address: str) -> None:
    loan = "A-08"
    enter(page, address, "lead", at=f"/case/{loan}/")
    page.locator(f"a[href='/case/{loan}/dispute/']").first.click()
    ready(page, at=re.compile("/dispute/"))
    page.get_by_label("争议事项").select_option("charges")
    page.locator(f"[data-loan='{loan}'] input[type=number]").fill("88.50")
    page.get_by_label("借款人的说法").fill("五月的罚息多算了")
    page.get_by_role("button", name="登记争议").click()
    ready(page, at=re.compile(r"/disputes/\d+/"))
    there = page.url
    expect(page.locator(f"tr[data-loan='{loan}']")).to_contain_text("88.50")
    expect(page.locator(f"tr[data-loan='{loan}']")).to_contain_text("已停催")

    page.locator("[data-step=answer] summary").click()
    page.get_by_label("处理结论").select_option("partly")
    page.get_by_label("答复内容").fill("多算部分已冲回")
    page.locator("[data-step=answer] button").click()
    expect(page.locator("[data-course=answer]")).to_be_visible()
    expect(page.locator(f"tr[data-loan='{loan}']")).to_contain_text("继续催收")

    page.goto(f"{address}/case/{loan}/")
    expect(page.locator(f"[data-dispute='{there.rstrip('/').split('/')[-1]}']")).to_be_visible()
    page.goto(f"{address}/disputes/?state=all")
    expect(page.get_by_role("link", name=re.compile("费用或罚息"))).to_be_visible()
