"""When to come back to a case (跟进日): set by the rule of what happened, or by hand."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from carrears.access.models import User
from carrears.calendars import load_calendars
from carrears.casework.case_product import product_of
from carrears.casework.follow_up_rules import (
    After,
    FollowUpRule,
    Happened,
    load_follow_up_rules,
)
from carrears.casework.models import Case, CaseEvent, CaseState
from carrears.casework.services import CaseworkError, tell


@dataclass(frozen=True, slots=True)
class FollowUp:
    """When to come back, at which hour where the debtor is, and why.

    ``why`` is kept with the case: ``rule`` or ``code`` set it, ``after`` what, in how many working
    ``days`` counted ``from`` a day, after how many ``attempts``; or ``by`` whose hand, and the key
    of the ``line`` of the timeline that has his reason.
    """

    on: date | None
    at: time | None = None
    why: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def set_follow_up(case: Case, wanted: FollowUp) -> bool:
    """Come back to an open case then, or on no day; returns whether that is another time.

    Part of the caller's transaction, who tells the timeline why.
    """
    held = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)
    if held.state != CaseState.OPEN:
        return False
    is_another = (held.follow_up_on, held.follow_up_at) != (wanted.on, wanted.at)
    for one in (held, case):
        one.follow_up_on, one.follow_up_at = wanted.on, wanted.at
        one.follow_up_why = wanted.why if wanted.on is not None else {}
    held.save(update_fields=["follow_up_on", "follow_up_at", "follow_up_why"])
    return is_another


def follow_up_by_rule(
    case: Case, after: After, *, today: date, due_on: date | None = None, code: str = "",
    right_party: bool = False,
) -> FollowUp | None:  # fmt: skip
    """What the rules of ``today`` set after something; None where no rule is for it.

    ``due_on`` is when a promise is due, ``code`` and ``right_party`` are those of an outcome that
    is not on the timeline yet.
    """
    rules = load_follow_up_rules(Path(settings.CARREARS_HOME), on=today)
    attempts = 0
    if after == "outcome" and not right_party:
        attempts = unreached_of(case) + 1
    happened = Happened(
        after=after, stage=case.stage, bucket=case.bucket, code=code, attempts=attempts
    )
    rule = rules.find(happened)
    return None if rule is None else _by(rule, case, happened, first=due_on or today)


def _by(rule: FollowUpRule, case: Case, happened: Happened, *, first: date) -> FollowUp:
    if rule.in_days == "keep":
        return standing_of(case)
    if rule.in_days == "none":
        return FollowUp(None)
    why: dict[str, Any] = {
        "rule": rule.name,
        "after": rule.after,
        "days": rule.in_days,
        "from": first.isoformat(),
    }
    if happened.code:
        why |= {"code": happened.code}
    if happened.attempts:
        why |= {"attempts": happened.attempts}
    return FollowUp(in_working_days(case, first, rule.in_days), rule.at, why)


def in_working_days(case: Case, first: date, number: int) -> date:
    """So many working days after a day, by the calendar of the case's product."""
    home = Path(settings.CARREARS_HOME)
    calendar = load_calendars(home)[product_of(case).due_dates.calendar]
    return calendar.add_working_days(first, number)


def standing_of(case: Case) -> FollowUp:
    """When the case is to be come back to as it stands."""
    return FollowUp(case.follow_up_on, case.follow_up_at, case.follow_up_why)


def unreached_of(case: Case) -> int:
    """How many contacts in a row, up to the last that was told, did not reach the right party."""
    told = CaseEvent.objects.filter(case=case, kind="outcome").order_by("-happened_at", "-pk")
    number = 0
    for reached in told.values_list("data__right_party", flat=True)[:100]:
        if reached:
            break
        number += 1
    return number


_SET = """
update casework_case c set follow_up_on = w."on", follow_up_at = w.at, follow_up_why = w.why
from json_to_recordset(%s) as w (pk bigint, "on" date, at time, why jsonb)
where c.id = w.pk and c.state = 'open'
"""


def set_follow_ups(wanted: Mapping[int, FollowUp]) -> None:
    """The same for many open cases, by their numbers, in the caller's transaction."""
    if not wanted:
        return
    rows = [
        {
            "pk": pk,
            "on": one.on.isoformat() if one.on else None,
            "at": one.at.isoformat() if one.at else None,
            "why": one.why if one.on else {},
        }
        for pk, one in wanted.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SET, [json.dumps(rows)])


@transaction.atomic
def change_follow_up(
    case: Case, *, on: date, at: time | None, reason: str, today: date, by: User, moment: datetime
) -> None:
    """Come back on another day than the rules say; the timeline tells why.

    Raises:
        CaseworkError: no reason, a closed case, a day that is past, or too far ahead.
    """
    rules = load_follow_up_rules(Path(settings.CARREARS_HOME), on=today)
    if not reason.strip():
        raise CaseworkError("a reason is needed")
    if not today <= on <= today + timedelta(days=rules.at_most_days):
        raise CaseworkError("the follow-up day is past, or too far ahead")
    held = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case.pk)
    if held.state != CaseState.OPEN:
        raise CaseworkError("the case is closed")
    before = held.follow_up_on
    key = f"{case.loan_no}:follow_up:{uuid.uuid4()}"
    set_follow_up(case, FollowUp(on, at, {"by": by.get_username(), "line": key}))
    told: dict[str, Any] = {"follow_up_on": on.isoformat(), "text": reason.strip()[:120]}
    if at is not None:
        told["at"] = at.isoformat("minutes")
    if before is not None:
        told["before"] = before.isoformat()
    tell(case, "follow_up", at=moment, by=by, data=told, key=key)
