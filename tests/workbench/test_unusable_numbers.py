"""A number that a call found wrong: the case page says why, and lets it be confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from factories import MOMENT, make_case, make_user

from carrears.casework.models import Case
from carrears.parties.models import ContactPoint
from carrears.parties.numbers import mark_number

pytestmark = pytest.mark.django_db


def point(case: Case) -> ContactPoint:
    return ContactPoint.objects.get(party=case.party, kind="phone")


def test_the_case_page_says_why_and_lets_it_be_confirmed(sign_in: Any) -> None:
    user = make_user(role="collector")
    case = make_case(loan_no="A-04", assignee=user)
    mark_number(point(case).pk, why="new_holder", by=user, at=MOMENT)
    client = sign_in(user)

    page = client.get("/case/A-04/").content.decode()
    assert "号码已归他人使用" in page
    url = f"/case/A-04/numbers/{point(case).pk}/confirm/"
    assert url in page
    assert client.post(url).status_code == 302
    assert point(case).valid is True
    assert "号码已归他人使用" not in client.get("/case/A-04/").content.decode()


def test_a_number_of_another_loan_is_not_confirmed_here(sign_in: Any) -> None:
    user = make_user(role="collector")
    make_case(loan_no="A-04", assignee=user)
    other = make_case(loan_no="A-05", name="孙试三")
    mark_number(point(other).pk, why="new_holder", by=None, at=MOMENT)
    answer = sign_in(user).post(f"/case/A-04/numbers/{point(other).pk}/confirm/")
    assert answer.status_code == 404
    assert point(other).valid is False
