"""Two browsers ask for the next case in the same moment, and one opens what the other has."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import served
from browser.steps import ready, sign_in
from homes import Home
from playwright.sync_api import Browser, Page, expect

import carrears.casework

_CASE = re.compile(r"/case/[^/]+/$")
_PRESS = "document.querySelector(\"form[action$='/queue/next/']\").requestSubmit()"


_LEAVE_SECONDS = 2  # as the house has set it: who left may come back for so long
_LONGER_MS = 1000 * _LEAVE_SECONDS + 2000


@pytest.fixture(scope="module")
def home(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = lived_in.copy_to(tmp_path_factory.mktemp("next") / "home")
    terms = Path(carrears.casework.__file__).with_name("next_case.yaml").read_text("utf-8")
    own, changed = re.subn(r"(?m)^leave_seconds: .*", f"leave_seconds: {_LEAVE_SECONDS}", terms)
    assert changed == 1
    (home.folder / "next_case.yaml").write_text(own, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def address(home: Home) -> Iterator[str]:
    """A home of these tests alone: what others have opened is given to nobody for a while."""
    with served(home, home.folder.parent, worker=False) as found:
        yield found


_GIVE_BACK = """
import sys; from pathlib import Path; import psycopg
from carrears.database.embedded import connection_parameters
with psycopg.connect(**connection_parameters(Path(sys.argv[1]))) as connection:
    connection.execute("delete from casework_showing")
"""


@pytest.fixture(autouse=True)
def nobody_has_a_case(home: Home) -> None:
    """The collector has three cases, and a lease of the test before lasts two minutes.

    In a process of its own: the database stops with the last process that uses it.
    """
    where = str(home.folder / "pg")
    subprocess.run([sys.executable, "-c", _GIVE_BACK, where], env=home.environ, check=True)


def test_two_browsers_never_get_the_same_case(page: Page, browser: Browser, address: str) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    other = context.new_page()
    for one in (page, other):
        sign_in(one, address, "lead")
        one.goto(f"{address}/queue/")
        ready(one)
    for one in (page, other):
        one.evaluate(_PRESS)  # returns before the server has answered
    for one in (page, other):
        ready(one, at=_CASE)
    assert page.url != other.url
    context.close()


def test_who_opens_a_case_second_sees_who_has_it(
    page: Page, browser: Browser, address: str
) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844})
    context.set_default_timeout(120_000)
    lead = context.new_page()
    sign_in(page, address, "collector")
    page.goto(f"{address}/queue/")
    ready(page)
    page.get_by_role("button", name="下一个案件").click()
    ready(page, at=_CASE)

    sign_in(lead, address, "lead")
    lead.goto(page.url)
    expect(lead.get_by_text("李催收正在查看此案")).to_be_visible()
    lead.get_by_role("button", name="接管", exact=True).click()
    expect(lead.get_by_text("正在查看此案")).to_be_hidden()
    lead.reload()
    expect(lead.locator(".timeline", has_text="组长接管").first).to_be_visible()
    page.reload()
    expect(page.get_by_text("组长正在查看此案")).to_be_visible()
    context.close()


def test_a_case_that_is_left_is_soon_the_next_ones_and_a_reload_keeps_it(
    page: Page, browser: Browser, address: str
) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    lead = context.new_page()
    sign_in(page, address, "collector")
    page.goto(f"{address}/queue/")
    ready(page)
    page.get_by_role("button", name="下一个案件").click()
    ready(page, at=_CASE)
    where = page.url
    sign_in(lead, address, "lead")
    held = lead.get_by_text("李催收正在查看此案")

    for _ in range(2):
        page.reload()
        ready(page)
    second = page.context.new_page()  # the same person has it in another window too
    second.goto(where)
    ready(second)
    second.close(run_before_unload=True)
    page.locator("a[href*='/ledger/']").first.click()  # still the same case
    ready(page, at=re.compile(r"/ledger/"))
    page.go_back()
    ready(page, at=where)
    page.wait_for_timeout(_LONGER_MS)
    lead.goto(where)
    ready(lead)
    expect(held).to_be_visible()

    page.goto(f"{address}/queue/")
    ready(page)
    page.wait_for_timeout(_LONGER_MS)
    lead.reload()
    ready(lead)
    expect(held).to_have_count(0)
    expect(lead.get_by_role("button", name="接管", exact=True)).to_have_count(0)
    page.goto(where)
    expect(page.get_by_text("组长正在查看此案")).to_be_visible()
    context.close()


def test_what_is_typed_on_anothers_case_stays_until_it_is_taken_over(
    page: Page, browser: Browser, address: str
) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    lead = context.new_page()
    sign_in(page, address, "collector")
    page.goto(f"{address}/queue/")
    ready(page)
    page.get_by_role("button", name="下一个案件").click()
    ready(page, at=_CASE)
    sign_in(lead, address, "lead")
    lead.goto(page.url)
    ready(lead)

    words = lead.locator("#note-form textarea")
    words.fill("组长写的备注")
    lead.locator("#note-form button[type=submit]").click()
    expect(lead.get_by_text("没有保存：此案正由他人办理")).to_be_visible()
    expect(words).to_have_value("组长写的备注")
    expect(lead.locator(".timeline", has_text="组长写的备注")).to_have_count(0)

    lead.get_by_role("button", name="接管", exact=True).click()
    expect(lead.get_by_text("正在查看此案")).to_be_hidden()
    lead.locator("#note-form button[type=submit]").click()
    expect(lead.locator(".timeline", has_text="组长写的备注").first).to_be_visible()

    mine = page.locator("#note-form textarea")
    mine.fill("原经办人写的备注")
    page.locator("#note-form button[type=submit]").click()
    expect(page.get_by_text("组长正在查看此案")).to_be_visible()  # told at his next write
    expect(mine).to_have_value("原经办人写的备注")
    context.close()


def test_of_two_who_write_in_the_same_moment_one_is_kept(
    page: Page, browser: Browser, address: str
) -> None:
    """Without scripts nobody has the case by opening it: the writes themselves race for it."""
    sign_in(page, address, "lead")
    other = browser.new_context(locale="zh-CN")
    other.set_default_timeout(120_000)
    second = other.new_page()
    sign_in(second, address, "collector")
    second.goto(f"{address}/queue/")
    ready(second)
    where = address + (second.locator(".row-link").last.get_attribute("href") or "")
    bare = [
        browser.new_context(java_script_enabled=False, storage_state=one.storage_state())
        for one in (page.context, other)
    ]
    pages = [one.new_page() for one in bare]
    texts = ("甲同时写的", "乙同时写的")
    for one, text in zip(pages, texts, strict=True):
        one.goto(where)
        one.locator("#note-form textarea").fill(text)
    for one in pages:
        one.locator("#note-form button[type=submit]").click(no_wait_after=True)
    for one, text in zip(pages, texts, strict=True):  # the page that is being left is over
        answer = one.locator("h1", has_text="此案正由他人办理")
        expect(answer.or_(one.locator(".timeline", has_text=text)).first).to_be_visible()
    refused = [one.locator("h1", has_text="此案正由他人办理").count() for one in pages]
    assert sorted(refused) == [0, 1]
    lost = refused.index(1)
    expect(pages[lost].get_by_text(texts[lost])).to_be_visible()
    for one in (*bare, other):
        one.close()
