"""The screens of message templates: drafted by one, approved by another, tried on a case."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from factories import DAY, make_action, make_case, make_user

from carrears.clock import now
from carrears.outreach.models import Attempt, TemplateVersion
from carrears.outreach.services import contact_planned
from carrears.outreach.template_book import template_in_force, today
from carrears.outreach.template_experiments import plan_any, plan_of
from carrears.workbench.template_forms import TemplateForm

pytestmark = pytest.mark.django_db
URL = "/templates/"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> None:
    settings.CARREARS_HOME = tmp_path


@pytest.fixture
def author(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(username="author", role="team_lead"))
    return client


@pytest.fixture
def officer(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(username="officer", role="compliance_officer"))
    return client


def typed(form: TemplateForm, **changes: Any) -> dict[str, Any]:
    """What a browser would send of this form."""
    told = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in told.items() if value is not None} | changes


def begin(author: Client, key: str = "reminder") -> Any:
    page = author.post(f"{URL}{key}/draft/", follow=True)
    return page.context["form"]


def propose(author: Client, key: str = "reminder", number: int = 2) -> Any:
    told = {"effective_on": today().isoformat(), "reason": "更客气"}
    return author.post(f"{URL}{key}/{number}/propose/", told, follow=True)


def test_a_template_is_drafted_approved_and_sent(author: Client, officer: Client) -> None:
    form = begin(author)
    body = form["body_zh-CN"].value().replace("请在方便时", "请在您方便时")
    saved = author.post(f"{URL}reminder/2/save/", typed(form, **{"body_zh-CN": body}), follow=True)
    assert "已保存" in saved.content.decode()
    assert propose(author).context["page"].state == "proposed"
    assert not author.get(f"{URL}reminder/2/").context["page"].may_approve

    shown = officer.get(f"{URL}reminder/2/")
    assert shown.context["page"].may_approve
    changes = [(one.sign, "请在您方便时" in one.text) for one in shown.context["page"].changes]
    assert changes == [("-", False), ("+", True)]
    told = officer.post(f"{URL}reminder/2/approve/", {"reason": ""}, follow=True)

    assert told.context["page"].state == "in_force"
    assert "请在您方便时" in template_in_force("reminder").locales["zh-CN"][1]
    versions = [(one.number, one.state) for one in told.context["page"].versions]
    assert versions == [(2, "in_force"), (1, "approved")]
    kinds = [one.kind for one in told.context["page"].history]
    assert kinds == ["approved", "file", "proposed", "edited", "opened"]


def test_what_cannot_be_sent_is_told_by_place_and_not_lost(author: Client) -> None:
    form = begin(author)
    body = form["body_zh-CN"].value() + "\n\n否则等着坐牢。{nickname}"
    answer = author.post(f"{URL}reminder/2/save/", typed(form, **{"body_zh-CN": body}))
    text = answer.content.decode()

    assert answer.status_code == 422
    lines = body.count("\n") + 1
    assert f"中文 · 文字 · 第 {lines} 行: 没有变量 nickname" in text
    assert "“坐牢”" in text
    assert "否则等着坐牢。{nickname}" in text
    assert TemplateVersion.objects.get().revision == 1


def test_two_who_edit_one_draft_see_each_others_words_before_they_go(
    author: Client, officer: Client
) -> None:
    form = begin(author)
    words = form["body_zh-CN"].value()
    mine, theirs = (words.replace("请在方便时", one) for one in ("请您得空时", "请在您方便时"))
    saved = officer.post(f"{URL}reminder/2/save/", typed(form, **{"body_zh-CN": theirs}))
    assert saved.status_code == 302

    answer = author.post(f"{URL}reminder/2/save/", typed(form, **{"body_zh-CN": mine}))
    assert answer.status_code == 409
    text = answer.content.decode()
    assert 'id="saved-meanwhile"' in text
    shown = [(one.sign, "请您得空时" in one.text) for one in answer.context["theirs"]]
    assert shown == [("-", False), ("+", True)]
    kept = answer.context["form"]
    assert kept["body_zh-CN"].value() == mine
    assert "请在您方便时" in TemplateVersion.objects.get().locales[0]["body"]

    # Read, and saved over it on purpose.
    assert author.post(f"{URL}reminder/2/save/", typed(kept)).status_code == 302
    row = TemplateVersion.objects.get()
    assert (row.revision, "请您得空时" in row.locales[0]["body"]) == (3, True)
    stale = officer.post(
        f"{URL}reminder/2/propose/",
        {"effective_on": today().isoformat(), "reason": "更客气", "revision": "2"},
        follow=True,
    )
    assert stale.context["page"].state == "draft"


def test_a_variable_that_is_not_ticked_is_told(author: Client) -> None:
    form = begin(author)
    ticked = [one for one in form["variables"].value() if one != "arrears"]
    answer = author.post(f"{URL}reminder/2/save/", typed(form, variables=ticked))
    assert answer.status_code == 422
    assert "用到了 arrears" in answer.content.decode()


def test_words_left_to_a_person_need_a_reason(author: Client, officer: Client) -> None:
    form = begin(author)
    body = form["body_zh-CN"].value() + "\n\n我们将依法提起诉讼。"
    author.post(f"{URL}reminder/2/save/", typed(form, **{"body_zh-CN": body}))
    propose(author)
    refused = officer.post(f"{URL}reminder/2/approve/", {"reason": ""}, follow=True)
    assert refused.context["page"].state == "proposed"
    assert "请说明为何可以发送" in refused.content.decode()
    done = officer.post(f"{URL}reminder/2/approve/", {"reason": "已获授权"}, follow=True)
    assert done.context["page"].state == "in_force"


def test_the_file_is_withdrawn_with_a_reason(officer: Client) -> None:
    assert officer.get(f"{URL}payment_thanks/").context["page"].may_withdraw
    told = officer.post(f"{URL}payment_thanks/withdraw/", {"reason": "停用"}, follow=True)
    assert told.context["page"].state == "withdrawn"
    [row] = [one for one in officer.get(URL).context["page"].rows if one.key == "payment_thanks"]
    assert (row.in_force, row.making) == (False, "")


def test_a_template_that_there_is_not_yet(author: Client) -> None:
    made = author.post(f"{URL}new/", {"key": "house_sms", "channel": "sms"}, follow=True)
    assert made.context["page"].number == 1
    assert made.context["page"].texts[0].parts == 2
    again = author.post(f"{URL}new/", {"key": "reminder", "channel": "sms"})
    assert again.status_code == 422
    assert list(again.context["form"].errors) == ["key"]


def test_a_preview_masks_the_name_and_no_link_stops_anything(officer: Client) -> None:
    make_case(loan_no="P-1")
    shown = officer.get(f"{URL}reminder/preview/", {"loan": "P-1", "number": "1"})
    preview, text = shown.context["preview"], shown.content.decode()

    assert preview.to.masked
    assert f"{preview.to.text}，您好" in preview.body
    assert "/stop/" not in text
    missing = officer.get(f"{URL}reminder/preview/", {"loan": "P-2", "number": "1"})
    assert "没有这笔贷款的案件" in missing.content.decode()


def test_the_list_is_filtered(author: Client) -> None:
    def found(**query: str) -> list[str]:
        return [row.key for row in author.get(URL, query).context["page"].rows]

    assert set(found(channel="sms")) == {"sms_predue", "sms_promise", "sms_reminder"}
    assert found(q="sms_rem") == ["sms_reminder"]
    assert found(channel="letter") == ["letter_reminder"]
    assert set(found(stage="early")) == set(found())


def test_who_may_not_is_refused(sign_in: Any, author: Client) -> None:
    collector = sign_in(make_user(role="collector"))
    assert collector.get(URL).status_code == 403
    auditor = sign_in(make_user(role="auditor"))
    assert auditor.get(f"{URL}reminder/").status_code == 200
    begin(author)
    for step in ("save", "propose", "approve", "withdraw", "discard", "return"):
        assert auditor.post(f"{URL}reminder/2/{step}/", {"reason": "x"}).status_code == 403
    assert author.post(f"{URL}reminder/2/withdraw/", {"reason": "x"}).status_code == 403


def test_a_gateway_that_has_other_words_is_told(
    author: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.SMS_URL = "alibaba://key@?sign=示例汽车金融"
    settings.LENDER_NAME = {"zh-CN": "示例汽车金融", "en-US": "Example"}
    settings.LENDER_PHONE = "400-1"
    settings.DEMO = False
    words = template_in_force("sms_reminder").locales["zh-CN"][1]
    registered = words.removeprefix("【{lender}】").replace("{", "${").replace("${phone}", "400-1")
    path = tmp_path / "codes.yaml"
    settings.SMS_CODES_FILE = str(path)

    def told(text: str) -> str:
        path.write_text(f"alibaba:\n  sms_reminder:\n    zh-CN: {{code: SMS_1, text: '{text}'}}\n")
        texts = author.get(f"{URL}sms_reminder/").context["page"].texts
        return {one.locale: one.code for one in texts}["zh-CN"]

    assert told(registered) == "same"
    assert told(registered + "谢谢") == "other"
    settings.SMS_CODES_FILE = ""
    assert author.get(f"{URL}sms_reminder/").context["page"].texts[0].code == "none"


def test_approving_asks_anew_who_one_is(
    author: Client, officer: Client, settings: LazySettings
) -> None:
    begin(author)
    propose(author)
    settings.STEP_UP_MINUTES = 0
    page = f"{URL}reminder/2/"

    asked = officer.post(f"{page}approve/", {"reason": "好"}, headers={"Referer": page})

    assert asked.status_code == 302
    assert asked.headers["Location"].startswith("/account/confirm/")
    assert TemplateVersion.objects.get(number=2).state == "proposed"
    returned = officer.post(f"{page}return/", {"reason": "再改"}, follow=True)
    assert returned.context["page"].state == "draft"
    settings.STEP_UP_MINUTES = 30
    propose(author)
    assert officer.post(f"{page}approve/", {"reason": ""}, follow=True).status_code == 200
    assert TemplateVersion.objects.get(number=2).state == "approved"


def test_a_version_that_only_its_experiment_says_is_shown_so(
    author: Client, officer: Client
) -> None:
    begin(author)
    told = {"effective_on": (today() + timedelta(days=1)).isoformat(), "reason": "试"}
    author.post(f"{URL}reminder/2/propose/", told)
    officer.post(f"{URL}reminder/2/approve/", {"reason": ""})
    assert officer.get(f"{URL}reminder/2/").context["page"].state == "coming"
    plan = plan_of(
        template="reminder", key="kinder", title="Kinder", currency="CNY", metric="paid",
        window_days=7, matters=0.1, baseline=0.3, challengers=[("kinder", "2", 5000)],
    )  # fmt: skip
    plan_any(plan, by=None, at=now())

    page = officer.get(f"{URL}reminder/2/")

    assert page.context["page"].state == "tried"
    assert "已批准，只用于其实验" in page.content.decode()


def test_a_variant_is_written_by_its_tone_and_its_offer(author: Client) -> None:
    made = author.post(f"{URL}new/", {"key": "house_kind", "channel": "email"}, follow=True)
    form = made.context["form"]
    bases = [key for key, _ in form.fields["variant_of"].choices]
    assert "reminder" in bases
    assert not {"house_kind", "reminder_soft", "sms_reminder", "hardship_options"} & set(bases)

    chosen = {"variant_of": "reminder", "tone": "supportive", "offer": "deferral"}
    saved = author.post(f"{URL}house_kind/1/save/", typed(form, **chosen), follow=True)

    page = saved.context["page"]
    assert (page.variant_of, page.tone, page.offer) == ("reminder", "supportive", "延期")
    told = typed(saved.context["form"], offer="a_car")
    assert author.post(f"{URL}house_kind/1/save/", told).status_code == 422


def test_what_the_strategy_sends_for_a_case_is_said_with_its_why(officer: Client) -> None:
    decision = {
        "channel": "email", "template": "reminder", "tone": "supportive", "offer": "plan",
        "rule_id": "mid-31-ab", "else_channel": "call",
    }  # fmt: skip
    make_case(loan_no="P-1", decision=decision, stage="mid")
    shown = officer.get(f"{URL}reminder_plan/preview/", {"loan": "P-1", "number": "1"})

    [pick] = shown.context["picks"]
    assert (pick.source, pick.choice.key, pick.choice.number) == ("decided", "reminder_plan", 1)
    assert (pick.choice.by, pick.choice.offer, pick.choice.rule) == (
        "both",
        "还款安排",
        "mid-31-ab",
    )
    assert "提出了决策的方案，语气也是决策的语气" in shown.content.decode()
    make_case(loan_no="P-2", decision={"channel": "call"})
    make_case(loan_no="P-3", decision=decision, state="closed", closed_on=DAY, close_reason="paid")
    none = officer.get(f"{URL}reminder/preview/", {"loan": "P-2", "number": "1"})
    closed = officer.get(f"{URL}reminder/preview/", {"loan": "P-3", "number": "1"})
    assert (none.context["picks"], closed.context["picks"]) == ((), ())


def test_a_message_says_why_its_template(officer: Client) -> None:
    decision = {"channel": "email", "template": "reminder", "tone": "firm"}
    make_action(case=make_case(loan_no="P-1", decision=decision))
    contact_planned(as_of=DAY)
    [sent] = Attempt.objects.all()

    mail = officer.get(f"/mail/{sent.pk}/")
    judged = officer.get(f"/compliance/attempts/{sent.pk}/")

    assert mail.context["mail"].choice.key == "reminder_firm"
    assert "语气是决策的语气" in mail.content.decode()
    assert judged.context["page"].choice == mail.context["mail"].choice
