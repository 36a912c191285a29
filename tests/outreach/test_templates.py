from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from carrears.money import Money
from carrears.outreach.templates import (
    TemplateError,
    Value,
    load_template,
    render,
    template_keys,
)
from carrears.strategy.files import shipped_strategy

VALUES: dict[str, Value] = {
    "name": "赵试一",
    "lender": "示例汽车金融有限公司",
    "phone": "400-000-0000",
    "opt_out_url": "https://lender.example/o/abc",
    "loan_no": "A-03",
    "as_of": date(2026, 6, 30),
    "dpd": 15,
    "arrears": Money(1_100_00, "CNY"),
    "arrears_principal": Money(1_000_00, "CNY"),
    "arrears_interest": Money(100_00, "CNY"),
    "arrears_fee": Money(0, "CNY"),
    "oldest_due_on": date(2026, 6, 15),
    "next_due_on": date(2026, 7, 15),
    "next_due_amount": Money(1_100_00, "CNY"),
}


def write(folder: Path, subject: str, body: str) -> Path:
    content = {
        "key": "own",
        "channel": "email",
        "purpose": "collect",
        "about": "a lender's own",
        "locales": {"zh-CN": {"subject": subject, "body": body}},
    }
    (folder / "own.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return folder


def test_the_message_says_who_what_and_since_when() -> None:
    message = render(load_template("reminder"), "zh-CN", VALUES)
    assert message.subject == "示例汽车金融有限公司：合同 A-03 逾期提醒"
    assert "赵试一，您好" in message.text
    assert "截至 2026年6月30日，合同 A-03 有 ¥1,100.00 已到期未还" in message.text
    assert "本金 ¥1,000.00，利息 ¥100.00，费用 ¥0.00" in message.text


@pytest.mark.parametrize("key", template_keys())
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_every_template_renders_in_both_languages(key: str, locale: str) -> None:
    message = render(load_template(key), locale, VALUES)
    assert "{" not in message.subject + message.text
    assert str(VALUES["lender"]) in message.text


def test_every_email_of_the_strategy_has_its_template() -> None:
    asked = set()
    for node in shipped_strategy().source["nodes"]:
        for rule in (node.get("content") or {}).get("rules", []):
            if rule.get("out_channel") == "'email'":
                asked.add(rule["out_template"].strip("'"))
    assert asked <= set(template_keys())
    assert asked


@pytest.mark.parametrize(
    "body",
    ["{name.__class__}", "{name[0]}", "{name!r}", "{dpd:>10}", "{0}", "{}", "{name", "{password}"],
)
def test_what_is_no_plain_variable_is_refused(tmp_path: Path, body: str) -> None:
    folder = write(tmp_path, "{lender}", f"{{phone}} {{opt_out_url}} {body}")
    with pytest.raises(TemplateError, match=r"own\.yaml \(zh-CN\)"):
        load_template("own", folder=folder)


@pytest.mark.parametrize("missing", ["lender", "phone", "opt_out_url"])
def test_a_message_must_say_who_writes_and_how_to_stop_it(tmp_path: Path, missing: str) -> None:
    shown = " ".join(f"{{{one}}}" for one in ("lender", "phone", "opt_out_url") if one != missing)
    with pytest.raises(TemplateError, match=missing):
        load_template("own", folder=write(tmp_path, "x", shown))


@pytest.mark.parametrize(
    ("name", "value"), [("arrears", 110000), ("as_of", "2026-06-30"), ("dpd", True), ("name", None)]
)
def test_a_variable_of_the_wrong_kind_is_refused(name: str, value: Value) -> None:
    with pytest.raises(TemplateError, match=name):
        render(load_template("formal_notice"), "zh-CN", VALUES | {name: value})


@given(st.text())
def test_no_name_can_break_out_of_its_place(name: str) -> None:
    message = render(load_template("reminder"), "zh-CN", VALUES | {"name": name, "loan_no": name})
    assert len(message.subject.splitlines()) == 1
    assert message.html.count("<p>") == render(
        load_template("reminder"), "zh-CN", VALUES
    ).html.count("<p>")
    assert "<script" not in message.html.lower()


def test_the_nearest_language_is_taken() -> None:
    template = load_template("reminder")
    assert [template.locale_for(tag) for tag in ("zh-CN", "zh-TW", "en-GB", "fr", "")] == [
        "zh-CN", "zh-CN", "en-US", "zh-CN", "zh-CN",
    ]  # fmt: skip


def test_there_is_no_way_out_of_the_folder() -> None:
    with pytest.raises(TemplateError, match="no template"):
        load_template("../treatments")
