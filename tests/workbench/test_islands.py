"""The islands in a real browser, on sample pages under the real policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import chromium
import pytest
from browser.steps import press_in_time, ready
from playwright.sync_api import Browser, Page, Route, expect
from workbench.preview import listen, serve

pytestmark = [pytest.mark.browser, chromium.needs_it]
BUILT = Path(__file__).resolve().parents[2] / "src/carrears/workbench/static/built/app.js"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    assert BUILT.exists(), "the front end is not built: make setup"
    with serve() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """A page that must not make the browser complain of anything."""
    context = browser.new_context(base_url=base, locale="zh-CN", color_scheme="light")
    page = context.new_page()
    complaints: list[str] = []
    listen(page, complaints)
    yield page
    context.close()
    assert complaints == []


def test_keys_walk_the_queue_and_open_a_case(page: Page) -> None:
    page.goto("/")
    press_in_time(page, "g", "q")
    ready(page, at=re.compile("/queue/$"))

    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("tr.is-current")).to_contain_text("CL2018000001")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/case/CL2018000001/$"))


def test_the_page_says_when_it_listens(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:  # as a slow line does, or a machine with much to do
        held.append(route)

    page.route("**/built/app*.js", hold, times=1)
    page.goto("/", wait_until="commit")
    expect(page.get_by_role("heading", name="总览")).to_be_visible()
    expect(page.locator("html[data-ready]")).to_have_count(0)

    held.pop().continue_()
    ready(page)
    press_in_time(page, "g", "q")
    ready(page, at=re.compile("/queue/$"))


def test_slash_leads_to_the_search_and_keys_there_are_text(page: Page) -> None:
    page.goto("/queue/")
    page.keyboard.press("/")
    page.keyboard.type("gq?j")

    expect(page.get_by_role("searchbox").first).to_have_value("gq?j")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_help_lists_every_shortcut_of_the_page(page: Page) -> None:
    page.goto("/case/CL2018000000/")
    marked = page.locator("[data-shortcut]").evaluate_all(
        "(all) => all.map((one) => one.dataset.shortcut)"
    )
    page.keyboard.press("?")
    shown = page.get_by_role("dialog").locator("dt").all_inner_texts()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert {"g d", "g q", "/", "?", "c", "p", "n"} <= set(marked)
    assert set(marked) <= {" ".join(text.split()) for text in shown}


def test_the_theme_is_kept_and_charts_follow_it(page: Page) -> None:
    page.goto("/")
    canvas = page.locator("#balance-by-bucket canvas")
    expect(canvas).to_be_visible()
    before = canvas.evaluate("(one) => one.toDataURL()")
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="深色").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "carrears-dark")
    assert canvas.evaluate("(one) => one.toDataURL()") != before
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "carrears-dark")


def test_the_language_is_switched_in_place(page: Page) -> None:
    page.goto("/queue/?bucket=2")
    page.locator("details[data-menu] summary").click()
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/queue/\?bucket=2$"))


def test_a_filter_changes_the_rows_and_the_address(page: Page) -> None:
    page.goto("/queue/")
    page.locator("h1").evaluate("(one) => { one.textContent = 'not loaded again' }")
    page.get_by_label("M4").check(force=True)

    expect(page).to_have_url(re.compile(r"bucket=4"))
    expect(page.get_by_role("heading", name="not loaded again")).to_be_visible()
    expect(page.locator("#queue-rows tr[data-row]")).to_have_count(9)


def test_contact_shows_the_verdict_before_anything_is_sent(page: Page) -> None:
    page.goto("/case/CL2018000000/")
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("[data-verdict=allow]")).to_be_visible()
    expect(dialog.get_by_role("button", name="发送")).to_be_enabled()
    # The sample answers a change of template with a blocked one.
    dialog.get_by_label("模板").evaluate(
        "(one) => one.dispatchEvent(new Event('change', {bubbles: true}))"
    )

    expect(dialog.locator("[data-verdict=block]")).to_be_visible()
    expect(dialog.get_by_role("button", name="发送")).to_be_disabled()
    expect(dialog).to_contain_text("CN-09")


def test_a_refused_promise_shows_its_errors_in_place(page: Page) -> None:
    page.goto("/case/CL2018000000/")
    ready(page)
    page.keyboard.press("p")
    expect(page.locator("#id_what")).to_be_focused()
    page.locator("#promise-form").evaluate("(form) => { form.noValidate = true }")
    page.locator("#id_amount").fill("0")
    with page.expect_response(lambda answer: answer.status == 422):
        page.get_by_role("button", name="登记承诺").last.click()

    expect(page.locator("#id_amount")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_amount-note")).to_be_visible()


def test_older_entries_take_the_place_of_the_button(page: Page) -> None:
    page.goto("/case/CL2018000000/")
    ready(page)
    page.get_by_role("button", name="显示更早的记录").click()

    expect(page.locator("#timeline .timeline-item")).to_have_count(12)
    expect(page.get_by_role("button", name="显示更早的记录")).to_have_count(0)


def test_a_chart_can_be_read_as_a_table(page: Page) -> None:
    page.goto("/")
    page.locator("#roll-rates summary").click()

    expect(page.locator("#roll-rates tbody tr").nth(1)).to_contain_text("51.00%")


def test_a_request_that_the_server_refuses_says_so(page: Page) -> None:
    page.goto("/case/CL2018000000/")
    page.route("**/older", lambda route: route.fulfill(status=403, body="no"))
    page.get_by_role("button", name="显示更早的记录").click()

    expect(page.locator("[data-toast=error]")).to_contain_text("操作被拒绝")
