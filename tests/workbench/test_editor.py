"""The editor of decision tables in a real browser, on sample drafts."""

from __future__ import annotations

from collections.abc import Iterator

import chromium
import pytest
from playwright.sync_api import Browser, Page, expect
from workbench.preview import listen, serve

pytestmark = [pytest.mark.browser, chromium.needs_it]
FIRST = "cell:treatment:{row}:in_stage"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serve() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """A page that must not make the browser complain of anything."""
    context = browser.new_context(base_url=base, locale="zh-CN")
    page = context.new_page()
    complaints: list[str] = []
    listen(page, complaints)
    yield page
    context.close()
    assert complaints == []


def cell(row: int) -> str:
    """A selector of the first condition of a rule, counted from 0."""
    return f'[id="{FIRST.format(row=row)}"]'


def test_a_cell_is_typed_left_with_the_keyboard_and_taken_back(page: Page) -> None:
    page.goto("/strategy/draft/1/")
    page.locator(cell(1)).fill("'mid'")
    page.keyboard.press("Enter")
    expect(page.locator(cell(2))).to_be_focused()
    expect(page.locator("[data-status]")).to_have_text("已保存")
    expect(page.locator(cell(1))).to_have_value("'mid'")

    page.keyboard.press("Control+z")
    expect(page.locator(cell(1))).to_have_value("!= 'current'")
    page.keyboard.press("Control+y")
    expect(page.locator(cell(1))).to_have_value("'mid'")


def test_what_is_being_typed_outlives_the_answer_of_a_check(page: Page) -> None:
    page.goto("/strategy/draft/1/")
    page.locator(cell(0)).fill("'mid'")
    with page.expect_response("**/check/"):
        page.locator(cell(1)).focus()
        page.keyboard.type("x")
        typed = page.locator(cell(1)).input_value()
    expect(page.get_by_text("可以用于全部贷款。")).to_be_visible()
    expect(page.locator(cell(1))).to_be_focused()
    expect(page.locator(cell(1))).to_have_value(typed)


def test_a_fault_stands_at_its_cell_and_its_line_leads_there(page: Page) -> None:
    fault = '{"node": "处置 treatment", "row": 20, "column": "阶段 stage", "reason": "no"}'
    answer = f'{{"revision": 3, "faults": [{fault}]}}'
    page.route(
        "**/check/", lambda route: route.fulfill(content_type="application/json", body=answer)
    )
    page.goto("/strategy/draft/1/")
    expect(page.locator(cell(19))).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".cell-fault")).to_have_text("no")

    page.get_by_role("button", name="处置 treatment · 规则 20 · 阶段 stage: no").click()
    expect(page.locator(cell(19))).to_be_focused()


def test_of_ten_thousand_rules_few_are_shown_and_each_is_reached(page: Page) -> None:
    page.goto("/strategy/draft/10000/")
    expect(page.locator("tr:has(.rule-head)")).to_have_count(50)
    page.get_by_label("跳到第几条").fill("150")
    page.keyboard.press("Enter")
    expect(page.locator(cell(149))).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(cell(150))).to_be_focused()
    expect(page.get_by_text("第 151–200 条，共 10000 条")).to_be_visible()

    page.get_by_role("button", name="加规则").click()
    expect(page.locator(cell(10000))).to_be_focused()
