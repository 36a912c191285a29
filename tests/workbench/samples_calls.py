"""The desk of a case, with each of its states, and the lists of open calls and overrides."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from workbench.samples import NOW, text, verdict

from carrears.outreach.outcome_codes import load_outcome_codes
from carrears.workbench.call_forms import ResultForm
from carrears.workbench.forms import ReasonForm
from carrears.workbench.view_models import calls, overrides
from carrears.workbench.view_models.common import Option, Pager, Sensitive
from carrears.workbench.view_models.compliance import AttemptRow, AttemptShown

CODES = load_outcome_codes(Path("/nowhere"), on=NOW.date())
TOKEN = "0b7e1c5e-5d3c-4e0e-9a67-8a6e0d0c1e11"
ZONE = "Asia/Shanghai"


def call_desk(*, zh: bool) -> calls.CallDesk:
    return calls.CallDesk(
        loan_no="CL2018000000",
        key="7b0d0c1e",
        judged_at=NOW,
        may_call=True,
        may_write=True,
        may_ask=True,
        people=(_person("obligor", "allow", zh=zh), _person("contact", "block", zh=zh)),
        open_calls=(open_call(1, zh=zh, dial="+86 139 0000 0001"), open_call(2, zh=zh)),
        overrides=(override(1, "approved", zh=zh), override(2, "refused", zh=zh)),
        refused=calls.Refused(
            attempt=9,
            name=text(zh, "王建国", "Wang Jianguo"),
            number=Sensitive("139****0001", masked=True),
            verdict=verdict(zh=zh, outcome="review"),
        ),
    )


def _person(role: str, outcome: str, *, zh: bool) -> calls.Reachable:
    numbers = tuple(
        calls.Number(
            point=place + (10 if role == "contact" else 0),
            value=Sensitive(f"139****000{place}", masked=True),
            source="contract",
            verdict=verdict(zh=zh, outcome=each),
        )
        for place, each in enumerate((outcome, "review"))
    )
    mail = calls.Letterbox(
        value=Sensitive("wa***@example.com", masked=True),
        template=text(zh, "早期提醒", "Early reminder"),
        verdict=verdict(zh=zh, outcome=outcome),
    )
    return calls.Reachable(
        token=TOKEN,
        name=text(zh, "王建国", "Wang Jianguo"),
        role=role,
        purpose="collect" if role == "obligor" else "ask_debtor_contact",
        local_time=NOW,
        time_zone=ZONE,
        numbers=numbers,
        mail=mail if role == "obligor" else None,
    )


def open_call(pk: int, *, zh: bool, dial: str = "") -> calls.OpenCall:
    return calls.OpenCall(
        pk=pk,
        loan_no="CL2018000000",
        name=text(zh, "王建国", "Wang Jianguo"),
        role="obligor",
        number=Sensitive("139****0001", masked=True),
        booked_at=NOW,
        by=text(zh, "林晓", "Lin Xiao"),
        dial=dial,
        form=ResultForm(pk=pk, codes=CODES, today=NOW.date()),
    )


def override(pk: int, state: str, *, zh: bool) -> overrides.OverrideRow:
    is_decided = state != "asked"
    return overrides.OverrideRow(
        pk=pk,
        loan_no="CL2018000000",
        token=TOKEN,
        name=text(zh, "王建国", "Wang Jianguo"),
        channel="call",
        rules=("CN-10b",),
        reason=text(zh, "客户要求回电", "asked to be called back"),
        asked_by=text(zh, "林晓", "Lin Xiao"),
        asked_at=NOW,
        state=state,
        decision=text(zh, "已听录音", "heard the recording") if is_decided else "",
        decided_by=text(zh, "合规官", "officer") if is_decided else "",
        decided_at=NOW if is_decided else None,
        valid_until=NOW + timedelta(days=1) if state == "approved" else None,
        may_use=state == "approved",
    )


def open_calls_page(*, zh: bool) -> calls.OpenCallsPage:
    rows = (open_call(1, zh=zh), open_call(2, zh=zh))
    return calls.OpenCallsPage(rows=rows, pager=Pager(1, 1, 2, 1, 2), everybody=True, minutes=60)


def overrides_page(*, zh: bool) -> overrides.OverridesPage:
    every = (Option("", text(zh, "全部", "All"), selected=True),)
    states = ("asked", "approved", "used", "lapsed", "refused")
    return overrides.OverridesPage(
        rows=tuple(override(n, state, zh=zh) for n, state in enumerate(states)),
        pager=Pager(1, 1, 5, 1, 5),
        loan_no="",
        first=None,
        last=None,
        states=every,
        channels=every,
        people=every,
        waiting=1,
        active=True,
    )


def override_context(*, zh: bool) -> dict[str, Any]:
    row = AttemptRow(
        pk=9,
        at=NOW,
        loan_no="CL2018000000",
        channel="email",
        actor=text(zh, "林晓", "Lin Xiao"),
        action="review",
        state="blocked",
        against=(),
        next_allowed_at=None,
        near=(),
    )
    told = AttemptShown(
        row=row,
        verdict=verdict(zh=zh, outcome="review"),
        judged_at=NOW,
        law_on="2026-10-31",
        facts=(),
        attempt=(),
        history=(),
        entry_no=7,
    )
    page = overrides.OverrideShown(
        row=override(1, "asked", zh=zh),
        attempt=told,
        subject=text(zh, "还款提醒", "Reminder"),
        body=text(zh, "您好。", "Good day."),
        may_decide=True,
        is_own=False,
        made=None,
        entries=(8,),
    )
    return {"page": page, "form": ReasonForm()}
