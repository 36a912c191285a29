"""One filled view model of every page, in Chinese or English, for rendering without a book."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from carrears.money import Money
from carrears.workbench.token_forms import TokenForm
from carrears.workbench.view_models import contact, evidence, imports, mail, queue
from carrears.workbench.view_models.common import Option, Pager, Sensitive

TODAY = date(2019, 11, 30)
NOW = datetime(2019, 11, 30, 2, 24, tzinfo=UTC)
NIGHT = datetime(2019, 11, 30, 15, 10, tzinfo=UTC)


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


def text(zh: bool, chinese: str, english: str) -> str:  # noqa: FBT001
    return chinese if zh else english


NAMES = (
    ("王建国", "Wang Jianguo"),
    ("欧阳晓雯", "Ouyang Xiaowen"),
    ("李娜", "Li Na"),
    ("阿卜杜拉·买买提", "Abdulla Mamat"),
    ("陈志强", "Chen Zhiqiang"),
    ("刘洋", "Liu Yang"),
    ("赵敏", "Zhao Min"),
    ("Guadalupe Fernández-Castellanos", "Guadalupe Fernández-Castellanos"),
    ("孙浩然", "Sun Haoran"),
)
FLAGS = ((), ("broken_promise",), (), ("hold", "dispute"), (), (), ("do_not_contact",), (), ())


def queue_row(position: int, *, zh: bool) -> queue.QueueRow:
    bucket = (1, 3, 2, 5, 1, 7, 4, 2, 6)[position]
    return queue.QueueRow(
        loan_no=f"CL2018{position:06d}",
        name=Sensitive(NAMES[position][0 if zh else 1]),
        state="open",
        bucket=bucket,
        dpd=(12, 74, 44, 133, 3, 402, 96, 59, 171)[position],
        arrears=yuan((412_350, 1_280_044, 833_000, 2_911_872, 96, 12_804_511, 1, 77, 5)[position]),
        balance=yuan(9_733_120 + position * 1_000_000),
        priority=980 - position * 37,
        band="ABCDEABCD"[position],
        treatment=text(zh, "早期邮件提醒", "Early e-mail reminder"),
        step=text(zh, "了解是否有困难", "Ask whether there is hardship"),
        next_channel="" if position == 1 else ("email", "call", "visit")[position % 3],
        next_at=None if position == 1 else NOW + timedelta(hours=position),
        promise_on=TODAY + timedelta(days=3) if position == 1 else None,
        last_contact_at=None if position == 5 else NOW - timedelta(days=position * 3),
        assignee=text(zh, "周敏", "Zhou Min"),
        flags=FLAGS[position],
    )


def queue_page(*, zh: bool, rows: int = 9) -> queue.QueuePage:
    scheme = ("M1", "M2", "M3", "M4", "M5", "M6", "M6+")
    everyone = text(zh, "全部", "All")
    return queue.QueuePage(
        filters=queue.CaseFilters(
            text="",
            buckets=tuple(
                Option(str(i), name, i == 2, (812, 241, 97, 40, 22, 14, 120)[i - 1])
                for i, name in enumerate(scheme, 1)
            ),
            treatments=(
                Option("", everyone),
                Option("early", text(zh, "早期邮件", "Early e-mail")),
            ),
            steps=(Option("", everyone), Option("gps_check", text(zh, "查车", "Car check"))),
            owners=(Option("me", text(zh, "我的案件", "My cases"), selected=True),),
            flags=(Option("", everyone), Option("hold", text(zh, "停催", "On hold"))),
            active=True,
        ),
        sorts=(Option("priority", text(zh, "优先级", "Priority")),),
        rows=tuple(queue_row(i, zh=zh) for i in range(rows)),
        pager=Pager(2, 28, 1346, 51, 100, "bucket=2") if rows else Pager(1, 1, 0, 0, 0),
        arrears=yuan(1_922_334_411),
        as_of=TODAY,
    )


def verdict(*, zh: bool, outcome: str = "block") -> contact.Verdict:
    hour = "23:10" if outcome == "block" else "10:24"
    night = contact.Finding(
        rule_id="CN-09",
        outcome="block" if outcome == "block" else "allow",
        title=text(zh, "夜间不得催收（22:00–次日 08:00）", "No collection at night (22:00-08:00)"),
        explanation=text(zh, f"债务人当地时间 {hour}。", f"It is {hour} where the debtor is."),
        citation=text(
            zh,
            "中国银行业协会《金融机构个人消费类贷款催收工作指引（试行）》",
            "China Banking Association, Guideline on collecting personal consumer loans (trial)",
        ),
    )
    calls = contact.Finding(
        rule_id="CN-02",
        outcome="allow",
        title=text(zh, "每日有效通话不超过 3 次", "At most 3 effective calls a day"),
        explanation=text(zh, "今天 0 次。", "None today."),
        citation="GB/T 45251—2025 §5.3",
        url="https://openstd.samr.gov.cn/",
    )
    place = contact.Finding(
        rule_id="CN-15",
        outcome="review" if outcome == "review" else "allow",
        title=text(zh, "号码来源合法", "Lawful source of the address"),
        citation="CBA",
    )
    return contact.Verdict(
        outcome=outcome,  # type: ignore[arg-type]
        pack="cn",
        pack_version="2026-01-30+3f9a1c",
        judged_for=NOW,
        debtor_time=NIGHT if outcome == "block" else NOW,
        time_zone="Asia/Shanghai",
        findings=(night, calls, place),
        next_allowed_at=None if outcome == "allow" else NOW + timedelta(hours=9),
    )


BODY_ZH = """王建国先生/女士：

您的车辆贷款第 14 期应还款 3,204.18 元已于 2019-11-18 到期，截至今天尚欠 4,123.50 元。

如您已还款，请忽略本邮件。如有困难，请致电 400-000-0000，我们愿与您商量办法。

示例汽车金融有限公司"""
BODY_EN = """Dear Mr Wang,

instalment 14 of your car loan, 3,204.18 yuan, was due on 18 November 2019.
4,123.50 yuan are still open today.

If you have already paid, please ignore this message. If you are in difficulty,
call 400-000-0000: we want to find a way with you.

Sample Auto Finance Ltd."""


def subject(*, zh: bool) -> str:
    return text(zh, "车贷还款提醒（合同号 CL2018000000）", "Reminder of your car loan CL2018000000")


def contact_preview(*, zh: bool, outcome: str = "allow") -> contact.ContactPreview:
    return contact.ContactPreview(
        loan_no="CL2018000000",
        key="7b0d0c1e",
        recipients=(
            Option("1", text(zh, "王建国（借款人）", "Wang Jianguo (borrower)"), selected=True),
        ),
        templates=(Option("early", text(zh, "早期提醒", "Early reminder"), selected=True),),
        languages=(Option("zh-CN", "中文", selected=zh), Option("en-US", "English", not zh)),
        to=Sensitive("wa***@example.com", masked=True),
        channel="email",
        subject=subject(zh=zh),
        body=BODY_ZH if zh else BODY_EN,
        template_version="early-reminder@3",
        verdict=verdict(zh=zh, outcome=outcome),
    )


def mail_page(*, zh: bool, rows: int = 4) -> mail.MailPage:
    states = ("sent", "blocked", "failed", "sent")
    blocked = text(zh, "CN-09 夜间不得催收", "CN-09 no collection at night")
    return mail.MailPage(
        rows=tuple(
            mail.MailRow(
                id=i + 1,
                loan_no=f"CL2018{i:06d}",
                at=NOW - timedelta(hours=i),
                to=Sensitive("wa***@example.com"),
                subject=subject(zh=zh),
                state=states[i],
                template="early-reminder",
                channel="email",
                reason=blocked if states[i] == "blocked" else "",
            )
            for i in range(rows)
        ),
        pager=Pager(1, 1, rows, min(rows, 1), rows),
        states=(Option("", text(zh, "全部", "All"), selected=True),),
    )


def mail_message(*, zh: bool) -> mail.MailMessage:
    return mail.MailMessage(
        id=1,
        loan_no="CL2018000000",
        state="sent",
        at=NOW,
        sent_at=NOW,
        channel="email",
        sender="collections@lender.example",
        to=Sensitive("wa***@example.com", masked=True, reveal_url="/reveal"),
        subject=subject(zh=zh),
        body=BODY_ZH if zh else BODY_EN,
        language="zh-CN" if zh else "en-US",
        template="early-reminder",
        template_version="3",
        made_by="",
        message_id="<20191130.7b0d0c1e@lender.example>",
        error="",
        verdict=verdict(zh=zh, outcome="allow"),
        entry_no=48_120,
        delivered=True,
    )


def import_row(*, refused: bool = False) -> imports.ImportRow:
    return imports.ImportRow(
        pk=7,
        file_name="ally-2017-3-payments.csv.gz",
        size_bytes=8_123_904,
        mapping="sec-auto-wide",
        state="refused" if refused else "done",
        rows_read=0 if refused else 142_018,
        rows_accepted=0 if refused else 142_011,
        rows_rejected=0 if refused else 7,
        started_at=NOW,
        seconds=4.219,
        imported_by="lin",
        as_of_from=date(2017, 4, 30),
        as_of_to=None if refused else TODAY,
        error="truncated gzip at byte 81,920" if refused else "",
    )


def imports_page(*, rows: int = 2) -> imports.ImportsPage:
    many = tuple(import_row(refused=i == 1) for i in range(rows))
    return imports.ImportsPage(rows=many, pager=Pager(1, 1, rows, min(rows, 1), rows))


def import_page() -> imports.ImportPage:
    reason = "'2O17-05-01' is not a date"
    return imports.ImportPage(
        summary=import_row(),
        path="/data/tapes/ally-2017-3-payments.csv.gz",
        tables=(imports.TableCount("loans", 3513), imports.TableCount("payments", 138_402)),
        reasons=(imports.ReasonCount(field="paid_on", reason=reason, rows=6),),
        rejects=(
            imports.RejectRow(
                table="payments",
                row_no=1203,
                line_no=1204,
                errors=(
                    imports.FieldError("paid_on", reason),
                    imports.FieldError("amount", "finer than the minor unit of USD"),
                ),
            ),
            imports.RejectRow(
                table="payments",
                row_no=90_211,
                line_no=None,
                errors=(imports.FieldError("paid_on", reason),),
                resolved_by=8,
            ),
        ),
        pager=Pager(1, 1, 2, 1, 2),
        retry_command="carrears book import corrected.csv --mapping sec-auto-wide",
    )


def evidence_page(*, ok: bool = True) -> evidence.EvidencePage:
    return evidence.EvidencePage(
        origin="carrears.example/log",
        size=48_121,
        root_hash="8f3c" * 16,
        checkpoint_at=NOW,
        verification=evidence.Verification(
            at=NOW,
            size=48_121,
            ok=ok,
            first_bad=None if ok else 12_044,
            message="" if ok else "leaf",
        ),
        rows=tuple(
            evidence.EntryRow(
                number=48_120 - i,
                at=NOW - timedelta(minutes=i),
                kind=("case.promise", "contact.sent", "case.opened")[i % 3],
                subject=f"CL2018{i:06d}",
                actor="lin" if i % 2 else "",
                leaf_hash="a1b2c3d4" * 8,
            )
            for i in range(6)
        ),
        pager=Pager(1, 8021, 48_121, 1, 6),
        witnesses=(
            evidence.WitnessRow(name="supervisor", size=48_121, cosigned_at=NOW, state="cosigned"),
            evidence.WitnessRow(
                name="auditor",
                size=50_007,
                cosigned_at=NOW - timedelta(hours=2),
                state="unreachable" if ok else "rolled_back",
                error="it has cosigned 50,007 entries, the log has 48,121",
                since=None if ok else NOW - timedelta(hours=1),
            ),
        ),
        vouched=48_121,
        stamped_at=NOW - timedelta(minutes=40),
    )


def context(name: str, *, zh: bool) -> dict[str, Any]:
    """The whole context of the template ``workbench/<name>.html``."""
    from workbench.samples_access import account_page, token_rows  # noqa: PLC0415  see below
    from workbench.samples_analytics import analytics_page  # noqa: PLC0415
    from workbench.samples_calls import (  # noqa: PLC0415
        call_desk,
        open_calls_page,
        override_context,
        overrides_page,
    )
    from workbench.samples_case import case_page, forms_of  # noqa: PLC0415  the larger page has its own file
    from workbench.samples_dashboard import dashboard, key_figures  # noqa: PLC0415
    from workbench.samples_strategy import (  # noqa: PLC0415
        draft_context,
        strategy_context,
        version_context,
    )
    from workbench.samples_warning import warning_page, watched_page  # noqa: PLC0415

    contexts: dict[str, Any] = {
        "dashboard": lambda: {
            "page": dashboard(zh=zh),
            "key": key_figures(zh=zh),
            "may_ask": True,
            "query": "",
        },
        "account": lambda: {"page": account_page(zh=zh)},
        "tokens": lambda: {"page": token_rows(zh=zh), "form": TokenForm(), "secret": "ca_x"},
        "analytics": lambda: {"page": analytics_page(zh=zh)},
        "queue": lambda: {"page": queue_page(zh=zh)},
        "search": lambda: {
            "page": queue.SearchPage(
                text="王建国", rows=queue_page(zh=zh).rows[:2], pager=Pager(1, 1, 2, 1, 2)
            ),
        },
        "case": lambda: {"page": case_page(zh=zh), "calls": call_desk(zh=zh), **forms_of()},
        "open_calls": lambda: {"page": open_calls_page(zh=zh)},
        "overrides": lambda: {"page": overrides_page(zh=zh)},
        "override": lambda: override_context(zh=zh),
        "contact": lambda: {"contact": contact_preview(zh=zh)},
        "mail": lambda: {"page": mail_page(zh=zh)},
        "mail_message": lambda: {"mail": mail_message(zh=zh)},
        "imports": lambda: {"page": imports_page()},
        "import_detail": lambda: {"page": import_page()},
        "warning": lambda: {"page": watched_page(zh=zh)},
        "warning_loan": lambda: {"page": warning_page(zh=zh)},
        "evidence": lambda: {"page": evidence_page()},
        "strategy": lambda: strategy_context(zh=zh),
        "strategy_version": lambda: version_context(zh=zh),
        "strategy_draft": lambda: draft_context(zh=zh),
    }
    filled: dict[str, Any] = contexts[name]()
    return filled


PAGES = (
    "dashboard",
    "analytics",
    "queue",
    "search",
    "case",
    "warning",
    "warning_loan",
    "contact",
    "mail",
    "mail_message",
    "imports",
    "import_detail",
    "evidence",
    "strategy",
    "strategy_version",
    "strategy_draft",
)
