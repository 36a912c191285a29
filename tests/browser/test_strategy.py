"""A strategy from a manager's desk into force: edited, tried, submitted, approved, compared."""

from __future__ import annotations

import re

from browser.steps import cell, draft_on, enter, ready, row_of
from playwright.sync_api import Page, expect

TABLE = "处置 treatment"


def try_loan(page: Page, loan_no: str) -> str:
    """Decide a loan of the book; returns the rule of the treatment table that fired."""
    page.get_by_label("合同号", exact=True).fill(loan_no)
    with page.expect_response("**/try/"):
        page.get_by_role("button", name="从账册带入并决策").click()
    ready(page)
    expect(page.get_by_label("合同号", exact=True)).to_have_value(loan_no)
    expect(page.locator(".fired > li")).to_have_count(2)
    return page.locator(".fired > li").last.locator("> .mono").inner_text()


def test_a_strategy_is_edited_tried_submitted_approved_and_compared(
    page: Page, address: str
) -> None:
    enter(page, address, "strategy")
    draft_on(page, address, "前期优先")

    rule = try_loan(page, "A-03")
    expect(page.get_by_label("逾期天数", exact=True)).to_have_value("15")
    expect(page.locator(".bench-result ins")).to_have_count(0)

    rules = page.locator(".rule-head").count()
    page.get_by_role("button", name="加规则").click()
    cell(page, rules, "in_stage").fill("-")
    page.keyboard.press("Tab")
    fault = page.get_by_role("button", name=re.compile(f"{TABLE} · 规则 {rules + 1} · 阶段 stage"))
    fault.click()
    expect(cell(page, rules, "in_stage")).to_be_focused()
    expect(cell(page, rules, "in_stage")).to_have_attribute("aria-invalid", "true")
    cell(page, rules, "in_stage").fill("'late'")
    page.keyboard.press("Tab")
    expect(page.get_by_text("可以用于全部贷款。")).to_be_visible()
    expect(fault).to_have_count(0)

    cell(page, row_of(page, rule), "out_priority").fill("99")
    with page.expect_response("**/check/"):
        page.keyboard.press("Tab")
    assert try_loan(page, "A-03") == rule
    expect(page.locator(".bench-result ins")).to_have_text("99")
    changes = page.locator("#changes tbody tr")
    expect(changes).to_have_count(2)
    expect(changes.filter(has_text=rule).locator("ins")).to_have_text("99")

    page.locator("#submit-reason").fill("前期欠款先打电话")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_role("button", name="批准并发布")).to_have_count(0)
    draft = page.url

    page.context.clear_cookies()
    enter(page, address, "compliance", at=draft.removeprefix(address))
    expect(page.locator("#changes tbody tr").filter(has_text=rule)).to_contain_text("99")
    page.locator("#approve-reason").fill("同意")
    page.get_by_role("button", name="批准并发布").click()
    expect(page).to_have_url(f"{address}/strategy/")

    page.locator("tr", has_text="现行").get_by_role("link").first.click()
    expect(page.locator("#changes tbody tr")).to_have_count(2)
    expect(page.locator("#changes ins", has_text="99")).to_be_visible()


def test_whoever_may_not_draft_reads_and_cannot_edit(page: Page, address: str) -> None:
    enter(page, address, "compliance", at="/strategy/")
    expect(page.get_by_role("button", name="新建草稿")).to_have_count(0)
    page.locator("dl.facts a").first.click()
    expect(page.get_by_text("mid-31-ab")).to_be_visible()
    expect(page.locator("[data-editor]")).to_have_count(0)
