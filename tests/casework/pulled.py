"""Cases that collectors have, and rules by which they are taken back."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from factories import make_case, make_promise, make_user

from carrears.access.models import User
from carrears.casework.models import Case, Desk
from carrears.casework.services import tell
from carrears.clock import now

LONG_AGO = date(2026, 1, 5)
FILE = """
- from: 2020-01-01
  promise_days: 5
  rules:
    - {{name: r0, title: {{zh: 规则, en: Rule}}, why: {why}, to: {to}{more}}}
"""


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    return tmp_path


def rule(home: Path, why: str, *, to: str = "others", more: str = "") -> None:
    text = FILE.format(why=why, to=to, more=f", {more}" if more else "")
    (home / "pull_back.yaml").write_text(text)


def collector(name: str, **desk: object) -> User:
    user = make_user(role="collector", username=name)
    if desk:
        Desk.objects.create(user=user, **desk)
    return user


def some_case(loan_no: str, owner: User | None, debtor: str = "", **more: object) -> Case:
    place = int(loan_no.removeprefix("L"))
    given: dict[str, Any] = {"opened_on": LONG_AGO, "name": "", "assignee": owner} | more
    return make_case(loan_no=loan_no, loan_id=place, obligor_no=debtor or f"P-{place}", **given)


def owners() -> dict[str, str | None]:
    return dict(Case.objects.order_by("loan_no").values_list("loan_no", "assignee__username"))


def told(case: Case, kind: str, *, days_ago: float, by: User | None = None, **data: Any) -> None:
    tell(case, kind, at=now() - timedelta(days=days_ago), by=by, data=data)


def promise(case: Case, *, in_days: int) -> None:
    make_promise(case, (100, case.as_of + timedelta(days=in_days)))
