"""A dispute that an event told and that could not be raised is seen, corrected and raised."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from factories import make_person, make_user

from carrears.casework.models import Case, Hold
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.disputes import text_of
from carrears.evidence.models import Entry
from carrears.inbox.models import Event
from carrears.inbox.queue import work_once
from carrears.inbox.services import Offer, accept_events

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]
SAID = "罚息多算了"


@pytest.fixture
def client() -> Client:
    return sign_in("compliance_officer")


def sign_in(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role=role))
    return client


def bring(loan_no: str = "L2", **payload: Any) -> Event:
    offer = Offer(
        key="crm-1", kind="dispute", loan_no=loan_no, payload={"text": SAID} | payload, source="crm"
    )
    event = accept_events([offer])[0].event
    work_once()
    event.refresh_from_db()
    assert event.state == "aside"
    return event


def page(client: Client) -> str:
    answer = client.get("/disputes/")
    assert answer.status_code == 200
    return answer.content.decode()


def correct(client: Client, event: Event, kind: str, amount: str = "") -> Any:
    return client.post(f"/disputes/aside/{event.pk}/", {"kind": kind, "amount": amount})


def test_what_lacks_an_amount_is_listed_with_its_words_and_raised_with_one(client: Client) -> None:
    make_person(loan_no="L2")
    event = bring(dispute="charges")
    listed = page(client)
    assert f'data-aside="{event.pk}"' in listed
    assert SAID in listed
    assert "请填写每笔贷款的争议金额" in listed

    answer = correct(client, event, "charges", "12.50")

    dispute = Dispute.objects.get()
    assert answer.headers["Location"] == f"/disputes/{dispute.pk}/"
    assert (dispute.key, dispute.kind, text_of(dispute)) == ("event:crm-1", "charges", SAID)
    assert dispute.loans.get().amount == 12_50
    assert f'data-aside="{event.pk}"' not in page(client)
    told = Entry.objects.get(kind="event.corrected")
    assert (told.subject, told.actor) == ("L2", "compliance_officer")
    assert "没有未结案件" in client.get(f"/disputes/{dispute.pk}/").content.decode()

    again = correct(client, event, "other")
    assert again.headers["Location"] == f"/disputes/{dispute.pk}/"
    assert Dispute.objects.get().kind == "charges"


def test_what_is_still_wrong_stays_with_its_reason(client: Client) -> None:
    event = bring(dispute="weather")
    assert "没有这种争议类型" in page(client)
    correct(client, event, "charges")  # needs an amount
    event.refresh_from_db()
    assert (event.state, event.error) == (
        "aside",
        "how much of each loan is disputed is needed",
    )
    assert correct(client, event, "nonsense").headers["Location"] == "/disputes/"
    assert not Dispute.objects.exists()


def test_an_unknown_loan_waits_until_the_book_has_it(client: Client) -> None:
    event = bring("L9")
    assert "账册中没有这笔贷款" in page(client)
    assert correct(client, event, "other").headers["Location"] == "/disputes/"
    event.refresh_from_db()
    assert event.error == "no loan 'L9' in the book"
    Event.objects.update(loan_no="L3")  # the tape came in
    correct(client, event, "other")
    assert Dispute.objects.get().loan_no == "L3"


def test_a_row_of_sql_that_makes_no_sense_keeps_what_does(client: Client) -> None:
    told = '{"channel": "carrier pigeon", "colour": "red", "text": "not mine"}'
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into event_inbox (key, kind, loan_no, payload)"
            " values ('sql-1', 'dispute', 'L1', %s)",
            [told],
        )
    work_once()
    event = Event.objects.get()
    assert event.state == "aside"
    correct(client, event, "identity")
    dispute = Dispute.objects.get()
    assert (dispute.kind, dispute.channel, text_of(dispute)) == ("identity", "other", "not mine")
    case = Case.objects.filter(loan_no="L1", state="open").first()
    assert case is not None
    assert Hold.objects.get().case == case  # the event let the case open, and it is held at once


def test_only_who_deals_with_disputes_of_all_sees_and_raises_them() -> None:
    event = bring(dispute="charges")
    for role, status in (("collector", 403), ("auditor", 403)):
        client = sign_in(role)
        assert f'data-aside="{event.pk}"' not in page(client)
        assert correct(client, event, "charges", "1").status_code == status
    assert not Dispute.objects.exists()
