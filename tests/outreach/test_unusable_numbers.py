"""What a call finds wrong with a number takes it out of use until somebody confirms it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from factories import MOMENT, make_case, make_user

from carrears.casework.models import Case
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call, record_result
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt
from carrears.parties.blind import Kind
from carrears.parties.correcting import correct_person
from carrears.parties.models import ContactPoint
from carrears.parties.numbers import confirm_number, mark_number
from carrears.parties.services import change_phone

pytestmark = pytest.mark.django_db
NUMBER = "13900000001"


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03", assignee=None)


def point(case: Case) -> ContactPoint:
    return ContactPoint.objects.get(party=case.party, kind="phone")


def call(case: Case, key: str = "call-001", **more: Any) -> Attempt:
    assert case.party is not None
    return book_call(case, party=case.party, key=key, by=None, **more)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"result": "number_invalid"}, "number_invalid"),
        ({"result": "answered_other_person", "answered_by": "new_holder"}, "new_holder"),
    ],
)
def test_such_a_result_takes_the_number_out_of_use(
    case: Case, told: dict[str, str], why: str
) -> None:
    attempt = call(case)
    record_result(attempt, **told, by=None)

    held = point(case)
    assert (held.valid, held.unusable, held.unusable_at) == (False, why, attempt.at)
    entry = Entry.objects.get(kind="person.number_marked")
    assert why in entry.payload
    assert NUMBER not in entry.payload
    with pytest.raises(OutreachError, match="no number of this person in use"):
        call(case, "call-002", point=held.pk)


@pytest.mark.parametrize("result", ["no_answer", "busy", "not_in_service", "not_dialled"])
def test_other_results_leave_it(case: Case, result: str) -> None:
    record_result(call(case), result=result, by=None)
    assert (point(case).valid, point(case).unusable) == (True, "")


def test_a_relative_who_answers_is_no_new_holder(case: Case) -> None:
    told = {"result": "answered_other_person", "answered_by": "relative"}
    record_result(call(case), **told, by=None)
    assert point(case).valid is True


def test_it_is_used_again_once_somebody_confirms_it(case: Case) -> None:
    user = make_user(role="collector")
    record_result(call(case), result="number_invalid", by=user)
    held = point(case)

    assert confirm_number(held.pk, by=user, at=MOMENT) is True
    assert confirm_number(held.pk, by=user, at=MOMENT) is False
    assert (point(case).valid, point(case).unusable, point(case).unusable_at) == (True, "", None)
    assert Entry.objects.filter(kind="person.number_confirmed").count() == 1


def test_a_source_that_tells_the_number_anew_confirms_it(case: Case) -> None:
    mark_number(point(case).pk, why="number_invalid", by=None, at=MOMENT)
    assert change_phone("A-03", NUMBER, source="event") is True
    assert (point(case).valid, point(case).unusable) == (True, "")


def test_a_correction_to_it_confirms_it(case: Case) -> None:
    held = point(case)
    change_phone("A-03", "13900000009", source="event")
    held.refresh_from_db()
    assert held.valid is False
    assert case.party is not None
    correct_person(
        case.party, Kind.PHONE, before="13900000009", after=NUMBER, reason="r", by=None, at=MOMENT
    )
    held.refresh_from_db()
    assert held.valid is True


def test_a_number_that_is_out_of_use_already_is_not_marked(case: Case) -> None:
    held = point(case)
    assert mark_number(held.pk, why="new_holder", by=None, at=MOMENT) is True
    assert mark_number(held.pk, why="number_invalid", by=None, at=MOMENT) is False
    assert point(case).unusable == "new_holder"


def test_the_database_lets_no_unusable_number_be_valid(case: Case) -> None:
    mark_number(point(case).pk, why="new_holder", by=None, at=MOMENT)
    with pytest.raises(IntegrityError, match="unusable_not_valid"), transaction.atomic():
        ContactPoint.objects.filter(pk=point(case).pk).update(valid=True)
