"""An experiment from its plan to a strategy in force, by two people and two nights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from browser.conftest import served
from browser.steps import cell, draft_on, enter, ready, row_of
from homes import Home
from playwright.sync_api import Page, expect

BEGUN, FIRST_NIGHT, LAST_NIGHT = date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 30)
TITLE = "早打电话"


@pytest.fixture(scope="module")
def lender(
    to_live_in: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Home, str]]:
    """A home of its own: its nights go on while others look at theirs."""
    folder = tmp_path_factory.mktemp("experiment")
    home = to_live_in.copy_to(folder / "home")
    home.run("day", "--as-of", BEGUN.isoformat())
    with served(home, folder, worker=False) as address:
        yield home, address


def test_an_experiment_goes_from_its_plan_to_a_strategy_in_force(
    page: Page, lender: tuple[Home, str]
) -> None:
    home, address = lender
    enter(page, address, "strategy")
    version = submit_a_challenger(page, address)
    plan(page, address, version)
    expect(page.get_by_text("须由第二人启动")).to_be_visible()
    expect(page.get_by_role("button", name="启动")).to_have_count(0)
    experiment = page.url

    as_person(page, address, "compliance", experiment)
    page.get_by_role("button", name="启动").click()
    expect(page.get_by_text("已启动。自下一次日终批起由各组策略决定。")).to_be_visible()
    expect(page.get_by_text("尚无结果")).to_be_visible()

    for night in (FIRST_NIGHT, LAST_NIGHT):
        home.run("day", "--as-of", night.isoformat())
    page.reload()
    read_the_outcomes(page)

    as_person(page, address, "strategy", experiment)
    page.locator("#stop-reason").fill("结果已足够")
    page.get_by_role("button", name="停止").click()
    expect(page.get_by_text("已停止。")).to_be_visible()
    page.get_by_label("谁胜出").select_option("calls")
    page.get_by_role("button", name="下结论").click()
    expect(page.get_by_text("结论已记录。")).to_be_visible()
    expect(page.get_by_role("button", name="确认并发布")).to_have_count(0)

    as_person(page, address, "compliance", experiment)
    page.locator("#confirm-reason").fill("同意")
    page.get_by_role("button", name="确认并发布").click()
    expect(page.get_by_text("已确认，挑战者已发布。")).to_be_visible()
    log = page.locator("section", has=page.get_by_role("heading", name="决策记录"))
    expect(log.locator("tbody tr")).to_have_count(5)

    page.goto(f"{address}/strategy/")
    expect(page.locator("dl.facts a").first).to_contain_text(version[:12])


def as_person(page: Page, address: str, username: str, at: str) -> None:
    """The same page, as somebody else sees it."""
    page.context.clear_cookies()
    enter(page, address, username, at=at.removeprefix(address))


def submit_a_challenger(page: Page, address: str) -> str:
    """A version that is drafted and submitted and that nobody has approved."""
    draft_on(page, address, TITLE)
    cell(page, row_of(page, "mid-31"), "out_priority").fill("99")
    with page.expect_response("**/check/"):
        page.keyboard.press("Tab")
    page.locator("#submit-reason").fill("前期欠款先打电话")
    page.get_by_role("button", name="提交审批").click()
    expect(page.get_by_role("heading", name="待审批")).to_be_visible()
    page.goto(f"{address}/experiments/new/")
    version = page.locator("#id_c-0-version option").nth(1).get_attribute("value")
    assert version is not None
    return version


def plan(page: Page, address: str, version: str) -> None:
    """The plan, with its size worked out before it is kept."""
    page.goto(f"{address}/experiments/")
    expect(page.get_by_text("还没有实验")).to_be_visible()
    page.get_by_role("link", name="新建实验").click()
    ready(page, at=re.compile("/experiments/new/$"))
    given = {
        "title": TITLE, "key": "calls", "window_days": "14", "matters": "20", "baseline": "30",
        "c-0-name": "calls", "c-0-share": "50",
    }  # fmt: skip
    for name, text in given.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("[name=c-0-version]").select_option(version)
    page.get_by_role("button", name="计算样本量").click()
    size = page.get_by_role("status").filter(has_text="本计划需要")
    expect(size.locator("tbody tr")).to_have_count(2)
    expect(size.locator("tbody td").first).to_have_text("50%")
    expect(page.locator("[name=title]")).to_have_value(TITLE)  # what was typed stays

    page.get_by_role("button", name="保存计划").click()
    expect(page.get_by_text("计划已保存，尚未启动。")).to_be_visible()
    ready(page, at=f"{address}/experiments/calls/")


def read_the_outcomes(page: Page) -> None:
    """Arms with what is known of them, and their intervals in figures and as a drawing."""
    arms = page.locator("section", has=page.get_by_role("heading", name="分组")).locator("tbody tr")
    expect(arms).to_have_count(2)
    for number in range(2):
        expect(arms.nth(number)).to_contain_text(re.compile(r"\d+\.\d%（\d"))
    expect(page.locator("figure[id^=means-] .interval-span")).to_have_count(2)
