"""One journey in a real browser: sign in, queue, case, send, and find it again."""

from __future__ import annotations

import re
from pathlib import Path

from browser.steps import enter, press_in_time, ready
from playwright.sync_api import Page, expect


def test_a_message_goes_from_the_queue_to_the_inbox_and_into_the_evidence(
    page: Page, address: str
) -> None:
    enter(page, address, "lead", at="/queue/")
    page.locator("a.row-link", has_text="A-03").click()
    ready(page, at=re.compile("/case/A-03/"))

    page.get_by_role("link", name="联系").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("允许").first).to_be_visible()  # the verdict comes first
    expect(dialog.get_by_text("CN-01").first).to_be_visible()
    ready(page)
    dialog.get_by_role("button", name="发送").click()
    expect(dialog.get_by_text("已发送").first).to_be_visible()

    dialog.locator("a[href*='/mail/']").click()
    expect(page.get_by_text("A-03").first).to_be_visible()
    expect(page.get_by_text("1,100.00").first).to_be_visible()

    page.context.clear_cookies()
    enter(page, address, "compliance", at="/evidence/")
    expect(page.get_by_text("message.sent").first).to_be_visible()


def test_a_blocked_message_says_why_and_cannot_be_sent(page: Page, address: str) -> None:
    enter(page, address, "lead", at="/case/A-07/")
    page.get_by_role("link", name="联系").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("CN-35").first).to_be_visible()
    expect(dialog.get_by_role("button", name="发送")).to_be_disabled()


def test_a_promise_and_a_note_are_on_the_timeline_at_once(page: Page, address: str) -> None:
    enter(page, address, "lead", at="/case/A-04/")
    page.locator("form[action*='/promise/'] input[name=amount]").fill("500")
    page.locator("form[action*='/promise/'] input[name=due_on]").fill("2026-07-05")
    page.get_by_role("button", name="登记承诺").click()
    expect(page.get_by_text("500.00").first).to_be_visible()
    ready(page)

    page.locator("form[action*='/note/'] textarea").fill("客户来电，周五还款")
    page.get_by_role("button", name="添加备注").click()
    expect(page.locator(".timeline", has_text="客户来电，周五还款").first).to_be_visible()


def test_a_figure_is_narrowed_drawn_and_taken_away(page: Page, address: str) -> None:
    enter(page, address, "lead")
    page.locator("#key-figures a.tile-link").first.click()  # worked out and swapped in by itself
    expect(page.get_by_role("heading", name="分析")).to_be_visible()
    ready(page)
    expect(page.locator("figure#flow-0 svg.plot-area")).to_be_visible()

    page.locator(".tabs-row").get_by_role("link", name="迁徙率", exact=True).click()
    heat = page.locator("table.heat-table")
    expect(heat.locator("tbody tr").first).to_contain_text("M0")
    ready(page)
    page.get_by_label("口径").select_option("loans")
    ready(page, at=re.compile("measure=loans"))
    page.get_by_label("起始月份").focus()
    page.get_by_label("起始月份").select_option("2026-06")
    expect(page).to_have_url(re.compile("from=2026-06"))
    expect(heat.locator("tbody tr").first).to_contain_text("42.9%")  # three of seven
    expect(page.get_by_label("起始月份")).to_be_focused()  # the change did not throw one out

    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert taken.value.suggested_filename == "roll-average-2026-06-2026-06.csv"
    rows = Path(taken.value.path()).read_text("utf-8-sig").splitlines()
    assert len(rows) == 1 + page.locator(".figure-table tbody tr").count()

    page.get_by_label("起始月份").select_option("2025-12")
    ready(page, at=re.compile("from=2025-12"))
    page.get_by_label("细分维度").select_option("dealer")
    ready(page, at=re.compile("by=dealer"))
    page.locator(".tabs-row").get_by_role("link", name="账龄分析").click()
    expect(page.get_by_label("细分维度")).to_have_value("dealer")
    page.locator("figure#vintage-0 summary").click()
    expect(page.locator("figure#vintage-0 details table")).to_be_visible()
    page.get_by_role("link", name="指标口径").first.click()
    expect(page.locator("#figure-vintage")).to_contain_text("曾逾期 30+")


def test_the_keyboard_finds_its_way(page: Page, address: str) -> None:
    enter(page, address, "lead")
    press_in_time(page, "g", "q")
    ready(page, at=f"{address}/queue/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/case/A-\d+/"))


def test_everything_is_also_in_english(page: Page, address: str) -> None:
    enter(page, address, "lead")
    page.locator("summary", has_text="账户、语言与主题").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
