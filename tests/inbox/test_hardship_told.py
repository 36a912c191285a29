"""Hardship told by an event stops collection of its loan, whether the loan has a case or not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from delinquency.books import Book
from django.test import Client
from factories import make_person, make_user
from standing_book import stand

from carrears.casework.models import Case, CaseEvent, Hold
from carrears.dayrun.models import DayRun
from carrears.evidence.models import Entry
from carrears.inbox.correcting import correct_hardship
from carrears.inbox.models import Event
from carrears.inbox.queue import work_once
from carrears.inbox.services import Offer, accept_events
from carrears.outreach.calls import book_call
from carrears.portfolio.models import Snapshot
from carrears.strategy.services import published_strategy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]
AT = datetime(2026, 6, 30, 4, tzinfo=UTC)
SAID = "lost my job"


def bring(kind: str = "hardship", key: str = "crm-1", loan_no: str = "L2", **told: Any) -> Event:
    offer = Offer(key=key, kind=kind, loan_no=loan_no, payload=told, source="crm", happened_at=AT)
    event = accept_events([offer])[0].event
    work_once()
    event.refresh_from_db()
    return event


def take_back(key: str = "back") -> Event:
    told = {"amount": 111_00, "currency": "CNY", "reversed_on": "2026-06-30"}
    return bring("payment_reversed", key, **told)


def test_a_loan_that_is_not_behind_is_held_on_a_file_of_its_own() -> None:
    borrower = make_person(loan_no="L2")
    event = bring(text=SAID, until_on="2026-08-31")

    assert (event.state, event.payload) == ("done", {"until_on": "2026-08-31"})
    file, hold = Case.objects.get(loan_no="L2"), Hold.objects.get()
    assert (file.state, file.party) == ("watch", borrower)
    assert (hold.case, hold.reason, hold.from_on, hold.until_on) == (
        file, "hardship", date(2026, 6, 30), date(2026, 8, 31),
    )  # fmt: skip
    assert set(CaseEvent.objects.values_list("kind", flat=True)) >= {"hold", "note"}
    assert book_call(file, party=borrower, key="a call", by=None).state == "blocked"


def test_it_stays_held_when_it_falls_behind() -> None:
    make_person(loan_no="L2")
    bring(text=SAID)
    take_back()
    case = Case.objects.get(loan_no="L2")
    assert (case.state, Hold.objects.get().case, Hold.objects.get().lifted_on) == (
        "open", case, None,
    )  # fmt: skip


def test_told_again_it_is_held_once() -> None:
    make_person(loan_no="L2")
    for key in ("crm-1", "crm-1", "crm-2"):
        assert bring(key=key, text=SAID).state == "done"
    Event.objects.update(state="waiting")  # as if a worker had died before the done mark
    work_once()
    assert (Case.objects.filter(loan_no="L2").count(), Hold.objects.count()) == (1, 1)


def test_what_ends_before_it_begins_is_seen_corrected_and_held() -> None:
    make_person(loan_no="L2")
    event = bring(text=SAID, until_on="2026-06-01")
    assert (event.state, event.error) == ("aside", "a hold cannot end before it begins")
    assert not Hold.objects.exists()
    assert not Case.objects.filter(loan_no="L2").exists()

    client = Client()
    client.force_login(make_user(role="compliance_officer"))
    page = client.get("/disputes/").content.decode()
    assert f'data-aside="{event.pk}"' in page
    assert SAID in page
    assert "早于告知当天" in page
    answer = client.post(f"/disputes/aside/{event.pk}/", {"until_on": "2026-07-31"})

    assert answer.headers["Location"] == "/case/L2/"
    hold = Hold.objects.get()
    assert (hold.reason, hold.until_on) == ("hardship", date(2026, 7, 31))
    told = Entry.objects.get(kind="event.corrected")
    assert (told.subject, told.actor) == ("L2", "compliance_officer")
    assert f'data-aside="{event.pk}"' not in client.get("/disputes/").content.decode()


def test_what_is_no_day_is_corrected_too() -> None:
    make_person(loan_no="L2")
    event = Event.objects.create(
        key="sql-1", kind="hardship", loan_no="L2", happened_at=AT, payload={"until_on": "soon"}
    )
    work_once()
    event.refresh_from_db()
    assert event.state == "aside"
    client = Client()
    client.force_login(make_user(role="compliance_officer"))
    assert client.post(f"/disputes/aside/{event.pk}/", {"until_on": "x"}).status_code == 302
    assert not Hold.objects.exists()
    client.post(f"/disputes/aside/{event.pk}/", {"until_on": ""})
    assert Hold.objects.get().until_on is None


def test_a_loan_that_has_ended_is_seen_and_not_held(book: Book, settings: Any) -> None:
    make_person(loan_no="L2")
    book.loans[1] |= {"closed_on": date(2026, 6, 20), "closed_reason": "paid_off"}
    stand(book, settings.BOOK_DIR, date(2026, 7, 1))
    event = bring(text=SAID)
    assert (event.state, event.error) == ("aside", "nothing is collected on this loan")
    assert not Case.objects.filter(loan_no="L2").exists()
    client = Client()
    client.force_login(make_user(role="compliance_officer"))
    assert "没有可催的款项" in client.get("/disputes/").content.decode()


def test_a_loan_that_no_night_has_looked_at_waits_on_the_page_until_one_has(book: Book) -> None:
    make_person(loan_no="L2")
    DayRun.objects.all().delete()
    event = bring(text=SAID)
    assert event.error == "nothing is collected on this loan"
    DayRun.objects.create(
        as_of=date(2026, 6, 30), inputs_hash="late", state="done",
        snapshot=Snapshot.objects.get(), strategy=published_strategy(), folder="late",
    )  # fmt: skip
    assert len(book.loans) == 3
    corrected = correct_hardship(event, until_on=None, by=make_user(role="compliance_officer"))
    assert (corrected.state, Hold.objects.get().case.loan_no) == ("done", "L2")  # type: ignore[union-attr]


@pytest.mark.parametrize("role", ["collector", "auditor"])
def test_who_does_not_deal_with_it_neither_sees_nor_corrects_it(role: str) -> None:
    event = bring(until_on="2026-06-01")
    client = Client()
    client.force_login(make_user(role=role))
    assert f'data-aside="{event.pk}"' not in client.get("/disputes/").content.decode()
    answer = client.post(f"/disputes/aside/{event.pk}/", {"until_on": ""})
    assert (answer.status_code, Hold.objects.count()) == (403, 0)
