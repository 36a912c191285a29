"""What is typed into the queue stands in no address of the browser, and back finds it again."""

from __future__ import annotations

import re

from browser.steps import ready, sign_in
from playwright.sync_api import Page, Request, Response, expect

_SEALED = re.compile(r"/queue/\?(\w+=[^&]*&)*s=[\w-]+$")


def test_a_name_typed_into_the_queue_is_in_no_address(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(_line(request)))
    sign_in(page, address, "lead")
    page.goto(f"{address}/queue/")
    ready(page)
    rows = page.locator("#queue-rows [data-row]")
    before = rows.count()
    page.locator("#queue-text").fill("A-03")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(_SEALED)
    narrowed = page.url
    page.locator("#queue-text").fill("没有这个人")
    expect(rows).to_have_count(0)
    expect(page).not_to_have_url(narrowed)
    with page.expect_response(_is_the_queue):  # what is left is sent again, and changes nothing
        page.locator("#queue-text").blur()
    ready(page)
    page.get_by_role("link", name="保存此视图").click()
    expect(page.locator("#view-dialog")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(narrowed)
    ready(page)
    page.reload()
    expect(page.locator("#queue-text")).to_have_value("A-03")
    expect(rows).to_have_count(1)
    page.locator("#queue-text").fill("")
    expect(rows).to_have_count(before)
    assert [one for one in asked if "q=" in one or "%E6%B2%A1" in one] == []


def _is_the_queue(answer: Response) -> bool:
    return answer.request.method == "POST" and answer.url.endswith("/queue/")


def _line(request: Request) -> str:
    return f"{request.url} {request.headers.get('referer', '')}"
