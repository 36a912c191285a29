"""A passkey is added, used after the password and instead of it, by a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import served
from browser.steps import PASSWORD, ready, sign_in
from homes import Home
from playwright.sync_api import Page, expect


@pytest.fixture(scope="module")
def door(peopled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house with people and without a book; passkeys need a name, not an address."""
    folder: Path = tmp_path_factory.mktemp("door")
    home = peopled_home.copy_to(folder / "home")
    with served(home, folder, worker=False) as found:
        yield found.replace("127.0.0.1", "localhost")


def give_authenticator(page: Page) -> None:
    """Let the browser have an authenticator that its owner opens at once."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_signs_in_without_a_password(page: Page, door: str) -> None:
    give_authenticator(page)
    sign_in(page, door, "compliance")
    page.goto(f"{door}/account/passkeys/add/")
    page.locator("main input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="确认").click()
    ready(page, f"{door}/account/passkeys/add/")
    page.get_by_role("button", name="添加通行密钥").click()
    ready(page, f"{door}/account/codes/")
    page.goto(f"{door}/account/")
    expect(page.get_by_role("link", name="移除")).to_have_count(1)

    page.context.clear_cookies()
    page.goto(f"{door}/sign-in/")
    ready(page)
    page.get_by_role("button", name="用通行密钥登录").click()
    expect(page.get_by_role("heading", name="总览")).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{door}/sign-in/")
    page.locator("input[name=username]").first.fill("compliance")
    page.locator("input[name=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).first.click()
    ready(page, f"{door}/sign-in/factor/")
    page.get_by_role("button", name="改用通行密钥").click()
    expect(page.get_by_role("heading", name="总览")).to_be_visible()


def test_without_a_passkey_it_is_said(page: Page, door: str) -> None:
    give_authenticator(page)
    page.goto(f"{door}/sign-in/")
    ready(page)
    expect(page.locator("[data-passkey-failed]")).to_be_hidden()
    page.get_by_role("button", name="用通行密钥登录").click()

    expect(page.locator("[data-passkey-failed]")).to_be_visible()
