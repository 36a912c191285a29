"""Calls and overrides as people make them: the collector, his colleague, and a second person."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser.conftest import served
from browser.steps import enter, ready
from homes import Home
from playwright.sync_api import Browser, Locator, Page, expect

PATIENCE_MS = 120_000


@pytest.fixture(scope="module")
def address(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A home of these tests alone: how often a person may still be called depends on who called."""
    folder = tmp_path_factory.mktemp("calls")
    with served(lived_in.copy_to(folder / "home"), folder, worker=False) as found:
        yield found


def open_case(page: Page, address: str, loan_no: str) -> Locator:
    page.goto(f"{address}/case/{loan_no}/")
    ready(page)
    return page.locator("#calls")


def another(browser: Browser) -> Page:
    """Somebody else's browser, with a session of its own."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def test_a_call_is_booked_dialled_and_told_of(page: Page, address: str) -> None:
    enter(page, address, "lead")
    desk = open_case(page, address, "A-04")
    number = desk.locator("[data-number]").first
    expect(number.locator("[data-verdict=allow]")).to_be_visible()  # before anything is dialled

    number.get_by_role("button", name="拨打").click()
    dial = desk.locator("a[href^='tel:']")
    expect(dial).to_be_visible()
    assert re.fullmatch(r"tel:\d+", dial.get_attribute("href") or "")
    expect(page.locator("[data-waiting='workbench:open-calls']")).to_be_visible()
    ready(page)
    page.goto(f"{address}/calls/")
    page.locator("a.row-link", has_text="A-04").click()
    ready(page, at=re.compile("/case/A-04/"))

    call = page.locator("[data-open-call]")
    call.get_by_label("结果", exact=True).select_option("relative")
    call.get_by_label("备注").fill("家人接听，称本人出差")
    call.get_by_role("button", name="保存结果").click()
    expect(page.locator(".timeline", has_text="家人接听，称本人出差").first).to_be_visible()
    expect(page.locator("[data-open-call]")).to_have_count(0)
    expect(page.locator(".timeline", has_text="家人接听或在场").first).to_be_visible()


def test_a_colleague_used_the_last_permitted_call_meanwhile(
    page: Page, browser: Browser, address: str
) -> None:
    enter(page, address, "lead")
    mine = open_case(page, address, "A-05")
    expect(mine.locator("[data-number] [data-verdict=allow]")).to_be_visible()

    colleague = another(browser)
    enter(colleague, address, "lead")
    other = open_case(colleague, address, "A-05")
    other.get_by_role("button", name="拨打").click()
    expect(other.locator("a[href^='tel:']")).to_be_visible()
    colleague.context.close()

    mine.get_by_role("button", name="拨打").click()
    expect(mine.get_by_text("未登记，没有拨打。")).to_be_visible()
    expect(mine.locator("#call-refused .verdict")).to_contain_text("CN-10b")
    expect(mine.locator("a[href^='tel:']")).to_have_count(0)


def test_two_people_let_a_second_call_go(page: Page, browser: Browser, address: str) -> None:
    enter(page, address, "lead")
    desk = open_case(page, address, "A-06")
    desk.locator("[data-number]").first.get_by_role("button", name="拨打").click()
    expect(desk.locator("a[href^='tel:']")).to_be_visible()
    ready(page)
    desk.locator("[data-number] [data-ask] summary").first.click()
    desk.get_by_label("为何仍应联系").fill("客户要求十分钟后回电")
    desk.locator("[data-ask]").get_by_role("button", name="申请放行").click()
    expect(desk.locator("[data-override]")).to_contain_text("待审批")
    ready(page)
    desk.locator("[data-override] a").click()
    ready(page, at=re.compile(r"/overrides/\d+/"))
    expect(page.get_by_text("须由他人审批")).to_be_visible()
    expect(page.get_by_role("button", name="放行", exact=True)).to_have_count(0)

    officer = another(browser)
    enter(officer, address, "compliance")
    expect(officer.locator("[data-waiting='workbench:overrides']")).to_have_text("1")
    officer.goto(f"{address}/overrides/?state=asked")
    officer.locator("a.row-link", has_text="A-06").click()
    ready(officer, at=re.compile(r"/overrides/\d+/"))
    expect(officer.locator("[data-verdict=review]")).to_contain_text("CN-10b")
    officer.get_by_label("原因").fill("录音里客户确有要求")
    officer.get_by_role("button", name="放行", exact=True).click()
    ready(officer, at=re.compile(r"/overrides/$"))
    officer.context.close()

    desk = open_case(page, address, "A-06")
    desk.get_by_role("button", name="凭此放行拨打").click()
    expect(desk.locator("a[href^='tel:']")).to_be_visible()
    expect(desk.locator("[data-open-call]")).to_have_count(2)
