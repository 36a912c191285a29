"""A filled case page."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from workbench.samples import NOW, TODAY, text, yuan

from carrears.outreach.outcome_codes import load_outcome_codes
from carrears.workbench.call_forms import ContactForm
from carrears.workbench.forms import NoteForm
from carrears.workbench.promise_forms import PromiseForm
from carrears.workbench.view_models import case
from carrears.workbench.view_models.case_page import CasePage
from carrears.workbench.view_models.common import Sensitive

CODES = load_outcome_codes(Path("/nowhere"), on=TODAY)


def debtor(*, zh: bool) -> case.Person:
    return case.Person(
        name=Sensitive(text(zh, "王建国", "Wang Jianguo")),
        role="obligor",
        id_no=Sensitive("3201**********4417", masked=True, reveal_url="/reveal"),
        region=text(zh, "江苏省南京市", "Nanjing, Jiangsu"),
        language="zh-CN",
        local_time=NOW,
        time_zone="Asia/Shanghai",
        points=(
            case.ContactPoint(
                kind="phone",
                value=Sensitive("138****2209", masked=True, reveal_url="/reveal"),
                source="contract",
                consent=True,
            ),
            case.ContactPoint(
                kind="email",
                value=Sensitive("wa***@example.com", masked=True, reveal_url="/reveal"),
                source="debtor",
                consent=True,
            ),
            case.ContactPoint(
                kind="address",
                value=Sensitive(text(zh, "南京市鼓楼区***", "Gulou District, Nanjing, ***")),
                source="contract",
                valid=False,
                consent=False,
            ),
        ),
        synthetic=True,
    )


def owed() -> case.Owed:
    return case.Owed(
        total=yuan(412_350),
        components=(
            case.Component("fee", yuan(5_000), TODAY - timedelta(days=12)),
            case.Component("interest", yuan(98_112), TODAY - timedelta(days=12)),
            case.Component("principal", yuan(309_238), TODAY - timedelta(days=12)),
        ),
        instalments=(
            case.Instalment(13, date(2019, 10, 18), yuan(320_418), yuan(228_486), yuan(91_932), 43),
            case.Instalment(14, date(2019, 11, 18), yuan(320_418), yuan(0), yuan(320_418), 12),
        ),
        next_due_on=date(2019, 12, 18),
        next_due=yuan(320_418),
        last_paid_on=date(2019, 10, 20),
        last_paid=yuan(228_486),
    )


def score(*, zh: bool) -> case.Score:
    reasons = (
        (text(zh, "近 6 个月付款", "Payments of 6 months"), text(zh, "漏 2 期", "2 missed"), -48),
        (text(zh, "贷款余额/车价", "Balance to value"), "92 %", -31),
        (text(zh, "征信分", "Bureau score"), "688", 22),
        (text(zh, "月供/收入", "Payment to income"), "11 %", 9),
    )
    return case.Score(
        points=562,
        largest=850,
        band="C",
        scorecard=text(zh, "透明评分卡 v1", "Transparent scorecard v1"),
        as_of=TODAY,
        reasons=tuple(case.Reason(t, v, p, abs(p) * 2) for t, v, p in reasons),
    )


def treatment(*, zh: bool) -> case.Treatment:
    return case.Treatment(
        title=text(zh, "早期邮件提醒", "Early e-mail reminder"),
        stage="early",
        note="",
        strategy="treatment",
        version="3f9ac1d07e55",
        version_id=4,
        in_force=case.InForce(
            kind="approved",
            since=TODAY - timedelta(days=40),
            drafted_by=text(zh, "策略甲", "Drafter"),
            approved_by=text(zh, "合规乙", "Approver"),
            reason=text(zh, "早期更多用邮件", "More e-mail in the early stage"),
        ),
        fired=(
            case.FiredRule(
                rule="early-6",
                about=text(zh, "6–15 天：再次提醒", "Day 6 to 15: a second reminder"),
                conditions=(
                    case.Condition(text(zh, "逾期天数", "Days past due"), "6 … 15", "12"),
                    case.Condition(text(zh, "风险等级", "Risk band"), "B, C", "C"),
                ),
            ),
        ),
        measures=(
            (text(zh, "渠道", "Channel"), text(zh, "邮件", "E-mail")),
            (text(zh, "语气", "Tone"), text(zh, "平和", "matter-of-fact")),
        ),
        next_review_on=TODAY + timedelta(days=3),
        actions=(
            case.PlannedStep(channel="email", template="early", at=NOW, state="planned"),
            case.PlannedStep(
                channel="email",
                template="early",
                at=NOW - timedelta(days=3),
                state="cancelled",
                reason="overtaken",
            ),
        ),
    )


def timeline(*, zh: bool) -> case.Timeline:
    events = (
        case.Event(
            kind="message_sent",
            at=NOW,
            channel="email",
            outcome="allow",
            detail=text(zh, "早期提醒 → wa***@example.com", "Early reminder → wa***@example.com"),
            mail_id=1,
            entry_no=48_120,
        ),
        case.Event(
            kind="note",
            at=NOW - timedelta(hours=3),
            actor=text(zh, "林晓", "Lin Xiao"),
            text=text(
                zh,
                "客户来电：工资 25 日发放，届时还款。\n请勿在上午联系。",
                "Called in: wages come on the 25th, will pay then.\nNot in the mornings, please.",
            ),
            entry_no=48_101,
        ),
        case.Event(
            kind="promise", at=NOW - timedelta(hours=3), amount=yuan(412_350), entry_no=48_100
        ),
        case.Event(
            kind="message_blocked", at=NOW - timedelta(days=1), channel="email", outcome="block"
        ),
        case.Event(kind="payment", at=NOW - timedelta(days=41), amount=yuan(228_486)),
        case.Event(kind="opened", at=NOW - timedelta(days=12), detail="M0 → M1"),
    )
    return case.Timeline(events=events, more_url="/older")


def case_page(*, zh: bool, **changes: Any) -> CasePage:
    filled: dict[str, Any] = {
        "loan_no": "CL2018000000",
        "state": "open",
        "bucket": 1,
        "dpd": 12,
        "as_of": TODAY,
        "opened_on": TODAY - timedelta(days=12),
        "closed_on": None,
        "close_reason": "",
        "priority": 980,
        "assignee": text(zh, "林晓", "Lin Xiao"),
        "debtor": debtor(zh=zh),
        "others": (
            case.Person(name=Sensitive(text(zh, "王秀英", "Wang Xiuying")), role="contact"),
        ),
        "owed": owed(),
        "siblings": case.Siblings(
            loans=2,
            arrears=(yuan(1_236_900),),
            worst_dpd=68,
            shown=(case.Sibling(loan_no="CL2019000777", bucket=3, dpd=68, arrears=yuan(824_600)),),
        ),
        "loan": case.LoanTerms(
            product=text(zh, "新车等额本息", "New car, level payments"),
            principal=yuan(10_800_000),
            balance=yuan(9_733_120),
            annual_rate=0.0588,
            term_months=36,
            instalment=yuan(320_418),
            originated_on=date(2018, 9, 18),
            dealer=text(zh, "南京宁通汽车销售有限公司", "Nanjing Ningtong Motors"),
            channel=text(zh, "经销商", "Dealer"),
        ),
        "car": case.Car(
            make=text(zh, "大众", "Volkswagen"),
            model=text(zh, "朗逸 1.5L", "Lavida 1.5L"),
            year=2018,
            condition="new",
            plate=Sensitive("苏A·**7K3", masked=True, reveal_url="/reveal"),
            vin=Sensitive("LSVAA*********812", masked=True, reveal_url="/reveal"),
            value=yuan(11_980_000),
            loan_to_value=0.8124,
        ),
        "score": score(zh=zh),
        "treatment": treatment(zh=zh),
        "promise": case.OpenPromise(
            amount=yuan(412_350), paid=yuan(0), due_on=TODAY + timedelta(days=3)
        ),
        "hold": None,
        "timeline": timeline(zh=zh),
        "allowed": case.Allowed(contact=True, promise=True, note=True),
    }
    return CasePage(**(filled | changes))


def forms_of(data: dict[str, str] | None = None) -> dict[str, Any]:
    latest = TODAY + timedelta(days=31)
    return {
        "promise_form": PromiseForm(
            data,
            currency="CNY",
            today=TODAY,
            latest=latest,
            guided={"arrears": 412_350, "instalment": 137_450},
            most_parts=4,
        ),
        "note_form": NoteForm(data),
        "contact_form": ContactForm(people=[("1", "王建国")], codes=CODES, today=TODAY),
    }
