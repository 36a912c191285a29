"""What a person does on most journeys."""

from __future__ import annotations

from playwright.sync_api import Page, expect

PASSWORD = "carrears-demo"


def sign_in(page: Page, address: str, username: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.locator("input[name=username]").first.fill(username)
    page.locator("input[name=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="登录").first.click()
    expect(page.get_by_role("heading", name="总览")).to_be_visible()
