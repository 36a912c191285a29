"""A colleague is named in a note by keyboard and by pointer, from what is offered."""

from __future__ import annotations

from browser.steps import enter, ready
from playwright.sync_api import Page, expect


def test_whom_a_note_names_is_chosen_from_what_is_offered(page: Page, address: str) -> None:
    enter(page, address, "lead", at="/case/A-04/")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/mentions/" in one.url else None)
    field = page.locator("#note-form textarea")
    offers = page.get_by_role("listbox")

    field.press_sequentially("请看 @审")
    expect(offers.get_by_role("option")).to_have_count(1)
    expect(offers.get_by_role("option", selected=True)).to_contain_text("审计")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-activedescendant", "offer-1")
    expect(page.get_by_role("status").filter(has_text="1 位同事")).to_be_attached()
    field.press("Enter")
    expect(field).to_have_value("请看 @审计 ")
    expect(offers).to_have_count(0)

    field.press_sequentially("@")
    expect(offers).to_be_visible()
    field.press("Escape")
    expect(offers).to_have_count(0)
    field.press_sequentially("compl")
    offers.get_by_role("option", name="合规官").click()
    expect(field).to_have_value("请看 @审计 @合规官 ")
    field.press_sequentially("a@audit")  # an address names nobody
    expect(offers).to_have_count(0)
    assert {one.partition("/mentions/")[2] for one in asked} == {""}

    page.get_by_role("button", name="添加备注").click()
    expect(page.locator(".timeline", has_text="已通知：auditor, compliance").first).to_be_visible()
    ready(page)
    page.context.clear_cookies()
    enter(page, address, "auditor", at="/notices/")
    expect(page.locator("main", has_text="A-04")).to_contain_text("有人提到您")
