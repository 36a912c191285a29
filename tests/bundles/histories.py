"""A loan with a history in the log, among other loans, and the witnesses of that log."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from evidence.authority import run_authority
from factories import MOMENT, make_case, make_user
from witness.running import make_witness, run_witness

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.services import add_note
from carrears.evidence.queries import log_vkey
from carrears.evidence.services import record, sequence
from carrears.evidence.timestamps import read_authority, stamp_newest
from carrears.evidence.witnesses import read_policy, send_checkpoint

LOAN = "CL/2026-03 测"
NOTES = ("客户称月底前还款，已核对地址。", "He asks to be called after six.", "三次未接。")


def live_through(*, notes: int = 3, others: int = 40) -> tuple[Case, User]:
    """A case with some notes and a promise, and what happened to other loans in between."""
    case = make_case(loan_no=LOAN)
    clerk = make_user(role="collector", username="lin")
    for number in range(notes):
        at = MOMENT + timedelta(days=number)
        add_note(case, text=NOTES[number % len(NOTES)], by=clerk, at=at)
        for other in range(others // max(notes, 1)):
            key = f"other:{number}:{other}"
            record("case.bucket", subject="OTHER", payload={"n": other}, actor="", key=key,
                   occurred_at=at)  # fmt: skip
    sequence()
    return case, clerk


def have_it_vouched_for(settings: Any, folder: Path, stack: ExitStack) -> None:
    """Two witnesses, one with ML-DSA-44 besides, and a time-stamping authority."""
    first = make_witness(folder / "w1", "witness.example/one", log_vkey(), with_ml_dsa=True)
    second = make_witness(folder / "w2", "witness.example/two", log_vkey())
    lines = []
    for number, one in enumerate((first, second), 1):
        running = stack.enter_context(run_witness(one))
        lines += [
            f"witness w{number}-{n} {key} {running.url}" for n, key in enumerate(running.vkeys)
        ]
    policy = folder / "policy"
    members = [line.split()[1] for line in lines]
    lines += [f"group outside 2 {' '.join(members)}", "quorum outside"]
    policy.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings.WITNESS_POLICY = str(policy)
    stamper = stack.enter_context(run_authority(folder / "tsa"))
    settings.TSA_URL, settings.TSA_ROOTS = stamper.url, str(stamper.roots)


def vouch() -> None:
    """Have the newest checkpoint cosigned and stamped."""
    policy, authority = read_policy(), read_authority()
    assert policy is not None
    assert authority is not None
    send_checkpoint(policy, at=MOMENT, forced=True)
    stamp_newest(authority, at=MOMENT, forced=True)
