"""What stops a cadence, and what of it is said after all once that is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from casework.cadence_nights import DUE, case, home, night, send, states
from factories import MOMENT, make_promise, make_user

from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.models import Case, Hold, PlannedAction
from carrears.outreach.models import Attempt
from carrears.outreach.services import contact_planned

__all__ = ["case", "home"]  # fixtures
pytestmark = pytest.mark.django_db


def pay(case: Case) -> str:
    Case.objects.filter(pk=case.pk).update(oldest_due_on=DUE + timedelta(days=30))
    return "paid"


def promise(case: Case) -> str:
    make_promise(case, (1_100_00, DUE + timedelta(days=20)))
    return "promise"


def hold(case: Case) -> str:
    place_hold(
        case, reason="hospital", today=DUE, until_on=None, by=make_user(), at=MOMENT,
        whole_person=True,
    )  # fmt: skip
    return "hold: hospital"


def dispute(case: Case) -> str:
    place_hold(case, reason="dispute", today=DUE, until_on=None, by=make_user(), at=MOMENT)
    return "hold: dispute"


def other_treatment(case: Case) -> str:
    Case.objects.filter(pk=case.pk).update(treatment="hardship_support")
    return "overtaken"


@pytest.mark.parametrize("stop", [pay, promise, hold, dispute, other_treatment])
def test_what_was_planned_in_the_morning_is_not_sent_after_it_was_stopped_at_noon(
    case: Case, stop: Any
) -> None:
    night(1)
    reason = stop(case)
    contact_planned(as_of=DUE + timedelta(days=1))  # the last look, right before it leaves
    assert states() == {"T+1": ("cancelled", reason)}
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("stop", [promise, hold, dispute])
def test_a_step_whose_day_comes_while_it_is_stopped_is_skipped_with_the_reason(
    case: Case, stop: Any
) -> None:
    reason = stop(case)
    assert night(1) == 0
    assert states() == {"T+1": ("cancelled", reason)}


@pytest.mark.parametrize("stop", [pay, other_treatment])
def test_nothing_is_planned_of_what_is_paid_or_treated_otherwise(case: Case, stop: Any) -> None:
    stop(case)
    assert night(1) == 0
    assert states() == {}


def test_a_case_that_is_closed_is_not_written_to(case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=DUE, close_reason="cured")
    assert night(1) == 0


def test_what_a_hold_cancelled_is_said_when_it_is_lifted_in_time(case: Case) -> None:
    night(3)
    hold(case)
    assert states() == {"T+3": ("cancelled", "hold: hospital")}
    assert (night(3), states()["T+3"][0]) == (0, "cancelled")  # it stands
    lift_hold(Hold.objects.get(), today=DUE, by=make_user(role="team_lead"), at=MOMENT)
    night(4)
    assert states() == {"T+3": ("planned", "later")}  # no verdict of before answers for it
    send(4)
    assert states()["T+3"][0] == "sent"
    assert Attempt.objects.get().key.endswith(
        f":{PlannedAction.objects.get().planned_for:%Y%m%dT%H%M}"
    )


def test_what_a_hold_cancelled_is_not_said_too_late(case: Case) -> None:
    night(3)
    hold(case)
    lift_hold(Hold.objects.get(), today=DUE, by=make_user(role="team_lead"), at=MOMENT)
    night(5)
    assert states() == {"T+3": ("cancelled", "hold: hospital"), "T+5": ("planned", "")}
