"""Lists that others keep, and notes that a second person reads."""

from __future__ import annotations

import hashlib
import re

from browser.steps import enter, ready
from playwright.sync_api import Page, expect


def test_a_list_is_read_looked_at_and_bars(page: Page, address: str) -> None:
    enter(page, address, "compliance", at="/compliance/lists/")
    ready(page)
    page.get_by_text("导入名单", exact=True).click()
    lines = [hashlib.sha256(f"s{one}".encode()).hexdigest() for one in ("10000000003", "1")]
    told = {"名单名称": "拒收名单", "版本": "2026-06", "发布方": "行业协会", "原因": "登记拒收"}
    for label, text in (told | {"公布的盐": "s", "开始日期": "2026-06-01"}).items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("书写形式").select_option("national")
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": "l.txt", "mimeType": "text/plain", "buffer": "\n".join([*lines, "x"]).encode()}
    )
    page.get_by_role("button", name="读入文件").click()
    page.get_by_role("link", name="查看读入结果").click()
    ready(page, at=re.compile(r"/compliance/lists/\d+/$"))
    expect(page.get_by_text("不是 64 位十六进制")).to_be_visible()
    page.get_by_role("button", name="使其生效").click()
    expect(page.get_by_text("名单已生效。")).to_be_visible()

    page.goto(f"{address}/compliance/ask/?loan_no=A-03")
    page.get_by_label("方式", exact=True).select_option("call")
    page.get_by_role("button", name="询问").click()
    expect(page.get_by_text("在行业名单“拒收名单 2026-06”上").first).to_be_visible()


def test_a_flagged_note_is_reviewed_by_another(page: Page, address: str) -> None:
    enter(page, address, "lead", at="/case/A-03/")
    ready(page)
    page.locator("#note-form textarea").fill("他骂我:你这个人渣,打断你的腿")
    page.locator("#note-form button").click()
    expect(page.locator("#timeline").get_by_text("待复核用语").first).to_be_visible()
    page.goto(f"{address}/notes/")
    expect(page.get_by_text("本人所写，须由他人复核")).to_be_visible()

    page.context.clear_cookies()
    enter(page, address, "compliance", at="/notes/")
    ready(page)
    page.get_by_label("结论").select_option("coach")
    page.get_by_label("处理办法").fill("提醒记录要客观")
    page.get_by_role("button", name="保存复核").click()
    expect(page.get_by_text("复核已保存。")).to_be_visible()
    expect(page.get_by_text("没有备注")).to_be_visible()
