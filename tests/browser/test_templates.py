"""A template from its draft to the next message, by two people, at desk and phone width."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser.conftest import served
from browser.steps import enter, ready
from homes import Home
from playwright.sync_api import Browser, Page, expect

KIND, KINDER = "请在方便时尽快归还", "请在您方便时归还，谢谢"
PHONE = {"width": 390, "height": 844}
DRAFT = re.compile("/templates/reminder/2/$")


@pytest.fixture(scope="module")
def address(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A home of its own: what is approved here is sent to everybody."""
    folder = tmp_path_factory.mktemp("templates")
    with served(lived_in.copy_to(folder / "home"), folder, worker=False) as found:
        yield found


def test_words_go_from_a_draft_to_the_next_message(
    page: Page, address: str, browser: Browser
) -> None:
    enter(page, address, "lead", at="/templates/reminder/")
    page.get_by_role("button", name="起草新版本").click()
    ready(page, at=DRAFT)
    body = page.locator("[name='body_zh-CN']")
    words = body.input_value()
    assert KIND in words

    refuse_unknown_variable(browser, page, words)

    body.fill(words.replace(KIND, KINDER))
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存。")).to_be_visible()
    changes = page.locator("section", has=page.get_by_role("heading", name="变更内容"))
    expect(changes.locator("del")).to_have_count(1)
    expect(changes.locator("del")).to_contain_text(KIND)
    expect(changes.locator("ins")).to_contain_text(KINDER)

    page.locator("#propose-reason").fill("更客气")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_text("已提交，由另一人审批。")).to_be_visible()
    expect(page.locator("#approve-reason")).to_have_count(0)  # not by who wrote them
    expect(page.locator("[name='body_zh-CN']")).to_have_count(0)  # nor changed any more

    page.context.clear_cookies()
    enter(page, address, "compliance", at="/templates/reminder/2/")
    page.locator("#approve-reason").fill("同意")
    page.locator("form[action$='/approve/'] button").click()
    expect(page.get_by_text("已批准。")).to_be_visible()

    page.context.clear_cookies()
    enter(page, address, "lead", at="/case/A-03/")
    page.get_by_role("link", name="联系").click()
    dialog = page.get_by_role("dialog")
    ready(page)
    dialog.locator("#contact-template").select_option("reminder")
    expect(dialog.locator(".message-body")).to_contain_text(KINDER)
    ready(page)
    dialog.get_by_role("button", name="发送").click()
    expect(dialog.get_by_text("已发送").first).to_be_visible()
    dialog.locator("a[href*='/mail/']").click()
    expect(page.get_by_text(KINDER).first).to_be_visible()


def refuse_unknown_variable(browser: Browser, page: Page, words: str) -> None:
    """What cannot be sent is told; in a page of its own, as a browser complains of the refusal."""
    context = browser.new_context(storage_state=page.context.storage_state(), locale="zh-CN")
    other = context.new_page()
    other.goto(page.url)
    ready(other)
    body = other.locator("[name='body_zh-CN']")
    body.fill(words.replace("{name}", "{nickname}"))
    other.get_by_role("button", name="保存", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("nickname")
    expect(body).to_have_value(re.compile("nickname"))  # what was typed is not lost
    context.close()


def test_a_version_fits_a_phone(page: Page, address: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    enter(page, address, "lead")
    for path in ("/templates/", "/templates/formal_notice/", "/templates/reminder/?against=1"):
        page.goto(f"{address}{path}")
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
