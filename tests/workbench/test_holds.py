"""The stops of collection on the case page, and the list of all of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from factories import DAY, MOMENT, make_case, make_user

from carrears.access.models import User
from carrears.casework.holds import place_hold
from carrears.casework.models import Case, Hold
from carrears.clock import local_day, now
from carrears.savedviews.models import SavedView

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def client(sign_in: Any, me: User, case: Case) -> Client:  # noqa: ARG001  his case
    client: Client = sign_in(me)
    return client


def test_a_person_is_held_extended_and_let_go_on_the_page(client: Client, case: Case) -> None:
    told = {"reason": "hospital", "scope": "person", "until_on": "2026-07-10", "why": "住院证明"}
    client.post("/case/A-03/hold/", told)
    hold = Hold.objects.get()
    assert (hold.case, hold.party) == (None, case.party)

    client.post(f"/case/A-03/hold/{hold.pk}/end/", {"until_on": "2026-08-01", "why": "延长住院"})
    text = client.get("/case/A-03/").content.decode()
    for words in ("住院证明", "延长住院", "借款人名下全部", "2026-08-01"):
        assert words in text
    client.post(f"/case/A-03/hold/{hold.pk}/lift/", {"reason": "已出院"})
    page = client.get("/case/A-03/").context["page"]
    assert page.hold is None
    assert [step.kind for step in page.holds[0].steps] == ["placed", "moved", "lifted"]


def test_it_is_not_lifted_or_moved_without_a_reason(client: Client, case: Case, me: User) -> None:
    hold = place_hold(case, reason="hospital", today=DAY, until_on=None, by=me, at=MOMENT)
    for step, data in (("lift", {}), ("end", {"until_on": "2026-08-01"})):
        client.post(f"/case/A-03/hold/{hold.pk}/{step}/", data)
        hold.refresh_from_db()
        assert (hold.lifted_on, hold.until_on) == (None, None)
    assert "须填写原因" in client.get("/case/A-03/").content.decode()


def test_a_hold_of_another_case_is_not_touched_here(client: Client, me: User) -> None:
    other = make_case(loan_no="B-01", name="乙", loan_id=9)
    hold = place_hold(other, reason="legal", today=DAY, until_on=None, by=me, at=MOMENT)
    answer = client.post(f"/case/A-03/hold/{hold.pk}/lift/", {"reason": "x"})
    assert answer.status_code == 404


def shown(client: Client, query: str = "") -> list[tuple[str, str]]:
    rows = client.get(f"/holds/{query}").context["page"].rows
    return [(row.loan_no, row.state) for row in rows]


def test_the_list_has_filters_and_what_ends_first_comes_first(
    client: Client, case: Case, me: User, sign_in: Any
) -> None:
    other = make_case(loan_no="B-01", name="乙", loan_id=9)
    common: dict[str, Any] = {"today": DAY, "by": me, "at": MOMENT}
    place_hold(case, reason="legal", until_on=None, **common)
    place_hold(case, reason="hospital", until_on=date(2026, 7, 2), whole_person=True, **common)
    later = DAY + timedelta(days=1)
    place_hold(other, reason="disaster", until_on=date(2026, 7, 20), from_on=later, **common)

    lead = sign_in(make_user(role="team_lead"))
    assert shown(lead) == [("A-03", "live"), ("B-01", "waits"), ("A-03", "live")]
    assert shown(lead, "?ends=3") == [("A-03", "live")]
    assert shown(lead, "?reason=disaster") == [("B-01", "waits")]
    assert shown(lead, "?state=open_ended") == [("A-03", "live")]
    assert shown(lead, "?state=over") == []
    assert shown(lead, "?loan=B-01") == [("B-01", "waits")]
    assert shown(client) == [("A-03", "live")] * 2  # of his own cases
    lines = b"".join(lead.get("/holds/file/?reason=hospital").streaming_content).decode()
    assert lines.startswith("\ufeffhold,")  # or a spreadsheet reads Chinese names as something else
    assert lines.splitlines()[1].split(",")[1:6] == [
        "A-03", "hospital", "yes", "2026-06-30", "2026-07-02",
    ]  # fmt: skip
    assert client.get("/holds/file/").status_code == 403


def test_who_presses_twice_or_sends_it_again_stops_collection_once(client: Client) -> None:
    told = {"reason": "hospital", "scope": "loan", "why": "住院证明"}
    answers = [client.post("/case/A-03/hold/", told) for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 422]
    assert "已因此原因在同一期间停催" in answers[1].content.decode()
    client.post("/case/A-03/hold/", told | {"reason": "legal"})
    client.post("/case/A-03/hold/", told | {"until_on": "2026-07-10"})
    client.post("/case/A-03/hold/", told | {"scope": "person"})
    assert Hold.objects.count() == 4


def test_a_stop_until_the_last_day_there_is_leaves_the_page_as_it_is(client: Client) -> None:
    client.post("/case/A-03/hold/", {"reason": "legal", "scope": "loan", "until_on": "9999-12-31"})
    assert client.get("/case/A-03/").status_code == 200


def test_an_address_with_a_nul_is_read_without_it(client: Client, case: Case, me: User) -> None:
    place_hold(case, reason="legal", today=DAY, until_on=None, by=me, at=MOMENT)
    assert shown(client, "?reason=le%00gal") == [("A-03", "live")]
    assert shown(client, "?reason=%00x") == []


def test_a_view_with_a_nul_in_its_name_is_kept_without_it(client: Client) -> None:
    answer = client.post(
        "/views/queue/save/", "name=a%00b&query=", content_type="application/x-www-form-urlencoded"
    )
    assert (answer.status_code, SavedView.objects.get().name) == (302, "ab")


def test_whoever_loads_anew_what_a_form_was_sent_to_is_told_so(client: Client) -> None:
    answer = client.get("/case/A-03/hold/")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "此地址只接收表单提交" in answer.content.decode()


def test_a_stop_of_today_is_seen_while_the_book_still_stands_at_yesterday(
    client: Client, me: User
) -> None:
    today = local_day(now(), "Asia/Shanghai")
    case = make_case(loan_no="N-01", name="乙", loan_id=9, assignee=me)
    Case.objects.filter(pk=case.pk).update(as_of=today - timedelta(days=1))
    hold = Hold.objects.create(case=case, reason="legal", from_on=today)
    assert client.get("/case/N-01/").context["page"].hold.reason == "legal"
    assert shown(client) == [("N-01", "live")]
    assert [row.loan_no for row in client.get("/queue/?flag=hold").context["page"].rows] == ["N-01"]
    hold.from_on = today + timedelta(days=1)
    hold.save()
    assert client.get("/case/N-01/").context["page"].hold is None
    assert client.get("/queue/?flag=hold").context["page"].rows == ()
