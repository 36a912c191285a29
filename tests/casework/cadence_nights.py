"""A case whose treatment has a cadence, and the nights that say its steps."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import MOMENT, make_case

from carrears.casework.cadence_steps import plan_steps
from carrears.casework.cadence_stops import cancel_overtaken_steps
from carrears.casework.models import Case, PlannedAction
from carrears.outreach.services import contact_planned

ZONES = {"auto": "Asia/Shanghai"}
LATER = MOMENT + timedelta(days=100)  # the book is replayed
DUE = date(2026, 6, 15)  # a Monday
OWN = """
cadences:
  standard:
    zh: 试
    en: Trial
    treatments: [reminder]
    closed_day: {closed_day}
    closed_hours: {closed_hours}
    language: {language}
    last_days: 2
    steps:
      - {{day: 1}}
      - day: 3
        by: [{{channel: sms, template: sms_reminder}}, {{channel: email, template: reminder}}]
      - {{day: 5}}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.CARREARS_HOME = tmp_path
    settings.SMS_DIR, settings.MAIL_DIR = tmp_path / "sms", tmp_path / "mail"
    settings.DEMO = True  # texts go to its box
    write(tmp_path)
    return tmp_path


def write(home: Path, **rules: str) -> None:
    said = {"closed_day": "as_is", "closed_hours": "later", "language": "debtor"} | rules
    (home / "strategies").mkdir(exist_ok=True)
    (home / "strategies" / "cadences.yaml").write_text(OWN.format(**said), encoding="utf-8")


def night(days: int) -> int:
    """The night of so many days past due."""
    as_of = DUE + timedelta(days=days)
    Case.objects.update(as_of=as_of, dpd=days)
    return plan_steps(as_of=as_of, zones=ZONES, moment=LATER)


def send(days: int) -> None:
    as_of = DUE + timedelta(days=days)
    cancel_overtaken_steps(today=as_of)
    contact_planned(as_of=as_of)


def states() -> dict[str, tuple[str, str]]:
    found = PlannedAction.objects.order_by("pk").values_list("key", "state", "reason")
    return {key.rsplit(":", 1)[1]: (state, reason) for key, state, reason in found}


@pytest.fixture
def case() -> Case:
    decision = {"channel": "email", "template": "reminder_soft", "cadence_days": 1}
    return make_case(oldest_due_on=DUE, as_of=DUE, decision=decision, opened_on=DUE)
