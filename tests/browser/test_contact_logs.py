"""An agency brings its log with a bad row, mends it, and looks at its settlement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from browser.conftest import served
from browser.steps import PASSWORD, ready
from homes import Home
from playwright.sync_api import Page, expect
from small_tape import AS_OF

HEAD = "流水号,贷款编号,时间,时区,渠道,号码,结果码,催收员\n"


@pytest.fixture(scope="module")
def placed(lived_in: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The screens of a home of which one debtor is with the demo's agency."""
    folder = tmp_path_factory.mktemp("agency")
    home = lived_in.copy_to(folder / "home")
    home.run("placements", "place", "HENGXIN", "A-03")
    with served(home, folder) as found:
        yield found


def enter(page: Page, address: str) -> None:
    """Sign in as somebody of the agency, who comes to the queue."""
    page.goto(f"{address}/sign-in/")
    page.locator("input[name=username]").first.fill("agency")
    page.locator("input[name=password]").first.fill(PASSWORD)
    page.get_by_role("button", name="登录").first.click()
    ready(page, at=re.compile("/queue/$"))


def line(reference: str, hour: int, result: str) -> str:
    day = AS_OF - timedelta(days=1)
    return f"{reference},A-03,{day} {hour}:00,Asia/Shanghai,电话,10000000003,{result},王试员\n"


def bring(page: Page, text: str) -> None:
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": "log.csv", "mimeType": "text/csv", "buffer": text.encode("gb18030")}
    )
    page.get_by_role("button", name="导入日志").click()
    ready(page, at=re.compile(r"/agencies/logs/\d+/$"))


def test_a_log_with_a_bad_row_is_mended_and_the_settlement_shown(page: Page, placed: str) -> None:
    enter(page, placed)
    page.get_by_role("link", name="本机构").first.click()
    ready(page, at=re.compile("/agencies/logs/$"))
    bring(page, HEAD + line("HX-1", 10, "no_answer") + line("HX-2", 15, "nonsense"))
    expect(page.get_by_text("“nonsense”不是该渠道的结果码")).to_be_visible()
    expect(page.get_by_text("尚未")).to_be_visible()

    with page.expect_download() as got:
        page.get_by_role("button", name="下载这些行").click()
    aside = got.value.path().read_text(encoding="utf-8-sig")
    assert "HX-2" in aside
    bring(page, aside.replace("nonsense", "no_answer"))
    expect(page.get_by_role("cell", name="HX-2")).to_be_visible()
    page.get_by_role("link", name="返回列表").click()
    ready(page, at=re.compile("/agencies/logs/$"))

    page.get_by_role("link", name="结算").click()
    ready(page, at=re.compile("/agencies/own/$"))
    expect(page.get_by_role("heading", name="对账明细")).to_be_visible()
    expect(page.get_by_text("单户委案")).to_be_visible()
