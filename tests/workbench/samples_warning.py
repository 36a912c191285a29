"""The early-warning list and one loan of it, invented."""

from __future__ import annotations

from datetime import UTC, date, datetime

from carrears.money import Money
from carrears.workbench.view_models.case import (
    Condition,
    FiredRule,
    LevelStep,
    PlannedStep,
    Reason,
    Score,
    Warned,
)
from carrears.workbench.view_models.common import Option, Pager, Sensitive
from carrears.workbench.view_models.warning import (
    WarningPage,
    WatchedFilters,
    WatchedPage,
    WatchedRow,
)

DUE = date(2026, 11, 30)


def said(zh: bool, chinese: str, english: str) -> str:  # noqa: FBT001  as short as the texts
    return chinese if zh else english


def watched_row(position: int, *, zh: bool) -> WatchedRow:
    names = ("王**", "陈**", "刘*") if zh else ("W** J**", "C** Z**", "L** Y**")
    return WatchedRow(
        loan_no=f"CL2019{position:06d}",
        name=Sensitive(names[position]) if position else None,
        level=("high", "warn", "watch")[position],
        reason=(
            said(zh, "代扣被退回", "A direct debit was returned"),
            said(zh, "本人另有逾期贷款", "Another loan of the debtor is behind"),
            said(zh, "还款记录偏弱", "The record of payments is weak"),
        )[position],
        score=531 + 17 * position,
        since_on=date(2026, 11, 3 + position),
        next_due_on=DUE if position else None,
        next_due=Money(4_213_00, "CNY") if position else None,
    )


def watched_page(*, zh: bool) -> WatchedPage:
    return WatchedPage(
        filters=WatchedFilters(
            text="",
            levels=(
                Option("high", said(zh, "高", "High"), selected=True, count=12),
                Option("warn", said(zh, "警示", "Warn"), count=207),
            ),
            reasons=(Option("", said(zh, "全部", "All"), selected=True),),
            sorts=(Option("score", said(zh, "风险最高", "Most at risk"), selected=True),),
            active=True,
        ),
        rows=tuple(watched_row(position, zh=zh) for position in range(3)),
        pager=Pager(1, 5, 219, 1, 50),
    )


def warning_page(*, zh: bool) -> WarningPage:
    title = said(zh, "近期代扣退回次数", "Direct debits returned lately")
    rule = said(zh, "代扣退回两次以上：高", "Two debits returned: high")
    worst = said(zh, "最近 12 期最长晚还天数", "longest delay of the last 12")
    return WarningPage(
        warned=Warned(
            loan_no="CL2019000001",
            level="high",
            reason=said(zh, "代扣被退回", "A direct debit was returned"),
            since_on=date(2026, 11, 20),
            as_of=date(2026, 11, 27),
            table="3081c90b11aa",
            fired=(
                FiredRule(
                    rule="high-returned",
                    about=rule,
                    conditions=(Condition(title, "≥ 2", "2"),),
                ),
            ),
            facts=((title, "2"), (said(zh, "账龄（月）", "Months since origination"), "14")),
            score=Score(
                points=548,
                largest=700,
                band="D",
                scorecard=said(zh, "逾期预警评分 1", "early-warning card 1"),
                as_of=date(2026, 11, 27),
                reasons=(Reason(worst, said(zh, "31–61 天", "31 to 61 days"), -56, 100),),
            ),
            steps=(
                LevelStep(date(2026, 11, 20), "high", said(zh, "代扣被退回", "A debit returned")),
                LevelStep(date(2026, 10, 2), "watch", said(zh, "换了手机号", "Phone changed")),
            ),
            reminders=(
                PlannedStep(
                    channel="email",
                    template="predue_reminder",
                    at=datetime(2026, 11, 23, 2, tzinfo=UTC),
                    state="sent",
                ),
            ),
            next_due_on=DUE,
            next_due=Money(4_213_00, "CNY"),
            offsets=(7, 3, 1, 0),
        ),
        name=Sensitive("陈**" if zh else "C** Z**"),
        has_case=True,
    )
