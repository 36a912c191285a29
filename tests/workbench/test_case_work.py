"""What is done on a case's page: promises, notes, stops."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from factories import DAY, make_action, make_case
from workbench.case_pages import page_of

from carrears.access.models import User
from carrears.casework.models import CaseEvent, Hold, Promise

pytestmark = pytest.mark.django_db


def test_a_promise_is_recorded_once(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    client = sign_in(me)

    first = client.post("/case/A-03/promise/", {"amount": "300.5", "due_on": "2026-07-04"})
    again = client.post("/case/A-03/promise/", {"amount": "1", "due_on": "2026-07-04"})

    promise = Promise.objects.get()
    assert (promise.amount, promise.due_on, promise.made_on) == (300_50, date(2026, 7, 4), DAY)
    assert first.headers["Location"] == "/case/A-03/"
    assert again.status_code == 422
    assert "已有一笔未到期的承诺" in again.content.decode()
    assert page_of(me).allowed.promise is False
    assert case.events.get().kind == "promise"


@pytest.mark.parametrize(
    "data",
    [
        {"amount": "0", "due_on": "2026-07-04"},
        {"amount": "1.005", "due_on": "2026-07-04"},
        {"amount": "999999", "due_on": "2026-07-04"},
        {"amount": "1", "due_on": "2026-06-29"},
        {"amount": "1", "due_on": "2026-08-01"},
        {},
    ],
)
def test_a_promise_that_cannot_be_is_refused_with_its_reason(
    sign_in: Any, me: User, data: dict[str, str]
) -> None:
    make_case(assignee=me)

    answer = sign_in(me).post("/case/A-03/promise/", data, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert answer.content.decode().count('id="promise-form"') == 1
    assert re.search(r'role="alert"|class="errors"', answer.content.decode())
    assert not Promise.objects.exists()


def test_htmx_gets_the_form_the_head_and_the_timeline_back(sign_in: Any, me: User) -> None:
    make_case(assignee=me)

    answer = sign_in(me).post(
        "/case/A-03/note/", {"text": " <b>bold</b> "}, headers={"HX-Request": "true"}
    )

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert text.count("hx-swap-oob") == 3
    assert CaseEvent.objects.get().data == {"text": "<b>bold</b>"}


def test_collection_stops_and_goes_on(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    make_action(case=case)
    client = sign_in(me)

    client.post("/case/A-03/hold/", {"reason": "hospital", "until_on": "2026-07-10"})
    hold = page_of(me).hold

    assert hold is not None
    assert (hold.reason, hold.from_on, hold.until_on) == ("hospital", DAY, date(2026, 7, 10))
    assert case.actions.get().state == "cancelled"
    client.post("/case/A-03/resume/")
    assert page_of(me).hold is None
    assert Hold.objects.get().lifted_on == DAY
    assert [e.kind for e in case.events.order_by("pk")] == ["hold", "hold_lifted"]
