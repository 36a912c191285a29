from __future__ import annotations

from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.money import Money
from carrears.outreach.smpp.texts import cut_text
from carrears.outreach.templates import (
    TemplateError,
    Value,
    load_template,
    render,
    template_keys,
)
from carrears.strategy.files import shipped_strategy

VALUES: dict[str, Value] = {
    "name": "王小明",
    "lender": "示例汽车金融有限公司",
    "phone": "400-000-0000",
    "opt_out_url": "http://localhost:8000/stop/abc/",
    "loan_no": "CN-000123",
    "as_of": date(2026, 3, 10),
    "dpd": 37,
    "arrears": Money(612_345, "CNY"),
    "arrears_principal": Money(500_000, "CNY"),
    "arrears_interest": Money(100_000, "CNY"),
    "arrears_fee": Money(12_345, "CNY"),
    "oldest_due_on": date(2026, 2, 1),
    "next_due_on": date(2026, 4, 1),
    "next_due_amount": Money(300_000, "CNY"),
    "promised_on": date(2026, 3, 12),
    "promised_amount": Money(300_000, "CNY"),
}
GOOD = """\
key: good
channel: email
purpose: collect
about: A template of the tests.
locales:
  en-US:
    subject: "{lender}: {loan_no}"
    body: "Dear {name},\\n\\nwrite to {phone} or open {opt_out_url}. {lender}"
"""


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("key", template_keys())
def test_shipped_template_tells_who_and_how_to_object_pay_and_opt_out(
    key: str, locale: str
) -> None:
    template = load_template(key)
    message = render(template, locale, VALUES)
    assert str(VALUES["lender"]) in message.text
    assert str(VALUES["phone"]) in message.text
    way_out = {
        "email": str(VALUES["opt_out_url"]),
        "sms": "TD" if locale == "zh-CN" else "STOP",
        "letter": "不希望再收到信件" if locale == "zh-CN" else "do not want letters",
        "portal": "退订" if locale == "zh-CN" else "STOP",
    }
    assert way_out[template.channel] in message.text
    assert ("异议" if locale == "zh-CN" else "you think this is wrong") in message.text
    if template.purpose == "collect":
        owed = Money(612_345, "CNY").format(locale)
        since = "2026年2月1日" if locale == "zh-CN" else "February 1, 2026"
        assert owed in message.text
        assert since in message.text or template.channel == "sms"
    assert "{" not in message.text + message.subject
    assert "\n" not in message.subject
    if template.channel == "sms":
        assert cut_text(message.text).count <= 5


def test_message_is_written_as_people_of_its_language_write() -> None:
    message = render(load_template("reminder"), "zh-CN", VALUES)
    assert message.subject == "示例汽车金融有限公司：合同 CN-000123 逾期提醒"
    assert "王小明，您好" in message.text
    assert "截至 2026年3月10日，合同 CN-000123 有 ¥6,123.45 已到期未还" in message.text
    assert "本金 ¥5,000.00，利息 ¥1,000.00，费用 ¥123.45" in message.text


def test_every_email_of_the_strategy_has_its_template() -> None:
    asked = {
        rule["out_template"].strip("'")
        for node in shipped_strategy().source["nodes"]
        for rule in (node.get("content") or {}).get("rules", [])
        if rule.get("out_channel") == "'email'"
    }
    assert asked
    assert asked <= set(template_keys())


def test_version_is_a_hash_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    first = load_template("good", folder=tmp_path).version
    assert len(first) == 64
    (tmp_path / "good.yaml").write_text(GOOD + "# a remark\n")
    assert load_template("good", folder=tmp_path).version != first


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{name}", "{nickname}", "unknown variable nickname"),
        ("{name}", "{name.__class__}", "not a plain variable"),
        ("{name}", "{name[0]}", "not a plain variable"),
        ("{name}", "{name!r}", "not a plain variable"),
        ("{name}", "{name:>999999999}", "not a plain variable"),
        ("{name}", "{}", "not a plain variable"),
        ("{name}", "{name", "good.yaml"),
        ("{opt_out_url}", "somewhere", "must show opt_out_url"),
        ("{phone}", "somebody", "must show phone"),
        ("{lender}", "the lender", "must show lender"),
        ("{name}", "{0}", "not a plain variable"),
        ("{loan_no}", "{loan_no}\\nBcc: a@b.example", "more than one line"),
        ("{loan_no}", "{loan_no}\\rBcc: a@b.example", "more than one line"),
        ("key: good", "key: other", "'other'"),
        ("channel: email", "channel: pigeon", "channel"),
        ("about:", "about: x\nextra:", "extra"),
    ],
)
def test_unsafe_or_incomplete_template_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in GOOD
    (tmp_path / "good.yaml").write_text(GOOD.replace(old, new))
    with pytest.raises(TemplateError, match=message):
        load_template("good", folder=tmp_path)


@pytest.mark.parametrize("key", ["../good", "nothing", "", "Good", "good.yaml"])
def test_key_that_is_no_template_is_refused(key: str) -> None:
    with pytest.raises(TemplateError):
        load_template(key)


@pytest.mark.parametrize(
    "change", [{"name": None}, {"name": 3}, {"dpd": "3"}, {"dpd": True}, {"arrears": 612345}]
)
def test_missing_or_wrong_variable_is_an_error(change: dict[str, Any]) -> None:
    template = load_template("final_notice")
    with pytest.raises(TemplateError, match=next(iter(change))):
        render(template, "zh-CN", {**VALUES, **change})


def test_language_that_the_template_lacks_is_an_error_and_the_nearest_is_known() -> None:
    template = load_template("reminder")
    with pytest.raises(TemplateError):
        render(template, "fr-FR", VALUES)
    tags = ("zh-CN", "zh-TW", "en-GB", "fr", "")
    nearest = ["zh-CN", "zh-CN", "en-US", "zh-CN", "zh-CN"]
    assert [template.locale_for(tag) for tag in tags] == nearest


class _Tags(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{lender.__class__}",
    "{0}",
    "王\r\nBcc: spy@evil.example",
    "王\u2028Bcc: spy@evil.example",
    "\u202egnp.exe",
    "%(name)s ${name}",
    "</p></body></html>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_value_is_only_text(name: str) -> None:
    plain = render(load_template("reminder"), "zh-CN", VALUES)
    message = render(load_template("reminder"), "zh-CN", {**VALUES, "name": name, "loan_no": name})
    parser, harmless = _Tags(), _Tags()
    parser.feed(message.html)
    harmless.feed(plain.html)
    assert [tag for tag, _ in parser.seen] == [tag for tag, _ in harmless.seen]
    assert message.text.count("\n") == plain.text.count("\n")
    assert "\u202e" not in message.text
    assert len(message.subject.splitlines()) == 1


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60))
def test_any_name_leaves_the_shape_of_the_message_alone(name: str) -> None:
    template = load_template("reminder")
    plain = render(template, "zh-CN", VALUES)
    message = render(template, "zh-CN", {**VALUES, "name": name, "loan_no": name})
    tags, harmless = _Tags(), _Tags()
    tags.feed(message.html)
    harmless.feed(plain.html)
    assert tags.seen == harmless.seen
    assert len(message.text.splitlines()) == len(plain.text.splitlines())
    assert len(f"{message.subject}x".splitlines()) == 1
