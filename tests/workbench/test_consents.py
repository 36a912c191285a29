"""The page of what the people of a loan allowed and refused."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import now, zone
from carrears.evidence.models import Entry
from carrears.parties.consents import Word, keep_word, newest_words
from carrears.parties.models import Consent

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


def told(case: Case, **changes: Any) -> dict[str, Any]:
    usual = {
        "key": "k1",
        "purpose": "location_tracking",
        "person": str(case.party_id),
        "word": "yes",
        "text": "location-2026-11:zh",
        "source": "call",
        "given_at": now().astimezone(zone("Asia/Shanghai")).strftime("%Y-%m-%dT%H:%M"),
    }
    return usual | changes


def test_a_consent_is_recorded_to_the_text_that_is_shown(sign_in: Any, case: Case) -> None:
    officer = make_user(username="officer", role="compliance_officer")
    client, url = sign_in(officer), f"/case/{case.loan_no}/consents/new/"
    page = client.get(url, {"purpose": "location_tracking"}).content.decode()
    assert "本人单独同意示例汽车金融有限公司在贷款存续期间" in page
    assert "that 示例" not in page
    assert 'value="location-2026-11:en"' in page
    assert "contact-2026-11" not in page  # of another purpose

    answer = client.post(url, told(case))
    again = client.post(url, told(case))

    assert (answer.status_code, again.status_code) == (302, 302)
    word = Consent.objects.get(purpose="location_tracking")
    assert (word.granted, word.text_version, word.language, word.recorded_by) == (
        True,
        "location-2026-11",
        "zh",
        officer,
    )
    assert Entry.objects.filter(kind="person.consented", actor="officer").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "contact-2026-11:zh"}, "text"),
        ({"given_at": "2026-10-01T10:00"}, "text"),
        ({"given_at": "2126-10-01T10:00"}, "given_at"),
        ({"person": "11111111-1111-1111-1111-111111111111"}, "person"),
        ({"source": "tape"}, "source"),
        ({"purpose": "contact", "text": "contact-2026-11:zh"}, "channel"),
    ],
)
def test_what_makes_no_sense_is_not_recorded(
    sign_in: Any, case: Case, changes: dict[str, str], field: str
) -> None:
    client = sign_in(make_user(username="officer", role="compliance_officer"))
    before = Consent.objects.count()
    answer = client.post(f"/case/{case.loan_no}/consents/new/", told(case, **changes))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert Consent.objects.count() == before


def test_who_works_the_case_takes_a_withdrawal_and_no_consent(
    sign_in: Any, case: Case, me: User
) -> None:
    client, url = sign_in(me), f"/case/{case.loan_no}/consents/new/"
    ledger = client.get(f"/case/{case.loan_no}/consents/").content.decode()
    assert f"{url}?word=no&amp;purpose=contact" in ledger
    asked = {"purpose": "contact", "channel": "sms", "word": "no", "text": ""}
    assert client.post(url, told(case, **asked | {"word": "yes"})).status_code == 422

    assert client.post(url, told(case, **asked)).status_code == 302

    newest = newest_words(case.party.consents.all())[("contact", "sms")]
    assert (newest.granted, newest.source, newest.recorded_by) == (False, "call", me)
    assert client.get(url, {"purpose": "nonsense"}).status_code == 404


def test_who_may_not_see_it(sign_in: Any, case: Case) -> None:
    for role, status in (("auditor", 200), ("operator", 403), ("agency_user", 403)):
        client = sign_in(make_user(role=role))
        assert client.get(f"/case/{case.loan_no}/consents/").status_code == status
