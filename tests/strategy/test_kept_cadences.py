"""Cadences that a strategy carries: drafted, compared, approved and said with it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from factories import make_user

from carrears.clock import now
from carrears.strategy.cadences import Cadences, find_cadence_fault, load_cadences, write_cadences
from carrears.strategy.difference import Change, compare
from carrears.strategy.drafts import (
    DraftError,
    approve_draft,
    open_draft,
    save_draft,
    submit_draft,
)
from carrears.strategy.files import shipped_strategy
from carrears.strategy.jdm import parse_document
from carrears.strategy.kept_cadences import (
    cadences_in_force,
    cadences_of_document,
    kept_cadences,
)
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import strategy_in_force

DAY = date(2026, 12, 1)
OWN = {
    "standard": {
        "zh": "自有", "en": "Own", "treatments": ["reminder"], "last_days": 3,
        "steps": [{"day": 2}, {"day": 9, "by": [{"channel": "sms", "template": "sms_reminder"}]}],
    }
}  # fmt: skip


def carrying(cadences: Any) -> dict[str, Any]:
    return {**shipped_strategy().source, "cadences": cadences}


def test_what_is_written_is_read_back() -> None:
    house = load_cadences(Path("/nonexistent"))
    written = write_cadences(house)
    assert cadences_of_document({"cadences": written}) == house
    assert cadences_of_document({"cadences": OWN}).named["standard"].last_day == 12


@pytest.mark.parametrize(
    ("cadences", "says"),
    [
        ([], "a mapping of names to terms"),
        ({"Standard": {}}, "a name"),
        ({"standard": {**OWN["standard"], "steps": [{"day": 900}]}}, "steps.0.day"),
        ({"standard": {**OWN["standard"], "closed_day": "never"}}, "closed_day"),
    ],
)
def test_what_cannot_be_said_is_a_fault_of_the_draft(cadences: Any, says: str) -> None:
    fault = find_cadence_fault(carrying(cadences))
    assert fault is not None
    assert (fault.place.node, says in str(fault)) == ("cadences", True)
    assert find_cadence_fault(carrying(OWN)) is None
    assert find_cadence_fault({}) is None


def test_changes_are_told_term_by_term_and_step_by_step() -> None:
    changed = {
        "standard": {**OWN["standard"], "last_days": 5, "steps": [{"day": 2}, {"day": 30}]},
        "gentle": OWN["standard"],
    }
    told = compare(parse_document(carrying(OWN)), parse_document(carrying(changed)))
    assert [(one.change, one.node, one.rule, one.column, one.after) for one in told] == [
        (Change.CHANGED, "cadences", "standard", "last_days", "5"),
        (Change.CHANGED, "cadences", "standard", "T+9", ""),
        (Change.CHANGED, "cadences", "standard", "T+30", '{"day": 30}'),
        (Change.ADDED, "cadences", "gentle", "", ""),
    ]
    [taken] = compare(parse_document(carrying(OWN)), parse_document(shipped_strategy().source))
    assert (taken.change, taken.rule) == (Change.REMOVED, "standard")


@pytest.mark.django_db
def test_they_come_into_force_with_the_version_by_a_second_person(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.CARREARS_HOME = tmp_path
    manager, officer = (
        make_user(username=name, role=role)
        for name, role in (("manager", "strategy_manager"), ("officer", "compliance_officer"))
    )
    draft = open_draft("treatment", title="Reminders", by=manager, at=now())
    common = {"effective_on": DAY, "reason": "x", "by": manager, "at": now()}
    bad = carrying({"standard": {}})
    draft = save_draft(draft.pk, revision=1, document=bad, by=manager, at=now())
    with pytest.raises(DraftError, match="cadences"):
        submit_draft(draft.pk, **common)
    save_draft(draft.pk, revision=2, document=carrying(OWN), by=manager, at=now())
    submit_draft(draft.pk, **common)
    before = kept_cadences().of(StrategyVersion.objects.latest("pk").pk)
    publication = approve_draft(
        draft.pk, reason="x", by=officer, at=now(), not_before=DAY - timedelta(days=1)
    )

    own = Cadences(cadences_of_document({"cadences": OWN}).named)
    assert before == own
    assert kept_cadences().of(publication.version_id) == own
    assert cadences_in_force(on=DAY) == own
    earlier = strategy_in_force("treatment", on=DAY - timedelta(days=1))
    assert kept_cadences().of(earlier.pk) == load_cadences(tmp_path)
    assert kept_cadences().of(None) == load_cadences(tmp_path)
    assert cadences_in_force(on=DAY - timedelta(days=1)) == load_cadences(tmp_path)
