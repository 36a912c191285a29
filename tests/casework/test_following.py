"""When to come back to a case: by dated rules, by hand with a reason, and why it is that day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from factories import DAY, MOMENT, make_case, make_promise, make_user
from hypothesis import given
from hypothesis import strategies as st

from carrears.casework.follow_up_rules import (
    FollowUpRules,
    FollowUpRulesError,
    Happened,
    load_follow_up_rules,
)
from carrears.casework.following import (
    FollowUp,
    change_follow_up,
    follow_up_by_rule,
    set_follow_up,
    unreached_of,
)
from carrears.casework.models import Case, CaseEvent
from carrears.casework.next_case import order_by_worth
from carrears.casework.promises import (
    PartWanted,
    lock_promises,
    record_promise,
    settle_promises,
)
from carrears.casework.services import CaseworkError, tell
from carrears.casework.words import text_of
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.outcome_codes import load_outcome_codes

FILE = """
- from: 2020-01-01
  at_most_days: 30
  rules:
    - {{name: r0, title: {{zh: 规则, en: Rule}}, {0}}}
"""


@pytest.fixture
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.CARREARS_HOME = tmp_path
    return tmp_path


def rule(home: Path, text: str) -> None:
    (home / "follow_ups.yaml").write_text(FILE.format(text))


def unreached(case: Case, times: int) -> None:
    for number in range(times):
        tell(case, "outcome", at=MOMENT + timedelta(minutes=number), by=None,
             data={"code": "no_answer", "right_party": False})  # fmt: skip


@pytest.mark.django_db
def test_attempts_in_a_row_count_until_the_right_party_is_reached() -> None:
    case = make_case()
    unreached(case, 2)
    assert unreached_of(case) == 2
    tell(case, "outcome", at=MOMENT + timedelta(hours=1), by=None, data={"right_party": True})
    assert unreached_of(case) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "days", "rule_name", "hour"),
    [(0, None, "", None), (1, 1, "unreached_again", time(18, 30)),
     (2, 1, "unreached_again", time(18, 30)), (3, 3, "unreached_often", time(18, 30))],
)  # fmt: skip
def test_what_was_not_reached_is_come_back_to_later_and_at_another_hour(
    before: int, days: int | None, rule_name: str, hour: time | None
) -> None:
    case = make_case()
    unreached(case, before)
    found = follow_up_by_rule(case, "outcome", today=DAY, code="no_answer")
    if days is None:
        assert found is None  # the code's own number of days holds
        return
    assert found is not None
    assert (found.at, found.why["rule"], found.why["attempts"]) == (hour, rule_name, before + 1)
    assert found.on == {1: date(2026, 7, 1), 3: date(2026, 7, 3)}[days]


@pytest.mark.django_db
@pytest.mark.parametrize(("bucket", "on"), [(1, date(2026, 7, 1)), (3, DAY)])
def test_a_broken_promise_is_come_back_to_by_its_bucket(bucket: int, on: date) -> None:
    case = make_case(bucket=bucket)
    make_promise(case, (100_00, DAY - timedelta(days=20)), made_on=DAY - timedelta(days=25),
                 book_day=DAY - timedelta(days=25))  # fmt: skip
    settle_promises({}, lock_promises(["A-03"], as_of=DAY), as_of=DAY, at=MOMENT,
                    by_newest_book=True)  # fmt: skip
    case.refresh_from_db()
    assert (case.follow_up_on, case.follow_up_at) == (on, None)
    assert case.follow_up_why["after"] == "broken"


@pytest.mark.django_db
def test_a_promise_may_be_come_back_to_after_the_day_on_which_it_is_due(home: Path) -> None:
    rule(home, "after: promise, in: 1, at: '10:00'")
    case = make_case()
    due_on = DAY + timedelta(days=3)  # a Friday
    record_promise(case, parts=[PartWanted(100, due_on)], today=DAY, by=make_user(role="collector"),
                   at=MOMENT)  # fmt: skip
    case.refresh_from_db()
    assert (case.follow_up_on, case.follow_up_at) == (date(2026, 7, 6), time(10))
    assert case.follow_up_why == {
        "rule": "r0", "after": "promise", "days": 1, "from": "2026-07-03",
    }  # fmt: skip


@pytest.mark.django_db
def test_none_takes_the_date_away_and_keep_leaves_it(home: Path) -> None:
    case = make_case(follow_up_on=DAY, follow_up_why={"by": "li"})
    rule(home, "after: kept, in: keep")
    kept = follow_up_by_rule(case, "kept", today=DAY)
    assert kept == FollowUp(DAY, None, {"by": "li"})
    rule(home, "after: kept, in: none")
    assert follow_up_by_rule(case, "kept", today=DAY) == FollowUp(None)
    set_follow_up(case, FollowUp(None))
    case.refresh_from_db()
    assert (case.follow_up_on, case.follow_up_why) == (None, {})


@pytest.mark.django_db
def test_another_day_by_hand_needs_a_reason_and_is_told() -> None:
    li, case = make_user(role="collector", username="li"), make_case(follow_up_on=DAY)
    change = {"at": time(15, 30), "today": DAY, "by": li, "moment": MOMENT}
    for on, reason, fault in (
        (DAY, " ", "reason"), (DAY - timedelta(days=1), "x", "past"),
        (DAY + timedelta(days=91), "x", "too far"),
    ):  # fmt: skip
        with pytest.raises(CaseworkError, match=fault):
            change_follow_up(case, on=on, reason=reason, **change)  # type: ignore[arg-type]
    on = DAY + timedelta(days=2)
    change_follow_up(case, on=on, reason="wages come", **change)  # type: ignore[arg-type]
    case.refresh_from_db()
    assert (case.follow_up_on, case.follow_up_at) == (on, time(15, 30))
    line = CaseEvent.objects.get(kind="follow_up")
    assert case.follow_up_why == {"by": "li", "line": line.key}
    assert text_of(line) == "wages come"
    assert line.data == {
        "follow_up_on": "2026-07-02", "at": "15:30", "before": "2026-06-30", "text": "",
    }  # fmt: skip
    entry = Entry.objects.get(kind="case.follow_up")
    assert "wages" not in str(entry.payload)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=DAY)
    with pytest.raises(CaseworkError, match="closed"):
        change_follow_up(case, on=on, reason="x", **change)  # type: ignore[arg-type]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("clock", "terms"), [(time(23, 59), "follow_up_later"), (time(0, 0), "follow_up")]
)
def test_before_its_hour_where_the_debtor_is_a_case_is_put_off(clock: time, terms: str) -> None:
    moment = datetime(2026, 11, 28, 4, tzinfo=UTC)  # noon in Shanghai
    case = make_case(as_of=date(2026, 11, 28), follow_up_on=date(2026, 11, 28), follow_up_at=clock)
    [worth] = order_by_worth(
        Case.objects.filter(pk=case.pk), user=make_user(), moment=moment, first=0, number=1
    )
    is_live = abs((now().date() - case.as_of).days) < 4  # a replayed book has no clock
    assert terms in dict(worth.terms) or not is_live


RULES = FollowUpRules.model_validate(
    {
        "from": "2020-01-01", "at_most_days": 30, "rules": [
            {"name": "deep", "title": {"zh": "深", "en": "Deep"}, "after": "outcome",
             "bucket_from": 4, "in": 0},
            {"name": "often", "title": {"zh": "多", "en": "Often"}, "after": "outcome",
             "codes": ["no_answer"], "attempts_from": 3, "in": 5},
        ],
    }
)  # fmt: skip


@given(
    bucket=st.integers(1, 7), attempts=st.integers(0, 9), code=st.sampled_from(["no_answer", "x"])
)
def test_the_first_rule_that_fits_sets_it(bucket: int, attempts: int, code: str) -> None:
    found = RULES.find(
        Happened(after="outcome", stage="", bucket=bucket, code=code, attempts=attempts)
    )
    expected = None
    if code == "no_answer" and attempts >= 3:
        expected = "often"
    if bucket >= 4:
        expected = "deep"
    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[]", "follow each other"),
        (FILE.format("after: broken, codes: [x], in: 1"), "are of an outcome"),
        (FILE.format("after: broken, in: keep, at: '10:00'"), "an hour asks for a day"),
        (FILE.format("after: broken, in: soon"), "rules.0.in"),
    ],
)
def test_a_faulty_file_is_told_of(home: Path, text: str, fault: str) -> None:
    (home / "follow_ups.yaml").write_text(text)
    with pytest.raises(FollowUpRulesError, match=fault):
        load_follow_up_rules(home, on=date(2026, 1, 1))


def test_every_shipped_code_that_a_rule_names_is_one() -> None:
    on = date(2026, 1, 1)
    known: Any = {one.code for one in load_outcome_codes(Path("/none"), on=on).codes}
    for one in load_follow_up_rules(Path("/none"), on=on).rules:
        assert one.codes <= known
