"""What is done on a case's page: promises, notes, stops."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from factories import DAY, make_action, make_case
from workbench.case_pages import page_of
from workbench.test_compliance import make_attempt

from carrears.access.models import User
from carrears.casework.models import CaseEvent, Hold, Promise
from carrears.casework.words import text_of

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


def test_htmx_gets_the_form_what_the_head_tells_and_the_timeline_back(
    sign_in: Any, me: User
) -> None:
    make_case(assignee=me)

    answer = sign_in(me).post(
        "/case/A-03/note/", {"text": " <b>bold</b> "}, headers={"HX-Request": "true"}
    )

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert text.count("hx-swap-oob") == 3
    # A note changes nothing of what may be done, so the gate is not asked and the buttons stay.
    assert 'id="case-told"' in text
    assert 'id="case-head"' not in text
    assert text_of(CaseEvent.objects.get()) == "<b>bold</b>"


def test_what_a_promise_changes_stands_there_at_once(sign_in: Any, me: User) -> None:
    make_case(assignee=me)
    data = {"amount": "300", "due_on": "2026-07-04"}

    answer = sign_in(me).post("/case/A-03/promise/", data, headers={"HX-Request": "true"})

    text = answer.content.decode()
    assert answer.headers["HX-Retarget"] == "#case-promise"
    assert 'id="case-promise"' in text
    assert 'id="promise-form"' not in text  # a second would be refused
    assert 'id="withdraw-form"' in text


def test_a_stop_can_be_lifted_as_soon_as_it_stands(sign_in: Any, me: User) -> None:
    make_case(assignee=me)
    data = {"reason": "hospital", "scope": "person", "from_on": DAY.isoformat(), "why": "摔伤"}

    answer = sign_in(me).post("/case/A-03/hold/", data, headers={"HX-Request": "true"})

    text = answer.content.decode()
    hold = Hold.objects.get()
    assert answer.headers["HX-Retarget"] == "#case-holds"
    assert f'data-hold="{hold.pk}"' in text
    assert f"/hold/{hold.pk}/lift/" in text
    assert text.count('id="hold-form"') == 1


def test_another_day_stands_in_the_head_at_once(sign_in: Any, me: User) -> None:
    make_case(assignee=me)

    answer = sign_in(me).post(
        "/case/A-03/follow-up/",
        {"on": "2026-07-05", "reason": "在外地"},
        headers={"HX-Request": "true"},
    )

    text = answer.content.decode()
    assert answer.status_code == 200
    told = text.partition('id="case-told"')[2].partition('id="timeline"')[0]
    assert "在外地" in told


def test_collection_stops_and_goes_on(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    make_action(case=case)
    client = sign_in(me)

    client.post("/case/A-03/hold/", {"reason": "hospital", "until_on": "2026-07-10"})
    hold = page_of(me).hold

    assert hold is not None
    assert (hold.reason, hold.from_on, hold.until_on) == ("hospital", DAY, date(2026, 7, 10))
    assert case.actions.get().state == "cancelled"
    client.post(f"/case/A-03/hold/{Hold.objects.get().pk}/lift/", {"reason": "已出院"})
    assert page_of(me).hold is None
    assert Hold.objects.get().lifted_on == DAY
    assert [e.kind for e in case.events.order_by("pk")] == ["hold", "hold_lifted"]


def test_a_promise_is_split_and_shown_before_it_is_kept(sign_in: Any, me: User) -> None:
    make_case(assignee=me)
    client, data = sign_in(me), {
        "what": "arrears", "due_on": "2026-07-04", "amount_2": "300.50", "due_on_2": "2026-07-10",
    }  # fmt: skip

    shown = client.post(
        "/case/A-03/promise/", data | {"preview": "1"}, headers={"HX-Request": "true"}
    )
    before = Promise.objects.count()
    kept = client.post("/case/A-03/promise/", data)

    assert (shown.status_code, before, kept.status_code) == (200, 0, 302)
    text = shown.content.decode()
    assert text.count('id="promise-form"') == 1
    assert "承诺 ¥1,100.00" in text
    assert "尚欠 ¥0.00" in text
    parts = Promise.objects.get().parts.values_list("amount", "due_on")
    assert list(parts) == [(799_50, date(2026, 7, 4)), (300_50, date(2026, 7, 10))]
    promise = page_of(me).promise
    assert promise is not None
    assert [part.state for part in promise.parts] == ["open", "open"]


@pytest.mark.parametrize(
    "data",
    [
        {"what": "arrears", "amount_2": "1100", "due_on_2": "2026-07-10"},
        {"what": "arrears", "amount_2": "100"},
        {"what": "arrears", "due_on_2": "2026-07-10"},
        {"amount": "100", "amount_2": "100", "due_on_2": "2026-07-04"},
        {"what": "nonsense"},
    ],
)
def test_a_split_that_cannot_be_is_refused(sign_in: Any, me: User, data: dict[str, str]) -> None:
    make_case(assignee=me)
    answer = sign_in(me).post("/case/A-03/promise/", {"due_on": "2026-07-04"} | data)
    assert answer.status_code == 422
    assert not Promise.objects.exists()


def test_a_promise_remembers_the_call_in_which_it_was_made(sign_in: Any, me: User) -> None:
    case = make_case(assignee=me)
    told: dict[str, Any] = {
        "channel": "call",
        "state": "made",
        "result": "conversation",
        "made_by": me,
    }
    call = make_attempt(case, "allow", **told)

    sign_in(me).post("/case/A-03/promise/", {"what": "instalment", "due_on": "2026-07-04"})

    promise = Promise.objects.get()
    assert (promise.amount, promise.channel, promise.attempt) == (1_100_00, "call", call.pk)
