"""The page of what the people of a loan allowed and refused."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import now
from carrears.parties.consents import Word, keep_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


def test_the_case_page_counts_and_the_ledger_shows_the_words(
    sign_in: Any, case: Case, me: User
) -> None:
    assert case.party is not None
    read = {"purpose": "location_tracking", "text": "location-2026-11", "language": "zh"}
    moment = now()
    keep_word(case.party, Word(granted=True, source="app", at=moment, **read))  # type: ignore[arg-type]
    keep_word(case.party, Word(channel="sms", granted=False, source="call", at=moment))
    client = sign_in(me)

    page = client.get(f"/case/{case.loan_no}/").content.decode()
    assert f'href="/case/{case.loan_no}/consents/">5 条</a>' in page
    ledger = client.get(f"/case/{case.loan_no}/consents/").content.decode()
    assert "车辆定位" in ledger
    assert "本人单独同意示例汽车金融有限公司在贷款存续期间" in ledger
    assert ledger.count("已被取代") == 1  # the consent to texts that the contract brought
    english = sign_in(me, language="en")
    told = english.get(f"/case/{case.loan_no}/consents/").content.decode()
    assert "Location of the car" in told
    assert "本人单独同意" in told  # as he read it


def test_who_may_not_see_it(sign_in: Any, case: Case) -> None:
    for role, status in (("auditor", 200), ("operator", 403), ("agency_user", 403)):
        client = sign_in(make_user(role=role))
        assert client.get(f"/case/{case.loan_no}/consents/").status_code == status
