"""Cases follow the state of their loans."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from carrears.access.models import User
from carrears.casework.holds import place_hold
from carrears.casework.intake import STATE_COLUMNS, Intake, take_in
from carrears.casework.models import Case, PlannedAction
from carrears.casework.services import CaseworkError
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)
AT = datetime(2026, 6, 30, 2, tzinfo=UTC)


def state(loan_no: str = "L1", **values: Any) -> list[Any]:
    """The state of a loan 15 days past due with one instalment of 1,100.00 open."""
    row: dict[str, Any] = {
        "loan_no": loan_no,
        "loan_id": int(loan_no[1:]),
        "product": "auto",
        "currency": "CNY",
        "jurisdiction": "cn",
        "loan": "{}",
        "as_of": JUNE,
        "dpd": 15,
        "bucket": 1,
        "arrears": 1_100_00,
        "arrears_principal": 1_000_00,
        "arrears_interest": 100_00,
        "arrears_fee": 0,
        "arrears_penalty": 0,
        "arrears_compound": 0,
        "obligor_no": "O1",
        "oldest_due_on": date(2026, 6, 15),
        "instalments_behind": 1,
        "principal_outstanding": 7_000_00,
        "reasons": "[]",
        "treatment": "reminder",
        "stage": "early",
        "band": "C",
        "decision": json.dumps({"channel": "email", "template": "reminder"}),
        "priority": 15,
        "paid_total": 5_500_00,
    }
    row |= values
    return [row.get(name) for name in STATE_COLUMNS]


def cured(loan_no: str = "L1", **values: Any) -> list[Any]:
    nothing: dict[str, Any] = dict.fromkeys(
        ("dpd", "bucket", "arrears", "arrears_principal", "arrears_interest", "instalments_behind"),
        0,
    )
    return state(loan_no, **(nothing | {"oldest_due_on": None, "paid_total": 6_600_00} | values))


def take(*rows: list[Any], as_of: date = JUNE) -> Intake:
    return take_in(rows, as_of=as_of, at=AT, strategy_id=None)


def test_a_loan_that_falls_behind_opens_one_case() -> None:
    first = take(state(), cured("L2"))
    again = take(state(), cured("L2"))

    assert (first.opened, again.opened) == (["L1"], [])
    case = Case.objects.get()
    assert (case.loan_no, case.state, case.opened_on, case.dpd) == ("L1", "open", JUNE, 15)
    assert [event.kind for event in case.events.all()] == ["opened"]


def test_a_cure_closes_the_case_and_cancels_what_was_planned() -> None:
    take(state())
    case = Case.objects.get()
    planned = PlannedAction.objects.create(
        case=case, key="k", as_of=JUNE, channel="email", planned_for=AT
    )

    result = take(cured(as_of=JULY), as_of=JULY)

    assert result.closed == ["L1"]
    case.refresh_from_db()
    planned.refresh_from_db()
    assert (case.state, case.closed_on, case.close_reason) == ("closed", JULY, "cured")
    assert (planned.state, planned.reason) == ("cancelled", "cured")


def test_a_loan_that_ended_closes_its_case_by_that_reason() -> None:
    take(state())
    take(cured(as_of=JULY, closed_reason="charged_off"), as_of=JULY)
    assert Case.objects.get().close_reason == "charged_off"


def test_falling_behind_again_opens_a_new_case() -> None:
    take(state())
    take(cured(as_of=JULY), as_of=JULY)
    august = date(2026, 8, 31)
    assert take(state(as_of=august), as_of=august).opened == ["L1"]
    assert Case.objects.count() == 2


def test_a_payment_taken_back_the_same_day_opens_the_same_case_again() -> None:
    take(state())
    take(cured(as_of=JULY), as_of=JULY)

    result = take(state(as_of=JULY, paid_total=5_500_01), as_of=JULY)

    assert result.opened == ["L1"]
    case = Case.objects.get()
    assert (case.state, case.closed_on, case.close_reason) == ("open", None, "")


def test_a_case_never_moves_back() -> None:
    take(state(as_of=JULY, dpd=46, bucket=2), as_of=JULY)
    take(state(as_of=JUNE, dpd=15), as_of=JUNE)
    take(cured(as_of=JUNE), as_of=JUNE)
    case = Case.objects.get()
    assert (case.as_of, case.dpd, case.state) == (JULY, 46, "open")


def test_a_change_of_bucket_is_a_line_of_the_timeline() -> None:
    take(state())
    take(state(as_of=JULY, dpd=46, bucket=2, treatment="mid_call"), as_of=JULY)
    moved = Case.objects.get().events.get(kind="bucket")
    assert (moved.data["from_bucket"], moved.data["bucket"]) == (1, 2)


def test_every_change_is_evidence() -> None:
    take(state())
    take(cured(as_of=JULY), as_of=JULY)
    kinds = list(Entry.objects.filter(subject="L1").order_by("pk").values_list("kind", flat=True))
    assert kinds == ["case.opened", "case.closed"]


def test_a_hold_cancels_what_was_planned() -> None:
    take(state())
    case = Case.objects.get()
    PlannedAction.objects.create(case=case, key="k", as_of=JUNE, channel="email", planned_for=AT)
    by = User.objects.create_user("u")

    place_hold(case, reason="dispute", today=JUNE, until_on=None, by=by, at=AT)

    assert case.actions.get().state == "cancelled"
    with pytest.raises(CaseworkError, match="unknown reason"):
        place_hold(case, reason="whim", today=JUNE, until_on=None, by=by, at=AT)
