"""Requests of people on the screens: who registers, who works them, who confirms an erasure."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import MOMENT, make_case, make_person, make_user

from carrears.casework.models import Case
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.parties.models import Party
from carrears.rights.models import RightsRequest
from carrears.rights.requests import RequestWanted, register_request
from carrears.signin.sessions import BEGAN

pytestmark = pytest.mark.django_db
URL = "/compliance/rights/"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(username="officer", role="compliance_officer"))
    return client


def told(party: Party, **changes: Any) -> dict[str, Any]:
    usual = {
        "key": "k1",
        "loan_no": "A-03",
        "person": str(party.pk),
        "kind": "access",
        "asker": "self",
        "proof": "id_document",
        "channel": "in_person",
        "received_at": (now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "text": "想知道有什么",
    }
    return usual | changes


def registered(case: Case, kind: str, **changes: Any) -> RightsRequest:
    usual: dict[str, Any] = {
        "key": f"{kind}-{case.loan_no}",
        "party": case.party,
        "loan_no": case.loan_no,
        "case": case,
        "kind": kind,
        "channel": "letter",
        "proof": "signed_letter",
        "received_at": MOMENT,
    }
    return register_request(RequestWanted(**(usual | changes)))


def erasure() -> RightsRequest:
    party = make_person(loan_no="OLD-1", name="钱试二")
    return register_request(
        RequestWanted(
            key="e1",
            party=party,
            loan_no="OLD-1",
            kind="erasure",
            channel="letter",
            proof="signed_letter",
            received_at=MOMENT,
            jurisdiction="cn",
            text="请删除钱试二",
        )
    )


def step(client: Client, pk: int, action: str, **more: Any) -> Any:
    return client.post(f"{URL}{pk}/step/", {"key": f"{action}-1", "action": action} | more)


def test_a_collector_registers_from_his_case(sign_in: Any) -> None:
    collector = make_user(role="collector")
    case = make_case(assignee=collector)
    client = sign_in(collector)
    assert f"{URL}new/?loan_no=A-03" in client.get("/case/A-03/").content.decode()
    form = client.get(f"{URL}new/", {"loan_no": "A-03"}).content.decode()
    assert "赵*一" in form or "赵**" in form

    answer = client.post(f"{URL}new/", told(case.party))
    again = client.post(f"{URL}new/", told(case.party))

    assert (answer.status_code, answer.headers["Location"]) == (302, "/case/A-03/")
    assert again.status_code == 302
    request = RightsRequest.objects.get()
    assert (request.party, request.case, request.registered_by) == (case.party, case, collector)
    text = client.get("/case/A-03/").content.decode()
    assert "行使权利的请求" in text
    assert "想知道有什么" not in text  # sealed: for those who may see requests


def test_other_peoples_cases_are_none_of_his(sign_in: Any) -> None:
    case = make_case(assignee=make_user(username="other", role="collector"))
    client = sign_in(make_user(role="collector"))
    page = client.get(f"{URL}new/", {"loan_no": "A-03"}).content.decode()
    assert "赵" not in page
    assert client.post(f"{URL}new/", told(case.party)).status_code == 422
    assert RightsRequest.objects.count() == 0


def test_a_person_of_another_loan_is_refused(client: Client) -> None:
    make_case()
    other = make_case(loan_no="A-04", name="孙试三").party
    answer = client.post(f"{URL}new/", told(other))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["person"])


def test_the_list_filters_and_shows_what_is_overdue(client: Client, case: Case) -> None:
    registered(case, "access")
    registered(case, "erasure")
    page = client.get(URL).content.decode()
    assert page.count("data-request=") == 2
    assert "已逾期" in page
    assert client.get(URL, {"kind": "erasure"}).content.decode().count("data-request=") == 1
    assert client.get(URL, {"jurisdiction": "uk"}).content.decode().count("data-request=") == 0
    assert client.get(URL, {"due": "overdue"}).content.decode().count("data-request=") == 2


def test_the_report_is_downloaded_and_that_is_evidence(client: Client, case: Case) -> None:
    request = registered(case, "access")
    page = client.get(f"{URL}{request.pk}/").content.decode()
    assert "赵试一" not in page

    for form, kind in (("json", "application/json"), ("pdf-zh", "application/pdf")):
        answer = client.post(f"{URL}{request.pk}/report/", {"format": form})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, kind)
        assert answer.headers["Cache-Control"] == "no-store"
        if form == "json":
            held = {one["where"]: one["rows"] for one in json.loads(answer.content)["held"]}
            assert held["parties.Party"][0]["name"] == "赵试一"
    assert Entry.objects.filter(kind="person.reported").count() == 2
    assert client.post(f"{URL}{request.pk}/report/", {"format": "doc"}).status_code == 404
    assert step(client, request.pk, "fulfil").status_code == 302
    request.refresh_from_db()
    assert request.state == "done"


def test_a_report_asks_who_one_is(client: Client, case: Case) -> None:
    request = registered(case, "access")
    session = client.session
    session["account_authentication_methods"] = []
    session[BEGAN] = int(time.time()) - 3600
    session.save()
    for url, data in (
        (f"{URL}{request.pk}/report/", {"format": "json"}),
        (f"{URL}{request.pk}/step/", {"key": "x", "action": "fulfil"}),
    ):
        answer = client.post(url, data)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/account/confirm/")
    assert RightsRequest.objects.get().state == "open"


def test_a_correction_from_the_page(client: Client, case: Case) -> None:
    request = registered(case, "correction")
    wrong = step(
        client, request.pk, "fulfil", what="phone", before="13900009999", after="", text="空号"
    )
    assert wrong.status_code == 422
    assert "此号码并未持有" in wrong.content.decode()
    done = step(client, request.pk, "fulfil", key="2", what="name", after="赵试壹", text="身份证")
    assert done.status_code == 302
    assert case.party.corrections.count() == 1


def test_what_has_to_be_kept_is_shown_before_an_erasure(client: Client, case: Case) -> None:
    request = registered(case, "erasure")
    page = client.get(f"{URL}{request.pk}/").content.decode()
    assert "案件尚在催收" in page
    assert 'data-step="propose"' not in page
    assert 'data-step="refuse"' in page


def test_an_erasure_takes_two_and_the_page_works_after_it(sign_in: Any, client: Client) -> None:
    request = erasure()
    page = client.get(f"{URL}{request.pk}/").content.decode()
    assert "请删除钱试二" in page
    assert step(client, request.pk, "propose").status_code == 302
    mine = client.get(f"{URL}{request.pk}/").content.decode()
    assert 'data-step="confirm"' not in mine
    assert step(client, request.pk, "confirm").status_code == 422

    other = sign_in(make_user(username="second", role="compliance_officer"))
    assert 'data-step="confirm"' in other.get(f"{URL}{request.pk}/").content.decode()
    assert step(other, request.pk, "confirm").status_code == 302

    request.party.refresh_from_db()
    assert request.party.wrapped_key is None
    after = other.get(f"{URL}{request.pk}/").content.decode()
    assert "钱" not in after
    assert "已删除" in after
    assert 'data-course="confirm"' in after
    assert other.get(URL, {"state": "all"}).status_code == 200


def test_a_team_lead_proposes_but_does_not_confirm(sign_in: Any) -> None:
    request = erasure()
    lead = sign_in(make_user(role="team_lead"))
    assert step(lead, request.pk, "propose").status_code == 302
    RightsRequest.objects.update(proposed_by=make_user(username="somebody"))
    assert 'data-step="confirm"' not in lead.get(f"{URL}{request.pk}/").content.decode()
    assert step(lead, request.pk, "confirm").status_code == 422
