"""The gate knows of an open dispute at once, and an agency sees none but of what it was placed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from access.outsiders import go_abroad
from access.test_walls import asked
from conduct.disputing import dispute, step
from factories import DAY, make_case, make_user

from carrears.access.walls import ensure_walls
from carrears.casework.holds import lift_hold
from carrears.casework.models import Case
from carrears.clock import now
from carrears.conduct.dispute_queries import visible_disputes
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt

pytestmark = pytest.mark.django_db


def call(case: Case, key: str, of: Case | None = None) -> Attempt:
    party = (of or case).party
    assert party is not None
    return book_call(case, party=party, key=key, by=None)


def notices(attempt: Attempt) -> list[str]:
    return [one["kind"] for one in attempt.verdict.facts["facts"].get("notices", [])]


@pytest.mark.parametrize("law", ["cn", "us", "uk", "in"])
def test_a_dispute_bars_contact_until_it_is_answered(law: str) -> None:
    case = make_case(loan_no="A-03", jurisdiction=law)
    moment = now()
    made = dispute(case, received_at=moment - timedelta(minutes=1), at=moment)
    stopped = call(case, "call-001")
    assert (stopped.gate_action, notices(stopped)) == ("block", ["dispute"])
    officer = make_user(role="compliance_officer")
    step(made, "answer", officer, outcome="rejected", at=moment)
    assert notices(call(case, "call-002")) == []


@pytest.mark.parametrize(
    ("channel", "action"), [("letter", "block"), ("email", "block"), ("other", "block"),
                            ("phone", "allow")],
)  # fmt: skip
def test_a_hold_lifted_by_hand_leaves_the_dispute_for_the_gate(channel: str, action: str) -> None:
    """Regulation F binds those who collect for others."""
    abroad = go_abroad()
    case, moment = abroad.placed, now()
    Case.objects.filter(pk=case.pk).update(jurisdiction="us")
    case.refresh_from_db()
    received = moment - timedelta(minutes=1)
    made = dispute(case, channel=channel, received_at=received, at=moment, by=abroad.user)
    officer = make_user(role="compliance_officer")
    hold = made.loans.get().hold
    assert hold is not None
    lift_hold(hold, today=case.as_of, by=officer, at=moment)

    assert case.party is not None
    told = book_call(case, party=case.party, key="call-001", by=abroad.user)

    [notice] = told.verdict.facts["facts"]["notices"]
    assert (notice["kind"], notice.get("form")) == ("dispute", made.form)
    ruled = {one["rule_id"]: one["gate_action"] for one in told.verdict.findings}
    assert ruled.get("US-34", "allow") == action
    step(made, "answer", officer, outcome="rejected", at=moment)
    assert notices(call(case, "call-002")) == []


def test_an_open_dispute_that_found_no_case_to_hold_bars_its_loan() -> None:
    over = {"state": "closed", "closed_on": DAY, "close_reason": "cured"}
    case = make_case(loan_no="A-03", opened_on=DAY - timedelta(days=30), **over)
    dispute(case)
    attempt = call(make_case(loan_no="A-03", name=""), "call-001", case)
    assert (attempt.gate_action, notices(attempt)) == ("block", ["dispute"])
    barred = attempt.verdict.facts["facts"]["do_not_contact"]
    assert [one["reason"] for one in barred] == ["dispute"]


def test_a_dispute_told_to_the_lender_takes_the_debtor_back_from_his_agency() -> None:
    abroad = go_abroad()
    dispute(abroad.placed, by=make_user(role="compliance_officer"))
    assert list(visible_disputes(abroad.user)) == []


def test_an_agency_sees_the_disputes_of_what_it_was_placed_with() -> None:
    abroad = go_abroad()
    ensure_walls()
    # Its own people wrote it down; what the lender writes down takes the debtor back at once.
    mine = dispute(abroad.placed, by=abroad.user)
    theirs = dispute(abroad.other, key="d-2")
    assert list(visible_disputes(abroad.user)) == [mine]
    for statement in (
        "select id from conduct_dispute",
        "select dispute_id from conduct_disputedloan",
        "select dispute_id from conduct_disputestep",
    ):
        assert asked(abroad.user, statement) == [mine.pk], statement
    inside = make_user(role="team_lead")
    assert sorted(asked(inside, "select id from conduct_dispute")) == [mine.pk, theirs.pk]
