"""The documents of a case in a real browser: they come in when looked at, and open for a reason."""

from __future__ import annotations

import re

import pytest
from browser.steps import enter, ready
from playwright.sync_api import Page, expect

LOAN = "A-08"


@pytest.mark.parametrize("width", [390, 1440])
def test_a_contract_is_added_found_by_kind_and_day_and_opened(
    page: Page, address: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    enter(page, address, "lead", at=f"/case/{LOAN}/files/")
    page.locator("summary", has_text="添加文件").click()
    page.get_by_label("类型").select_option("contract")
    page.get_by_label("提交人").select_option("debtor")
    name = f"购车合同{width}.pdf"
    page.locator("input[name=file]").set_input_files(
        files=[{"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.7 words"}]
    )
    page.get_by_role("button", name="存入文件库").click()

    page.goto(f"{address}/case/{LOAN}/")
    page.locator("#documents").scroll_into_view_if_needed()
    row = page.locator("[data-document=contract]", has_text=name)
    expect(row).to_contain_text("由债务人提交")
    page.locator("#documents-kind").select_option("letter")
    expect(row).to_be_hidden()
    page.locator("#documents-kind").select_option("contract")
    expect(row).to_be_visible()
    page.locator("#timeline-until").fill("2020-01-01")
    expect(page.locator("#documents")).to_contain_text("没有这样的文件")
    page.locator("#timeline-until").fill("")
    expect(row).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    row.locator("summary").click()
    row.locator("button[type=submit]").click()
    ready(page, at=re.compile(f"/case/{LOAN}/files/.+/.+/"))
    expect(page.get_by_role("heading", name=name)).to_be_visible()
