"""The compliance officer reads the rules."""

from __future__ import annotations

import re

from browser.steps import enter, press_in_time, ready
from playwright.sync_api import Page, expect


def test_a_rule_is_found_and_its_examples_are_answered(page: Page, address: str) -> None:
    enter(page, address, "compliance")
    press_in_time(page, "g", "c")
    ready(page, at=re.compile("/(rules|compliance)/"))
    page.goto(f"{address}/rules/")
    page.get_by_label("法域").select_option("CN")
    ready(page, at=re.compile("pack=CN"))
    page.get_by_label("文字", exact=True).fill("有效通话次数")
    page.get_by_role("button", name="显示").click()
    ready(page, at=re.compile("q=%"))
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.locator("a.row-link").click()
    ready(page, at=re.compile("/rules/cn/CN-02/"))
    expect(page.locator("tr[data-case=right]")).to_have_count(7)
    expect(page.locator("tr[data-case=wrong]")).to_have_count(0)
    expect(page.get_by_text("今日主动有效通话已 3 次，达到上限 3 次").first).to_be_visible()


def test_a_number_leads_to_its_attempts_and_their_verdicts(page: Page, address: str) -> None:
    send_what_the_page_does_not_let_one_send(page, address)
    page.goto("about:blank")  # a case that is open asks for itself again, and would be refused
    page.context.clear_cookies()
    enter(page, address, "compliance")
    press_in_time(page, "g", "c")
    ready(page, at=re.compile("/compliance/$"))
    expect(page.locator("figure#attempts :is(svg, canvas)").first).to_be_visible()
    # The first rule may only have come near: other journeys of this server leave traces too.
    row = page.locator("tr[data-rule]:has(td:nth-child(2) a:text-matches('^[1-9]'))").first
    rule = row.get_attribute("data-rule")
    stopped = int(row.locator("td.number").first.inner_text())
    row.locator("td.number a").first.click()
    ready(page, at=re.compile(f"rule={rule}"))
    expect(page.locator("tr[data-row]")).to_have_count(stopped)
    page.locator("a.row-link").first.click()
    ready(page, at=re.compile(r"/compliance/attempts/\d+/"))
    expect(page.locator("[data-verdict=block]")).to_be_visible()
    expect(page.get_by_text("所依据的事实：").first).to_be_visible()


def send_what_the_page_does_not_let_one_send(page: Page, address: str) -> None:
    """To somebody who refused e-mail, past the button that is out of use."""
    enter(page, address, "lead", at="/case/A-07/")
    page.get_by_role("link", name="联系").click()
    form = page.get_by_role("dialog").locator("form[method=post]")
    expect(form.get_by_role("button", name="发送")).to_be_disabled()
    told = form.evaluate("form => Object.fromEntries(new FormData(form))")
    url = form.evaluate("form => form.action")
    assert page.request.post(url, form=told, headers={"Referer": page.url}).status in {200, 422}


def test_the_gate_is_asked_without_contacting_anybody(page: Page, address: str) -> None:
    enter(page, address, "compliance", at="/compliance/ask/")
    page.get_by_label("合同号", exact=True).fill("A-03")
    page.get_by_role("button", name="询问").click()
    ready(page, at=re.compile("loan_no=A-03"))
    page.locator("#ask-by").select_option("reminder")
    page.locator("#ask-at").fill("2026-06-30T23:30")
    page.get_by_role("button", name="询问").click()
    ready(page, at=re.compile("23%3A30"))
    answer = page.locator("#case-answer [data-verdict=block]")
    expect(answer.get_by_text("CN-01").first).to_be_visible()
    expect(answer.get_by_text("2026-07-01 08:00").first).to_be_visible()

    page.get_by_role("link", name="印度", exact=True).click()
    ready(page, at=re.compile("example=IN"))
    page.get_by_role("button", name="判断").click()
    expect(page.locator("#free-answer [data-verdict=block]")).to_be_visible()


def test_a_number_is_put_on_the_list_and_taken_off(page: Page, address: str) -> None:
    enter(page, address, "compliance", at="/compliance/do-not-contact/")
    page.locator("summary", has_text="列入名单").click()
    page.locator("#id_kind").select_option("phone")
    page.locator("#id_value").fill("13955556666")
    page.locator("#id_reason").fill("号码已易主")
    page.get_by_role("button", name="列入名单").click()
    page.locator("#bars-text").fill("139 5555 6666")
    page.get_by_role("button", name="显示").click()
    ready(page, at=re.compile("find="))
    row = page.locator("tr[data-bar]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("禁联中")
    row.locator("summary", has_text="解除").click()
    row.get_by_label("原因").fill("误录")
    row.get_by_role("button", name="解除禁联").click()
    expect(page.locator("tr[data-bar]").first).to_contain_text("误录")


def test_a_mandate_is_given_and_ended_with_a_reason(page: Page, address: str) -> None:
    enter(page, address, "compliance", at="/compliance/mandates/")
    page.locator("summary", has_text="登记委托").click()
    page.locator("#id_agency").fill("HENGXIN")
    page.locator("#id_starts_on").fill("2026-01-01")
    page.locator("#id_reason").fill("合同 2026-7")
    page.get_by_role("button", name="登记委托").click()
    row = page.locator("tr[data-mandate]", has_text="HENGXIN")
    expect(row).to_contain_text("有效")
    ready(page)
    row.locator("summary", has_text="终止").click()
    row.get_by_label("原因").fill("合同到期不续")
    row.get_by_role("button", name="终止委托").click()
    expect(row).to_contain_text("提前终止")
    expect(row).to_contain_text("合同到期不续")
    expect(row.locator("summary")).to_have_count(0)


def test_a_complaint_is_registered_and_dealt_with(page: Page, address: str) -> None:
    enter(page, address, "compliance", at="/compliance/complaints/new/?loan_no=A-04")
    page.locator("#id_category").select_option("third_party")
    page.locator("#id_text").fill("催收员打给了我父亲")
    page.locator("#id_agency").fill("HENGXIN")
    page.get_by_role("button", name="登记投诉").click()
    ready(page, at=re.compile(r"/compliance/complaints/\d+/$"))
    expect(page.get_by_text("催收员打给了我父亲")).to_be_visible()
    expect(page.get_by_text("结案前停止催收该贷款。")).to_be_visible()
    expect(page.locator("[data-limit]")).to_have_count(2)
    page.locator("[data-step=acknowledge]").get_by_role("button", name="受理").click()
    expect(page.locator("[data-course=acknowledge]")).to_be_visible()
    answer = page.locator("[data-step=answer]")
    answer.locator("textarea").fill("已核实，向您致歉")
    answer.get_by_role("button", name="答复").click()
    expect(page.locator("[data-course=answer]")).to_contain_text("已核实，向您致歉")
    close = page.locator("[data-step=close]")
    close.locator("summary").click()
    close.get_by_label("处理结论").select_option("upheld")
    close.get_by_label("处理措施").select_option("agency_warned")
    close.get_by_role("button", name="结案").click()
    expect(page.locator("[data-course=close]")).to_contain_text("成立")
    page.goto(f"{address}/compliance/complaints/?state=closed&agency=HENGXIN")
    expect(page.locator("tr[data-complaint]")).to_have_count(1)
