"""Screens and calls as a real browser records them: sealed, masked, and whole after a crash."""

from __future__ import annotations

import json
import subprocess
import sys
import time
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
from playwright.sync_api import BrowserContext, Page, Playwright, expect, sync_playwright

pytestmark = pytest.mark.skipif(
    chromium.WHOLE is None, reason="no whole chromium here; `make browser` installs it"
)
_FAKE_MICROPHONE = "--use-fake-device-for-media-stream"
_ALLOWED = "--use-fake-ui-for-media-stream"
_BARE = """
import json, sys
from carrears.cli import start_django
start_django()
from carrears.parties.models import ContactPoint, LoanParty
from carrears.parties.queries import names_of
from carrears.parties.services import keyring
from carrears.parties.vault import open_subject_key
from carrears.recordings.models import Recording
from carrears.recordings.reading import frames_of
loan = sys.argv[1]
texts = [
    frame.body.decode() for one in Recording.objects.filter(case__loan_no=loan, kind="screen")
    for frame in frames_of(one)
]
personal = []
for link in LoanParty.objects.filter(loan_no=loan).select_related("party"):
    party = link.party
    key = open_subject_key(keyring(), str(party.token), party.wrapped_key)
    personal += [key.open("name", party.name_sealed)]
    for held, field in ((party, "id_no"), (link, "plate"), (link, "vin")):
        if sealed := getattr(held, f"{field}_sealed"):
            personal.append(key.open(field, sealed))
    for point in ContactPoint.objects.filter(party=party):
        personal.append(key.open(point.kind, point.value_sealed))
sounds = [
    b"".join(frame.body for frame in frames_of(one))[:4].hex()
    for one in Recording.objects.filter(case__loan_no=loan, kind="audio")
]
print(json.dumps({"texts": texts, "personal": personal, "sounds": sounds}))
"""


@pytest.fixture(scope="module")
def home(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return lived_in.copy_to(tmp_path_factory.mktemp("recordings") / "home")


@pytest.fixture(scope="module")
def address(home: Home) -> Iterator[str]:
    with served(home, home.folder.parent) as found:
        yield found


@pytest.fixture(scope="module")
def play() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@contextmanager
def browsing(play: Playwright, folder: Path, *flags: str) -> Iterator[BrowserContext]:
    """A browser that keeps what it has in a folder, as a collector's own does."""
    context = play.chromium.launch_persistent_context(
        folder,
        executable_path=chromium.WHOLE,
        args=[*chromium.FLAGS, _FAKE_MICROPHONE, *flags],
        locale="zh-CN",
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield context
    context.close()


def open_page(context: BrowserContext, complaints: list[str]) -> Page:
    page = context.pages[0]
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def open_case(page: Page, address: str, loan_no: str) -> None:
    page.goto(f"{address}/case/{loan_no}/")
    ready(page)
    expect(page.locator("[data-recorder]")).to_have_attribute("data-state", "on")


def book_call(page: Page) -> Any:
    page.locator("[data-number]").first.get_by_role("button", name="拨打").click()
    recorder = page.locator("[data-call-recorder]").first
    expect(recorder).to_be_visible()
    ready(page)
    return recorder


def recordings(home: Home, loan_no: str, *, expect: int = 0) -> list[dict[str, Any]]:
    report = home.run_json("recordings", "verify", "--loan", loan_no, expect=expect)
    found: list[dict[str, Any]] = report["recordings"]
    return found


def opened(home: Home, loan_no: str) -> dict[str, list[str]]:
    answer = subprocess.run(
        [sys.executable, "-c", _BARE, loan_no],
        env=home.environ,
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, list[str]] = json.loads(answer.stdout)
    return found


def wait_until_kept(page: Page) -> None:
    """Until nothing that was recorded is only in the browser."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while left := page.evaluate(_ON_THE_SHELF):
        assert time.monotonic() < deadline, f"{left} chunks are still in the browser only"
        page.wait_for_timeout(200)


_ON_THE_SHELF = """() => new Promise((resolve) => {
    const request = indexedDB.open("carrears-recordings", 1);
    request.onsuccess = () => {
        const chunks = request.result.transaction("chunks").objectStore("chunks").count();
        chunks.onsuccess = () => { request.result.close(); resolve(chunks.result); };
    };
})"""


def test_a_case_and_a_call_are_recorded_without_the_person_in_it(
    play: Playwright, home: Home, address: str, tmp_path: Path
) -> None:
    complaints: list[str] = []
    with browsing(play, tmp_path / "profile", _ALLOWED) as context:
        page = open_page(context, complaints)
        sign_in(page, address, "lead")
        open_case(page, address, "A-04")
        while (eyes := page.locator(".sensitive > button")).count():
            left = eyes.count()
            eyes.first.click()
            why = page.locator(".reveal-why")
            why.locator("select").select_option("contact")
            why.locator("button").click()  # what is revealed is on the screen in clear from here on
            expect(eyes).to_have_count(left - 1)
        page.get_by_role("link", name="联系", exact=True).click()
        expect(page.locator("#contact-body .message-body")).to_be_visible()
        page.locator("#contact-body [data-dialog-close]").first.click()
        recorder = book_call(page)
        page.get_by_label("备注").first.fill("13911112222 是他哥哥")
        recorder.locator("[data-call-record=start]").click()
        expect(recorder).to_have_attribute("data-state", "on")
        expect(recorder.locator("[data-call-clock]")).to_have_text("0:03")
        recorder.locator("[data-call-record=stop]").click()
        expect(recorder).to_have_attribute("data-state", "done")
        wait_until_kept(page)
        page.goto(f"{address}/queue/")  # leaves the page, and so ends its recording
        ready(page)
        wait_until_kept(page)
    assert complaints == []

    kept = recordings(home, "A-04")
    assert {(one["kind"], one["state"]) for one in kept} == {
        ("screen", "ended"),
        ("audio", "ended"),
    }
    assert all(one["faults"] == [] and one["chunks"] == one["vouched"] > 0 for one in kept)
    found = opened(home, "A-04")
    text = "".join(found["texts"])
    assert "2,200.00" in text
    assert len(found["personal"]) > 4
    for secret in [*found["personal"], "13911112222", "X-CSRFToken"]:
        assert secret not in text
    assert found["sounds"] == ["1a45dfa3"]  # the beginning of a WebM file


def test_a_lost_line_loses_nothing(
    play: Playwright, home: Home, address: str, tmp_path: Path
) -> None:
    with browsing(play, tmp_path / "profile", _ALLOWED) as context:
        page = context.pages[0]
        sign_in(page, address, "lead")
        open_case(page, address, "A-05")
        recorder = book_call(page)
        recorder.locator("[data-call-record=start]").click()
        expect(recorder).to_have_attribute("data-state", "on")
        context.set_offline(True)
        expect(recorder).to_have_attribute("data-state", "waiting")
        page.wait_for_timeout(3000)
        before = {one["kind"]: one["chunks"] for one in recordings(home, "A-05")}
        context.set_offline(False)
        expect(recorder).to_have_attribute("data-state", "on")
        recorder.locator("[data-call-record=stop]").click()
        expect(recorder).to_have_attribute("data-state", "done")
        wait_until_kept(page)
        page.get_by_label("结果", exact=True).first.select_option("no_answer")
        page.get_by_role("button", name="保存结果").first.click()
        expect(page.locator("[data-call-recorder]")).to_have_count(0)
        page.goto(f"{address}/queue/")
        ready(page)
        wait_until_kept(page)

    [sound] = [one for one in recordings(home, "A-05") if one["kind"] == "audio"]
    assert (sound["state"], sound["faults"]) == ("ended", [])
    assert sound["chunks"] >= before["audio"] + 3


def test_a_browser_that_is_killed_goes_on_with_what_it_kept(
    play: Playwright, home: Home, address: str, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    context = play.chromium.launch_persistent_context(
        profile,
        executable_path=chromium.WHOLE,
        args=[*chromium.FLAGS, _FAKE_MICROPHONE, _ALLOWED],
        locale="zh-CN",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.pages[0]
    sign_in(page, address, "lead")
    open_case(page, address, "A-06")
    recorder = book_call(page)
    recorder.locator("[data-call-record=start]").click()
    expect(recorder).to_have_attribute("data-state", "on")
    wait_until_kept(page)
    context.set_offline(True)
    expect(recorder).to_have_attribute("data-state", "waiting")
    expect(recorder.locator("[data-call-clock]")).to_have_text("0:06", timeout=PATIENCE_MS)
    arrived = {one["kind"]: one["chunks"] for one in recordings(home, "A-06")}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # some have ended meanwhile, some wait to be buried
            if f"--user-data-dir={profile}" in process.cmdline():
                process.kill()  # this test's own browser, in the middle of the call
    with pytest.raises(Exception, match=r"closed|crash|Target"):
        page.goto(f"{address}/queue/")

    assert all(one["state"] == "open" and not one["faults"] for one in recordings(home, "A-06"))
    (profile / "SingletonLock").unlink(missing_ok=True)
    with browsing(play, profile) as again:
        back = again.pages[0]
        sign_in(back, address, "lead")
        wait_until_kept(back)
    after = recordings(home, "A-06")
    assert {one["kind"] for one in after if one["chunks"] > arrived[one["kind"]]} >= {"audio"}

    silent = Home(home.folder)
    environ = silent.environ | {"CARREARS_RECORDING_SILENCE_MINUTES": "0"}
    subprocess.run(
        [sys.executable, "-m", "carrears", "recordings", "close"], env=environ, check=True
    )
    closed = recordings(home, "A-06")
    assert {one["state"] for one in closed} == {"broken_off"}
    assert all(one["faults"] == [] and one["vouched"] == one["chunks"] for one in closed)


def test_a_microphone_that_may_not_be_used_is_said_and_kept(
    play: Playwright, home: Home, address: str, tmp_path: Path
) -> None:
    with browsing(play, tmp_path / "profile") as context:
        page = context.pages[0]
        sign_in(page, address, "lead")
        open_case(page, address, "A-07")
        recorder = book_call(page)
        recorder.locator("[data-call-record=start]").click()
        expect(recorder).to_have_attribute("data-state", "denied")
        expect(recorder.get_by_text("浏览器未获准使用麦克风")).to_be_visible()
        wait_until_kept(page)
        page.goto(f"{address}/queue/")
        ready(page)

    states = {(one["kind"], one["state"]) for one in recordings(home, "A-07")}
    assert ("audio", "refused") in states
