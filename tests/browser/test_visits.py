"""A visitor's day without a network: kept, killed in the middle, and sent whole afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import chromium
import psutil
import pytest
from browser.conftest import PATIENCE_MS, served
from browser.steps import ready, sign_in
from homes import Home
from playwright.sync_api import BrowserContext, Locator, Page, Playwright, expect, sync_playwright

_PHONE = {"width": 390, "height": 844}
_HERE = {"latitude": 30.2741, "longitude": 120.1551, "accuracy": 9}
_TOLD = """
import json
from carrears.cli import start_django
start_django()
from carrears.outreach.models import FieldVisit
from carrears.outreach.visit_steps import words_of
visit = FieldVisit.objects.get()
steps = visit.steps.select_related("visit__case", "stored")
print(json.dumps({"state": visit.state, "steps": [
    [one.kind, one.standing, one.position, one.stored.media_type if one.stored else "",
     words_of(one)] for one in steps.order_by("claimed_at")
]}))
"""
_ON_THE_PHONE = """() => new Promise((resolve) => {
    const request = indexedDB.open("carrears-visits", 1);
    request.onsuccess = () => {
        const days = request.result.transaction("days").objectStore("days").getAll();
        const outbox = request.result.transaction("outbox").objectStore("outbox").getAll();
        const keys = request.result.transaction("keys").objectStore("keys").getAll();
        keys.onsuccess = () => resolve({
            days: days.result.length,
            outbox: outbox.result.length,
            extractable: keys.result.map((one) => one.key.extractable),
            clear: days.result.concat(outbox.result).map((one) => new TextDecoder().decode(
                one.sealed.data) + JSON.stringify(one)).join(""),
        });
    };
})"""


@pytest.fixture(scope="module")
def home(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return lived_in.copy_to(tmp_path_factory.mktemp("visits") / "home")


@pytest.fixture(scope="module")
def address(home: Home) -> Iterator[str]:
    with served(home, home.folder.parent, worker=False) as found:
        yield found


@pytest.fixture(scope="module")
def play() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


def phone(play: Playwright, folder: Path) -> BrowserContext:
    """A phone that keeps what it has in a folder, and lets pages know where it is."""
    context = play.chromium.launch_persistent_context(
        folder,
        executable_path=chromium.PROGRAM,
        args=chromium.FLAGS,
        locale="zh-CN",
        viewport=_PHONE,  # type: ignore[arg-type]
        has_touch=True,
        geolocation=_HERE,  # type: ignore[arg-type]
        permissions=["geolocation"],
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return context


@contextmanager
def carrying(play: Playwright, folder: Path) -> Iterator[BrowserContext]:
    context = phone(play, folder)
    yield context
    context.close()


def order(page: Page, address: str) -> None:
    page.goto(f"{address}/case/A-04/visit/")
    ready(page)
    page.locator("[name=from_time]").fill("10:00")
    page.locator("[name=until_time]").fill("12:00")
    second = page.locator("[name=second]")
    named = second.locator("option").all_inner_texts()
    second.select_option(index=next(n for n, text in enumerate(named) if "催收" in text))
    second.locator("xpath=ancestor::form").locator("button[type=submit]").click()
    expect(page.locator("[data-step=check-in]")).to_be_visible()


def today(page: Page, address: str) -> Locator:
    page.goto(f"{address}/visits/today/")
    page.wait_for_selector("html[data-visits-ready]")
    return page.locator(".way-card")


def waits(page: Page, count: int) -> None:
    expect(page.locator(".way")).to_have_attribute("data-waiting", str(count))


def sign(card: Locator, page: Page) -> None:
    card.locator("summary", has_text="签名").click()
    pad = card.locator("canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 80, steps=6)
    page.mouse.up()
    card.get_by_role("button", name="保存签名").click()


def kill(profile: Path) -> None:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # some have ended meanwhile, some wait to be buried
            if f"--user-data-dir={profile}" in process.cmdline():
                process.kill()  # this test's own browser
    (profile / "SingletonLock").unlink(missing_ok=True)


def come_back(page: Page, address: str) -> None:
    """Sign in again, unless the browser had written its session down before it was killed."""
    page.goto(f"{address}/queue/")
    if "/sign-in/" in page.url:
        sign_in(page, address, "lead")


def told(home: Home) -> dict[str, Any]:
    answer = subprocess.run(
        [sys.executable, "-c", _TOLD], env=home.environ, capture_output=True, check=True, text=True
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def second_checks_in(play: Playwright, profile: Path, address: str) -> None:
    """On a phone of his own, which has no network at the door."""
    with carrying(play, profile) as context:
        page = context.pages[0]
        sign_in(page, address, "collector")
        card = today(page, address).first
        expect(card.get_by_role("button", name="离场")).to_be_hidden()
        context.set_offline(True)
        card.get_by_role("button", name="到场签到").click()
        waits(page, 1)
        context.set_offline(False)
        waits(page, 0)


def test_a_day_without_a_network_and_a_browser_that_is_killed(
    play: Playwright, home: Home, address: str, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    context = phone(play, profile)
    page = context.pages[0]
    sign_in(page, address, "lead")
    order(page, address)
    cards = today(page, address)
    expect(cards).to_have_count(1)
    expect(cards.first).to_contain_text("浙江省杭州市示例路1号")
    page.wait_for_function(
        "async () => (await caches.keys()).length === 1 && (await (await caches.open("
        "(await caches.keys())[0])).keys()).length > 3"
    )

    context.set_offline(True)
    page.reload()
    card = page.locator(".way-card").first
    card.get_by_role("button", name="到场签到").click()
    expect(card.get_by_role("button", name="离场")).to_be_visible()
    sign(card, page)
    picture = tmp_path / "car.png"
    page.screenshot(path=picture)
    card.locator("input[type=file]").set_input_files(picture)
    waits(page, 3)
    kept = page.evaluate(_ON_THE_PHONE)
    assert (kept["days"], kept["outbox"], kept["extractable"]) == (1, 3, [False])
    assert "示例路" not in kept["clear"]
    kill(profile)
    with pytest.raises(Exception, match=r"closed|crash|Target"):
        page.reload()
    assert told(home)["steps"] == []

    with carrying(play, profile) as again:
        back = again.pages[0]
        come_back(back, address)
        card = today(back, address).first
        waits(back, 0)
        card.locator("select[required]").select_option("will_pay")
        card.get_by_label("备注").fill("下周发工资后还")
        card.get_by_role("button", name="保存结果").click()
        card.get_by_role("button", name="离场").click()
        expect(card.locator("[data-step=check_out][data-standing=kept]")).to_be_visible()
        back.get_by_role("button", name="退出登录").click()
        expect(back.locator("input[name=password]").first).to_be_visible()
        left = back.evaluate(_ON_THE_PHONE)
        assert (left["days"], left["outbox"], left["extractable"]) == (0, 0, [])
        back.wait_for_function("async () => (await caches.keys()).length === 0")

    found = told(home)
    assert found["state"] == "there"  # two have to have been there
    assert [one[:4] for one in found["steps"]] == [
        ["check_in", "kept", "given", ""],
        ["signature", "kept", "", "image/png"],
        ["photo", "kept", "", "image/jpeg"],
        ["result", "waits", "", ""],
        ["check_out", "kept", "", ""],
    ]
    assert found["steps"][0][4]["position"]["lat"] == _HERE["latitude"]
    assert found["steps"][3][4]["note"] == "下周发工资后还"

    second_checks_in(play, tmp_path / "other", address)
    found = told(home)
    assert found["state"] == "done"
    assert found["steps"][-1][:2] == ["check_in", "kept"]
