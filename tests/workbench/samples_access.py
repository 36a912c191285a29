"""Who signs in, and an account of somebody with its tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from workbench.samples import NOW, text

from carrears.workbench.view_models.access import (
    AccountPage,
    DemoUser,
    PasskeyRow,
    SessionRow,
    TokenRow,
)


def demo_users(*, zh: bool) -> tuple[DemoUser, ...]:
    rows = (
        ("lin", "林晓", "催收员", "处理自己的案件", "Lin Xiao", "Collector", "works the queue"),
        ("zhou", "周敏", "组长", "查看全组案件", "Zhou Min", "Team lead", "sees every case"),
        (
            "he",
            "何川",
            "策略经理",
            "查看策略与账本",
            "He Chuan",
            "Strategy manager",
            "sees the book",
        ),
        (
            "gao",
            "高岚",
            "合规官",
            "核查裁决与存证",
            "Gao Lan",
            "Compliance officer",
            "checks verdicts",
        ),
    )
    return tuple(
        DemoUser(r[0], "demo", *((r[1], r[2], r[3]) if zh else (r[4], r[5], r[6]))) for r in rows
    )


def account_page(*, zh: bool) -> AccountPage:
    return AccountPage(
        roles=(text(zh, "合规官", "Compliance officer"),),
        has_password=True,
        must_set_up=False,
        app_since=NOW,
        passkeys=(PasskeyRow(pk=3, name="YubiKey", since=NOW, used_at=None),),
        codes_left=9,
        sessions=(
            SessionRow(
                pk=1,
                agent="Chrome · Windows",
                network="203.0.113.0/24",
                since=NOW,
                seen_at=NOW,
                is_this=True,
            ),
            SessionRow(pk=2, agent="", network="", since=NOW, seen_at=NOW, is_this=False),
        ),
    )


def token_rows(*, zh: bool) -> tuple[TokenRow, ...]:
    shared: dict[str, Any] = {"user": text(zh, "林晓", "Lin Xiao"), "created_at": NOW}
    return (
        TokenRow(
            pk=2,
            name=text(zh, "信贷系统", "loan system"),
            hint="ca_Ab3x",
            scopes=("cases:read", "events:*"),
            expires_at=NOW + timedelta(days=90),
            last_used_at=NOW,
            state="good",
            is_own=True,
            **shared,
        ),
        TokenRow(
            pk=1,
            name=text(zh, "旧令牌", "an old one"),
            hint="",
            scopes=("*:*",),
            expires_at=None,
            last_used_at=None,
            state="revoked",
            is_own=False,
            **shared,
        ),
    )
